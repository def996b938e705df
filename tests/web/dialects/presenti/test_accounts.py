"""Every account route over real sockets (spec/presenti.md sections 4.8 and 4.9; PROMISES 3.3, 3.4, 3.13)."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from websocket import create_connection

from tests.serving import Served, command, start
from tests.web.dialects.presenti.caller import Said, call, key_of, signed_up

pytestmark = pytest.mark.live

INVALID = {"error": "Invalid identity token.", "code": 401}
UNKNOWN = {"error": "Unknown user.", "code": 404}
WRONG = {"error": "Invalid credentials.", "code": 401}
NOT_HERE = {"error": "You are not authorized to use this endpoint."}


def test_who_signs_up_is_signed_in_and_unlisted(open_server: Served) -> None:
    said = call(open_server, "POST", "/api/user/new", {"id": "new-one", "password": "hunter2"})
    uuid = said.body["uuid"]
    assert said.body == {"uuid": uuid, "displayName": None, "userID": "new-one", "platforms": {}, "excludes": []}
    assert list(said.body) == ["uuid", "displayName", "userID", "platforms", "excludes"]
    assert said.headers["Set-Cookie"].split("; ")[1:] == ["Max-Age=43200", "Path=/", "HttpOnly", "SameSite=Lax"]
    assert call(open_server, "GET", "/api/user/me", Cookie=said.cookie).body == said.body
    listed: Any = command(open_server.data, "user", "list")
    assert [each["listed"] for each in listed if each["name"] == "new-one"] == [False]


def test_a_name_is_given_once(open_server: Served) -> None:
    signed_up(open_server, "once")
    said = call(open_server, "POST", "/api/user/new", {"id": "once", "password": "other"})
    text = "A user with that ID already exists. Please select a different one."
    assert (said.status, said.body) == (400, {"error": text, "code": 400})
    assert said.cookie == ""


@pytest.mark.parametrize(
    "body", [{}, {"id": "x"}, {"id": "", "password": "p"}, {"id": "x", "password": ""}, {"id": 5, "password": ["p"]}]
)
def test_signing_up_takes_a_name_and_a_password(open_server: Served, body: dict[str, Any]) -> None:
    said = call(open_server, "POST", "/api/user/new", body)
    assert (said.status, said.body) == (400, {"error": "Please fill out all required fields.", "code": 400})


@pytest.mark.parametrize("others", ["a=\xff; ", "\xc3\x28=b; ", "a=\xe4\xf6\xfc; b=\xff\xfe; "])
def test_a_cookie_of_somebody_elses_that_is_no_utf_8_is_in_nobodys_way(open_server: Served, others: str) -> None:
    """Seen to fail with 500 at every account route: other programs of this host set cookies as they like."""
    _, cookie = signed_up(open_server, f"neighbour-{len(others)}")
    since = len(open_server.lines)
    assert call(open_server, "GET", "/api/user/me", Cookie=others + cookie).body["userID"].startswith("neighbour")
    assert call(open_server, "GET", "/api/user/me", Cookie=others).status == 401
    assert call(open_server, "GET", "/panel", Cookie=others + cookie).status == 200
    assert call(open_server, "GET", "/login", Cookie=f"{others}redirect=\xff").status == 200
    assert not [line for line in open_server.lines[since:] if "Traceback" in line]


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"\xff", b'"x"', b"[" * 60_000])
@pytest.mark.parametrize("path", ["/api/user/new", "/api/user/auth"])
def test_a_body_that_is_no_object_is_malformed(open_server: Served, path: str, body: bytes) -> None:
    said = call(open_server, "POST", path, body)
    assert (said.status, said.body) == (400, {"error": "Malformed body.", "code": 400})


@pytest.mark.parametrize(
    "name", ["refresh", "@me", "a b", "x" * 65, "123456789012345678", "ünïcode", "a/b", "..\x00", "💀", "A" * 10_000]
)
def test_a_hostile_name_is_refused_in_a_sentence(open_server: Served, name: str) -> None:
    said = call(open_server, "POST", "/api/user/new", {"id": name, "password": "p"})
    assert (said.status, said.body["code"], said.body["fields"]) == (400, 400, ["id"])
    assert call(open_server, "POST", "/api/user/auth", {"id": name, "password": "p"}).body == WRONG


def test_a_password_of_a_megabyte_is_refused_by_the_door_and_a_long_one_by_its_length(open_server: Served) -> None:
    huge = call(open_server, "POST", "/api/user/new", b'{"id":"huge","password":"' + b"x" * 1_000_000 + b'"}')
    assert huge.status == 413
    long = call(open_server, "POST", "/api/user/new", {"id": "long", "password": "x" * 1025})
    assert (long.status, long.body["fields"]) == (400, ["password"])
    assert call(open_server, "POST", "/api/user/auth", {"id": "long", "password": "x" * 1025}).body == WRONG


def test_a_closed_registration_lets_nobody_in_but_who_is_in_signs_in(tmp_path: Path) -> None:
    with start(tmp_path / "data") as server:
        said = call(server, "POST", "/api/user/new", {"id": "x", "password": "p"})
        assert (said.status, said.body) == (403, {"error": "Registration is closed.", "code": 403})
        added = server.user_add("ann", "--password", "hunter2")
        said = call(server, "POST", "/api/user/auth", {"id": "ann", "password": "hunter2"})
        assert (said.status, said.body["uuid"]) == (200, added.id)


def test_signing_in_and_out(open_server: Served) -> None:
    uuid, first = signed_up(open_server, "in-and-out")
    for body in (
        {"id": "in-and-out", "password": "hunter3"},
        {"id": "nobody-here", "password": "hunter2"},
        {"id": uuid, "password": "hunter2"},
    ):
        assert (call(open_server, "POST", "/api/user/auth", body).body) == WRONG
    said = call(open_server, "POST", "/api/user/auth", {"id": "in-and-out", "password": "hunter2"})
    assert (said.status, said.body["uuid"]) == (200, uuid)
    assert said.cookie not in {"", first}

    out = call(open_server, "GET", "/api/user/logout", Cookie=said.cookie)
    assert (out.status, out.body) == (200, {"ok": True})
    assert "Max-Age=0" in out.headers["Set-Cookie"]
    assert call(open_server, "GET", "/api/user/me", Cookie=said.cookie).body == INVALID
    assert call(open_server, "GET", "/api/user/me", Cookie=first).status == 200
    assert call(open_server, "GET", "/api/user/logout").body == {"ok": True}


def test_an_account_without_a_password_is_entered_by_none(open_server: Served) -> None:
    open_server.user_add("no-password")
    for password in ("x", "null", "None"):
        assert call(open_server, "POST", "/api/user/auth", {"id": "no-password", "password": password}).body == WRONG


def test_me_by_cookie_by_key_and_by_first_party(open_server: Served, first_party: str) -> None:
    uuid, cookie = signed_up(open_server, "me")
    key = key_of(open_server, cookie)
    assert call(open_server, "GET", "/api/user/me", Authorization=key).body["uuid"] == uuid
    assert call(open_server, "GET", "/api/user/me", Authorization=first_party).body == {"root": True}
    for headers in (
        {},
        {"Cookie": "identity=junk"},
        {"Cookie": f"identity={key}"},  # "an API key put in the cookie logs the holder in": not here
        {"Authorization": cookie.partition("=")[2]},  # and an identity is no token
        {"Authorization": "junk", "Cookie": cookie},  # who shows a token means it
    ):
        said = call(open_server, "GET", "/api/user/me", **headers)
        assert (said.status, said.body) == (401, INVALID), headers


def test_the_newest_ten_keys_live(open_server: Served) -> None:
    _, cookie = signed_up(open_server, "keys")
    keys = [key_of(open_server, cookie) for _ in range(11)]
    assert len(set(keys)) == 11
    statuses = [call(open_server, "GET", "/session?token=" + key).status for key in keys]
    assert statuses == [401] + [200] * 10


def test_a_key_needs_the_cookie(open_server: Served) -> None:
    _, cookie = signed_up(open_server, "key-of-a-key")
    said = call(open_server, "GET", "/api/user/me/key", Authorization=key_of(open_server, cookie))
    assert (said.status, said.body) == (401, INVALID)


def test_a_new_password_ends_every_key_and_sign_in_but_this_one_and_their_sockets(open_server: Served) -> None:
    _, here = signed_up(open_server, "changer")
    key = key_of(open_server, here)
    there = call(open_server, "POST", "/api/user/auth", {"id": "changer", "password": "hunter2"}).cookie
    publisher = create_connection(f"ws://127.0.0.1:{open_server.port}/remote", timeout=20)
    publisher.send('{"type":3,"data":"' + key + '"}')
    assert publisher.recv() == '{"type":4,"data":null}'
    publisher.send('{"type":2,"data":[{"title":"Reading"}]}')

    wanted = {"password": "hunter2", "newPassword": "correct horse"}
    said = call(open_server, "PATCH", "/api/user/me/password", wanted, Cookie=here)
    assert (said.status, said.body) == (200, {"ok": True})
    opcode, frame = publisher.recv_data()
    publisher.shutdown()
    assert (opcode, frame[:2]) == (8, (1008).to_bytes(2, "big"))
    assert call(open_server, "GET", "/session?token=" + key).status == 401
    assert call(open_server, "GET", "/api/user/me", Cookie=there).body == INVALID
    assert call(open_server, "GET", "/api/user/me", Cookie=here).status == 200
    assert call(open_server, "POST", "/api/user/auth", {"id": "changer", "password": "hunter2"}).body == WRONG
    assert call(open_server, "POST", "/api/user/auth", {"id": "changer", "password": "correct horse"}).status == 200


def test_a_new_password_ends_at_once_what_a_session_of_an_old_key_says(tmp_path: Path) -> None:
    """Its lease would have run for ten minutes more; and what another kind of token says stays."""
    config = "[presenti]\nregistration = true\nexpires_ms = 600000\n"
    with start(tmp_path / "data", config=config) as server:
        _, cookie = signed_up(server, "leased")
        key = key_of(server, cookie)
        session = call(server, "GET", "/session?token=" + key).body["sessionID"]
        viewer = create_connection(f"ws://127.0.0.1:{server.port}/presence/leased", timeout=20)
        viewer.recv()
        path = f"/session?token={key}&id={session}"
        assert call(server, "PUT", path, {"presences": [{"t": 1}]}).status == 200
        assert viewer.recv() == '{"activities":[{"t":1}]}'
        wanted = {"password": "hunter2", "newPassword": "correct horse"}
        assert call(server, "PATCH", "/api/user/me/password", wanted, Cookie=cookie).status == 200
        viewer.settimeout(1.0)
        assert viewer.recv() == '{"activities":[]}'
        viewer.shutdown()
        again = key_of(server, cookie)
        path = f"/session?token={again}&id={session}"
        assert call(server, "PUT", path, {"presences": [{"t": 1}]}).status == 401


def test_what_a_new_password_takes(open_server: Served) -> None:
    _, cookie = signed_up(open_server, "careful")
    said = call(open_server, "PATCH", "/api/user/me/password", {"password": "hunter2"}, Cookie=cookie)
    text = "The 'password' and 'newPassword' fields are required."
    assert (said.status, said.body) == (400, {"error": text, "code": 400, "fields": ["password", "newPassword"]})
    wrong = {"password": "hunter3", "newPassword": "x"}
    said = call(open_server, "PATCH", "/api/user/me/password", wrong, Cookie=cookie)
    assert (said.status, said.body) == (401, {**WRONG, "fields": ["password"]})
    said = call(open_server, "PATCH", "/api/user/me/password", {"password": "hunter2", "newPassword": "x"})
    assert (said.status, said.body) == (401, INVALID)
    too_long = {"password": "hunter2", "newPassword": "x" * 1025}
    assert call(open_server, "PATCH", "/api/user/me/password", too_long, Cookie=cookie).status == 400
    assert call(open_server, "POST", "/api/user/auth", {"id": "careful", "password": "hunter2"}).status == 200


def test_looking_up(open_server: Served, first_party: str) -> None:
    uuid, cookie = signed_up(open_server, "seen")
    _, other = signed_up(open_server, "other")
    short = {"uuid": uuid, "displayName": None, "userID": "seen", "platforms": None, "excludes": []}
    full = {**short, "platforms": {}}
    for query in ("scope=seen", f"uuid={uuid}", f"scope=seen&uuid={uuid.upper()}"):
        assert call(open_server, "GET", f"/api/user/lookup?{query}").body == short
        assert call(open_server, "GET", f"/api/user/lookup?{query}", Cookie=other).body == short
        assert call(open_server, "GET", f"/api/user/lookup?{query}", Cookie=cookie).body == full
        assert call(open_server, "GET", f"/api/user/lookup?{query}", Authorization=first_party).body == full
    for query in (f"scope=other&uuid={uuid}", "scope=nobody", "uuid=junk", f"scope={uuid}", "uuid=seen"):
        said = call(open_server, "GET", f"/api/user/lookup?{query}")
        assert (said.status, said.body) == (404, UNKNOWN), query
    for query in ("", "scope=", "name=seen"):
        said = call(open_server, "GET", f"/api/user/lookup?{query}")
        assert (said.status, said.body) == (400, {"error": "Malformed body.", "code": 400})


def test_resolving(open_server: Served) -> None:
    uuid, _ = signed_up(open_server, "resolved")
    assert call(open_server, "GET", f"/api/user/resolve?uuid={uuid}").body == {"scope": "resolved"}
    for query in ("", "uuid=", "uuid=resolved", "uuid=00000000-0000-4000-8000-000000000000"):
        said = call(open_server, "GET", f"/api/user/resolve?{query}")
        assert (said.status, said.body) == (404, UNKNOWN), query


def test_platforms(open_server: Served) -> None:
    assert call(open_server, "GET", "/api/platforms").body == {"platforms": []}


def test_a_cookie_is_believed_from_our_own_pages_alone(open_server: Served) -> None:
    _, cookie = signed_up(open_server, "csrf")
    own = f"http://127.0.0.1:{open_server.port}"
    for origin in (own, "https://app.example.org"):
        said = call(open_server, "GET", "/api/user/me", Cookie=cookie, Origin=origin)
        assert said.status == 200
        assert said.headers["Access-Control-Allow-Origin"] == origin
        assert said.headers["Access-Control-Allow-Credentials"] == "true"
        assert said.headers["Vary"] == "Origin"
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        for method, path in (("GET", "/api/user/me"), ("GET", "/api/user/me/key"), ("GET", "/api/user/logout")):
            said = call(open_server, method, path, Cookie=cookie, **headers)
            assert (said.status, said.body) == (403, NOT_HERE), (path, headers)
            assert said.headers["Access-Control-Allow-Credentials"] is None
        body = {"id": "csrf", "password": "hunter2"}
        assert call(open_server, "POST", "/api/user/auth", body, **headers).status == 403
    assert call(open_server, "GET", "/api/user/me", Cookie=cookie).status == 200


def test_a_cookie_is_secure_behind_https_and_crosses_sites_for_listed_pages_alone(open_server: Served) -> None:
    signed_up(open_server, "secure")
    body = {"id": "secure", "password": "hunter2"}
    said = call(open_server, "POST", "/api/user/auth", body, X_Forwarded_Proto="https")
    assert said.headers["Set-Cookie"].split("; ")[3:] == ["HttpOnly", "SameSite=Lax", "Secure"]
    far = {"X_Forwarded_Proto": "https", "Origin": "https://app.example.org"}
    said = call(open_server, "POST", "/api/user/auth", body, **far)
    assert said.headers["Set-Cookie"].split("; ")[3:] == ["HttpOnly", "SameSite=None", "Secure"]


def test_a_preflight_is_answered_on_every_path(open_server: Served) -> None:
    for path in ("/api/user/me", "/session", "/api/link", "/api/presence/ann", "/api/user/me/pipe/x"):
        said = call(open_server, "OPTIONS", path, Origin="https://app.example.org")
        assert (said.status, said.body) == (200, None)
        assert said.headers["Access-Control-Allow-Methods"] == "GET,HEAD,PUT,PATCH,POST,DELETE"
        assert said.headers["Access-Control-Allow-Headers"] == "content-type,authorization"
        assert said.headers["Access-Control-Allow-Origin"] == "https://app.example.org"
    said = call(open_server, "GET", "/api/presence/ann", Origin="https://elsewhere.example")
    assert said.headers["Access-Control-Allow-Origin"] == "*"
    assert said.headers["Access-Control-Allow-Credentials"] is None


def test_accounts_keys_and_passwords_are_committed_before_the_answer(tmp_path: Path) -> None:
    config = "[presenti]\nregistration = true\n"
    with start(tmp_path / "data", config=config) as server:
        _, cookie = signed_up(server, "durable")
        server_port, key = server.port, key_of(server, cookie)
        server.kill9()
    with start(tmp_path / "data", config=config, port=server_port) as server:
        assert call(server, "GET", "/api/user/me", Cookie=cookie).status == 200
        assert call(server, "GET", "/session?token=" + key).status == 200


def test_no_secret_is_kept_as_it_is(open_server: Served) -> None:
    _, cookie = signed_up(open_server, "secretive", "a-very-own-password")
    secrets = [cookie.partition("=")[2], key_of(open_server, cookie), "a-very-own-password"]
    with closing(sqlite3.connect(open_server.data / "presently.sqlite")) as database, database:
        kept = "\n".join(database.iterdump())
    database.close()
    said = "\n".join(open_server.lines)
    assert all(secret not in kept and secret not in said for secret in secrets)


def test_trying_too_often_is_told_when_to_come_again(tmp_path: Path) -> None:
    with start(tmp_path / "data", config="[limits]\nsign_ins_per_minute = 3\n") as server:
        server.user_add("ann", "--password", "hunter2")

        def attempt(name: str, address: str, password: str = "guess") -> Said:
            body = {"id": name, "password": password}
            return call(server, "POST", "/api/user/auth", body, X_Forwarded_For=address)

        assert [attempt(f"nobody-{n}", "192.0.2.1").status for n in range(4)] == [401, 401, 401, 429]
        over = attempt("ann", "192.0.2.1", "hunter2")  # by address, whoever it is
        assert (over.status, over.body) == (429, {"error": "Too many requests.", "code": 429})
        assert 1 <= int(over.headers["Retry-After"]) <= 60
        # by account, wherever it is tried from; and who knows the password has not tried in vain
        said = [attempt("ann", f"192.0.2.{n}", password).status for n, password in enumerate(_PASSWORDS, 10)]
        assert said == [200, 401, 200, 401, 401, 429]


_PASSWORDS = ("hunter2", "guess", "hunter2", "guess", "guess", "hunter2")
