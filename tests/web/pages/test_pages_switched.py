"""Which pages there are under which settings, asked of the application without a socket."""

import json
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from actors.clock import WallClock
from actors.house import House
from actors.settings import Dialect, Dialects, Lantern, Limits, Presenti, Settings
from storage.board import LocalBoard
from storage.database import open_database
from storage.passwords import Passwords
from storage.store import Store
from tests.web.outside import nothing_outside
from web.app import create_app

OPEN = Settings(presenti=Presenti(registration=True), limits=Limits(requests_per_second=0))


@pytest.fixture
def ask(tmp_path):
    """A page's status, fields and text under these settings."""
    store, passwords = Store(open_database(tmp_path / "pages.sqlite"), WallClock()), Passwords()

    def get(settings, path, **more):
        app = create_app(House(WallClock(), LocalBoard()), settings, store, passwords, nothing_outside(WallClock()))
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8138",
            "HTTP_HOST": "presence.example",
            "HTTP_ACCEPT": "text/html",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "presently.websocket": False,
            **more,
        }
        told = []
        body = b"".join(app(environ, lambda status, fields: told.extend((int(status[:3]), dict(fields)))))
        return told[0], told[1], body.decode()

    get.store = store
    with capture_logs():
        yield get
    passwords.close()
    store.close()


def test_signing_up_is_offered_only_where_it_is_open(ask):
    closed = replace(OPEN, presenti=Presenti())
    assert ask(OPEN, "/signup")[0] == 200
    assert ask(closed, "/signup")[0] == 404
    for path in ("/", "/login"):
        assert 'href="/signup"' in ask(OPEN, path)[2]
        assert 'href="/signup"' not in ask(closed, path)[2]


def test_without_presenti_there_is_nothing_to_sign_in_to(ask):
    silent = replace(OPEN, dialects=Dialects(presenti=Dialect(enabled=False)))
    assert 'href="/login"' not in ask(silent, "/")[2]
    assert {ask(silent, f"/{page}")[0] for page in ("login", "signup", "panel", "changepw", "logout")} == {404}


def test_the_pages_act_where_presentis_api_is(ask):
    moved = replace(OPEN, dialects=Dialects(presenti=Dialect(prefix="/old")))
    assert 'action="/login"' in ask(moved, "/login")[2]
    signed_up = ask.store.sign_up("ann", "no hash")
    panel = ask(moved, "/panel", HTTP_COOKIE=f"identity={signed_up.identity.text}")[2]
    assert 'data-to="/old/api/user/me/key"' in panel
    assert "ws://presence.example/old/remote" in panel


def test_the_panel_is_ones_own(ask):
    signed_up = ask.store.sign_up("ann", "no hash")
    ask.store.add_pipe("discord", "1234", signed_up.subject.id, 1)
    cookie = f"identity={signed_up.identity.text}"
    status, fields, page = ask(OPEN, "/panel", HTTP_COOKIE=cookie, HTTP_X_FORWARDED_PROTO="https")
    assert (status, fields["Cache-Control"]) == (200, "no-store")
    assert "frame-ancestors 'none'" in fields["Content-Security-Policy"]
    assert "Discord" in page
    assert "1234" in page
    assert "wss://presence.example/remote" in page
    # A link from elsewhere may lead here; it can read nothing.
    assert ask(OPEN, "/panel", HTTP_COOKIE=cookie, HTTP_SEC_FETCH_SITE="cross-site")[0] == 200
    status, fields, _ = ask(OPEN, "/login", HTTP_COOKIE=cookie)
    assert (status, fields["Location"]) == (302, "/panel")


@pytest.mark.parametrize("cookie", ["", "identity=", "identity=junk", "identity=" + "x" * 5000])
@pytest.mark.parametrize("path", ["/panel", "/changepw"])
def test_strangers_are_asked_to_sign_in_and_their_way_is_remembered(ask, cookie, path):
    status, fields, page = ask(OPEN, path, HTTP_COOKIE=cookie)
    assert (status, fields["Set-Cookie"]) == (200, f"redirect={path}; Max-Age=150; Path=/; HttpOnly; SameSite=Lax")
    assert 'action="/login"' in page
    assert "; Secure" in ask(OPEN, path, HTTP_COOKIE=cookie, HTTP_X_FORWARDED_PROTO="https")[1]["Set-Cookie"]
    assert ask(OPEN, "/login", HTTP_COOKIE=cookie)[0] == 200


def test_a_key_in_the_cookie_opens_no_panel(ask):
    signed_up = ask.store.sign_up("ann", "no hash")
    key = ask.store.mint_key(signed_up.subject.id, signed_up.identity.credential.id)
    assert 'action="/login"' in ask(OPEN, "/panel", HTTP_COOKIE=f"identity={key.text}")[2]


def test_below_their_prefixes_lantern_and_lanyard_say_how_many_they_know(ask):
    moved = replace(OPEN, dialects=Dialects(lantern=Lantern(prefix="/lan"), lanyard=Dialect(prefix="/yard")))
    for path in ("/lan", "/lan/"):
        status, fields, text = ask(moved, path)
        assert (status, fields["Access-Control-Allow-Origin"]) == (200, "*")
        document = json.loads(text)
        assert list(document) == ["data"]
        assert (document["data"]["currently_monitoring_users"], document["data"]["discord_invite"]) == (0, None)
    for path in ("/yard", "/yard/"):
        status, fields, text = ask(moved, path, HTTP_ORIGIN="https://elsewhere.example")
        assert (status, fields["Access-Control-Allow-Origin"]) == (200, "*")
        document = json.loads(text)
        assert (document["success"], document["data"]["monitored_user_count"]) == (True, 0)
    assert "<html" in ask(moved, "/")[2]
    assert "data" not in json.loads(ask(moved, "/", HTTP_ACCEPT="application/json")[2])


@pytest.mark.parametrize("prefix", ["/docs", "/both", "/relay"])
def test_what_stands_at_a_prefix_already_stays(ask, prefix):
    moved = replace(OPEN, dialects=Dialects(lantern=Lantern(prefix=prefix), lanyard=Dialect(prefix=prefix)))
    status, _, text = ask(moved, f"{prefix}/")
    assert status in {200, 204}
    assert ("currently_monitoring_users" in text) is (prefix == "/both")


def test_behind_a_proxy_of_ours_a_page_knows_its_own_address(ask):
    for scheme in ("http", "https"):
        page = ask(OPEN, "/u/ann", HTTP_X_FORWARDED_PROTO=scheme)[2]
        assert f'<meta property="og:url" content="{scheme}://presence.example/u/ann">' in page
