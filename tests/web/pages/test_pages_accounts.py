"""The forms of one's own account over real sockets, without script (spec/presenti.md section 4.12; PROMISES 3.3)."""

import http.client
import re
import urllib.parse
from dataclasses import dataclass

import pytest

from tests.serving import start

pytestmark = pytest.mark.live

FORM = "application/x-www-form-urlencoded"
OPEN = "[presenti]\nregistration = true\n[limits]\nrequests_per_second = 0\n"
FREE = f'{OPEN}sign_ins_per_minute = 0\n[web]\norigins = ["https://app.example.org"]\n'
TAKEN = "A user with that ID already exists. Please select a different one."


@dataclass
class Said:
    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def cookies(self):
        """By name: what a browser would send back."""
        return dict(each.split(";")[0].split("=", 1) for each in self.headers.get_all("Set-Cookie", ()))

    @property
    def identity(self):
        return f"identity={self.cookies['identity']}"

    @property
    def alert(self):
        found = re.search(r'role="alert">([^<]*)<', self.body)
        return found and found.group(1)

    @property
    def where(self):
        return self.headers["Location"]


def ask(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        return Said(answer.status, answer.headers, answer.read().decode())
    finally:
        connection.close()


def send(server, path, /, cookie="", origin=None, **fields):
    """As a browser sends a form; `origin` None for a program."""
    headers = {"Content_Type": FORM, **({"Cookie": cookie} if cookie else {}), **({"Origin": origin} if origin else {})}
    return ask(server, "POST", path, urllib.parse.urlencode(fields), **headers)


def me(server, cookie):
    return ask(server, "GET", "/api/user/me", Cookie=cookie).status


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start(tmp_path_factory.mktemp("forms") / "data", config=FREE) as served:
        yield served


def test_the_whole_way_by_forms(server):
    made = send(server, "/signup", origin=server.url, id="ann", password="hunter2")
    assert (made.status, made.where, made.body) == (302, "/panel", "")
    fields = made.headers["Set-Cookie"].split("; ")
    assert fields[1:] == ["Max-Age=43200", "Path=/", "HttpOnly", "SameSite=Lax"]
    assert '<h1 dir="auto">ann</h1>' in ask(server, "GET", "/panel", Cookie=made.identity).body

    other = send(server, "/login", id="ann", password="hunter2")
    changed = send(server, "/changepw", made.identity, server.url, password="hunter2", newPassword="hunter3")
    assert (changed.status, changed.alert) == (200, None)
    assert 'role="status">Your password is changed.' in changed.body
    assert (me(server, made.identity), me(server, other.identity)) == (200, 401)

    assert send(server, "/login", id="ann", password="hunter2").alert == "Invalid credentials."
    again = send(server, "/login", origin=server.url, id="ann", password="hunter3")
    out = ask(server, "GET", "/logout", Cookie=again.identity, Sec_Fetch_Site="same-origin")
    assert (out.status, out.where, out.cookies) == (302, "/", {"identity": ""})
    assert "Max-Age=0" in out.headers["Set-Cookie"]
    assert (me(server, again.identity), me(server, made.identity)) == (401, 200)
    assert ask(server, "GET", "/logout").where == "/"


def test_what_is_refused_is_said_beside_the_field_and_the_name_is_kept(server):
    send(server, "/signup", id="taken", password="hunter2")
    for path, fields, status, words, beside in (
        ("/login", {"id": "taken", "password": "s3cret"}, 200, "Invalid credentials.", ["id", "password"]),
        ("/login", {"id": "<b>", "password": "s3cret"}, 200, "Invalid credentials.", ["id", "password"]),
        ("/login", {"id": "taken"}, 400, "Please fill out all required fields.", []),
        ("/signup", {"id": "taken", "password": "s3cret"}, 200, TAKEN, ["id"]),
        ("/signup", {"id": "a b", "password": "s3cret"}, 400, "An ID has 1 to 64 of ", ["id"]),
        ("/signup", {"id": "long", "password": "x" * 1025}, 400, "A password has 1 to 1024 characters.", ["password"]),
    ):
        said = send(server, path, **fields)
        assert (said.status, said.cookies) == (status, {}), fields
        assert said.alert.startswith(words)
        assert said.body.count('role="alert"') == 1
        assert re.findall(r'<input id="(\w+)"[^>]* aria-invalid="true" aria-describedby="refusal', said.body) == beside
        assert "<title>Error: " in said.body
        assert f'value="{fields["id"].replace("<b>", "&lt;b&gt;")}"' in said.body
        assert "s3cret" not in said.body
        assert said.headers["Cache-Control"] == "no-store"


def test_a_password_that_is_not_changed(server):
    cookie = send(server, "/signup", id="keeps", password="hunter2").identity
    for fields, status, beside in (
        ({"password": "wrong", "newPassword": "x"}, 200, "password"),
        ({"password": "hunter2", "newPassword": "x" * 1025}, 400, "newPassword"),
        ({"password": "hunter2"}, 400, None),
    ):
        said = send(server, "/changepw", cookie, **fields)
        found = re.search(r'<input id="(\w+)"[^>]* aria-invalid', said.body)
        assert (said.status, found and found.group(1)) == (status, beside)
        assert said.alert
    stranger = send(server, "/changepw", password="hunter2", newPassword="x")
    assert (stranger.status, stranger.cookies) == (200, {"redirect": "/changepw"})
    assert send(server, "/login", id="keeps", password="hunter2").status == 302


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_form_of_another_site_does_nothing(server, origin):
    name = f"victim-{len(origin)}"
    cookie = send(server, "/signup", id=name, password="hunter2").identity
    for path, fields in (
        ("/signup", {"id": f"made-{len(origin)}", "password": "x"}),
        ("/login", {"id": name, "password": "hunter2"}),
        ("/changepw", {"password": "hunter2", "newPassword": "x"}),
    ):
        said = send(server, path, cookie, origin, **fields)
        assert (said.status, said.cookies) == (403, {}), path
        assert "another site" in said.body
    assert ask(server, "GET", f"/api/user/lookup?scope=made-{len(origin)}").status == 404
    assert send(server, "/login", id=name, password="hunter2").status == 302


def test_a_form_of_a_listed_site_is_one_of_ours(server):
    said = send(server, "/signup", origin="https://app.example.org", id="by-app", password="hunter2")
    assert said.status == 302


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_site_logs_anybody_out(server, site):
    """An image, or a link: nothing ends, no cookie is touched, and a person is asked."""
    cookie = send(server, "/login", id=f"stays-{site}", password="x").cookies
    assert cookie == {}
    cookie = send(server, "/signup", id=f"stays-{site}", password="hunter2").identity
    said = ask(server, "GET", "/logout", Cookie=cookie, Sec_Fetch_Site=site)
    assert (said.status, said.cookies) == (403, {})
    assert 'href="/logout"' in said.body
    assert me(server, cookie) == 200


@pytest.mark.parametrize(
    ("kept", "where"),
    [
        ("/changepw", "/changepw"),
        ("//evil.example", "/panel"),
        ("/\\evil.example", "/panel"),
        ('"/\\011/evil.example"', "/panel"),
        ("https://evil.example", "/panel"),
        ("/a\\b", "/panel"),
        ("", "/panel"),
    ],
)
def test_signing_in_leads_to_a_path_of_ours_alone(server, kept, where):
    send(server, "/signup", id="goes", password="hunter2")
    said = send(server, "/login", f"redirect={kept}", id="goes", password="hunter2")
    assert (said.status, said.where) == (302, where)
    assert said.cookies.get("redirect") == ("" if where != "/panel" else None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("id=ann&password=hunter3", "text/plain"),
        ("id=ann&password=hunter3", ""),
        (b"id=ann&password=\xff", FORM),
        ("--x\r\nnothing", "multipart/form-data; boundary=x"),
        ("nothing", "multipart/form-data"),
        ("nothing", "multipart/form-data; boundary=é".encode("latin-1")),
        ('{"id":"ann","password":"hunter3"}', "application/json"),
    ],
)
def test_a_body_that_is_no_form_is_a_clear_page(server, body, kind):
    said = ask(server, "POST", "/login", body, Content_Type=kind)
    assert said.status == 400
    assert "This request cannot be understood." in said.body
    assert said.cookies == {}


def test_a_form_by_parts_is_read_and_a_large_one_is_not(server):
    send(server, "/signup", id="parts", password="hunter2")
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in (("id", "parts"), ("password", "hunter2"))
    )
    said = ask(server, "POST", "/login", f"{parts}--x--\r\n", Content_Type="multipart/form-data; boundary=x")
    assert said.status == 302
    many = parts * 20
    said = ask(server, "POST", "/login", f"{many}--x--\r\n", Content_Type="multipart/form-data; boundary=x")
    assert said.status == 400
    assert ask(server, "POST", "/login", "id=" + "x" * 65_536, Content_Type=FORM).status == 413


def test_the_tries_of_forms_and_api_are_counted_together(tmp_path):
    with start(tmp_path / "data", config=f"{OPEN}sign_ins_per_minute = 3\n") as server:
        send(server, "/login", id="hans", password="x")
        ask(server, "POST", "/api/user/auth", '{"id":"hans","password":"x"}')
        assert send(server, "/login", id="hans", password="x").alert == "Invalid credentials."
        said = send(server, "/login", id="hans", password="x")
        assert (said.status, said.alert) == (429, f"Too many tries. Please wait {said.headers['Retry-After']} s.")
        assert ask(server, "POST", "/api/user/auth", '{"id":"hans","password":"x"}').status == 429
        assert send(server, "/signup", id="grete", password="x").status == 429


def test_as_of_v1_1_and_with_closed_registration(tmp_path):
    """Wrong credentials: "401 from v1.1.0"; signing up: "404 unless `registration` is true"."""
    with start(tmp_path / "data", config='[dialects.presenti]\nwire = "deployed"\n') as server:
        wrong = send(server, "/login", id="nobody", password="x")
        assert (wrong.status, wrong.alert) == (401, "Invalid credentials.")
        for said in (ask(server, "GET", "/signup"), send(server, "/signup", id="new", password="x")):
            assert said.status == 404
            assert "There is nothing here." in said.body
        server.user_add("ann", "--password", "hunter2")
        cookie = send(server, "/login", id="ann", password="hunter2").identity
        assert send(server, "/changepw", cookie, password="x", newPassword="y").status == 401
