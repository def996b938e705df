"""`/api/transformations` over real sockets: its shapes, what watchers see, and a restart (presenti.md 4.11)."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from tests.serving import Served, command, start
from tests.web.dialects.presenti.caller import call, key_of, signed_up
from tests.web.dialects.presenti.test_first_party import heard, identified, opened, put, send, shown, socket

pytestmark = pytest.mark.live

PATH = "/api/transformations"
RULE = {"type": "replace", "property": "title", "match": "(?i)spotify", "value": "Music"}
NO_IDENTITY = {"error": "Invalid identity token.", "code": 401}
UNKNOWN = {"error": "Unknown transformation.", "code": 404}
NOT_OWN = {"error": "You do not own this transformation.", "code": 403}


def added(server: Served, cookie: str, rule: dict[str, Any] | None = None, *ids: str) -> dict[str, Any]:
    """One more rule of whoever this is."""
    said = call(server, "POST", PATH, {"rule": rule or RULE, "ids": list(ids or ("x",))}, Cookie=cookie)
    assert said.status == 200, said
    made: dict[str, Any] = said.body
    return made


def listed(server: Served, cookie: str) -> Any:
    said = call(server, "GET", PATH, Cookie=cookie)
    assert (said.status, list(said.body)) == (200, ["transformations"])
    return said.body["transformations"]


def test_a_rule_is_made_shown_changed_and_removed_by_cookie_or_key(open_server: Served) -> None:
    _, cookie = signed_up(open_server, "rules-a")
    key = key_of(open_server, cookie)
    assert listed(open_server, cookie) == []
    first = added(open_server, cookie)
    assert first == {"uuid": first["uuid"], "rule": RULE, "ids": ["x"]}
    said = call(open_server, "POST", PATH, {"rule": {"type": "delete"}, "ids": ["y"]}, Authorization=key)
    second = said.body
    assert listed(open_server, cookie) == [first, second]
    said = call(open_server, "PATCH", f"{PATH}/{first['uuid'].upper()}", {"ids": ["z"]}, Authorization=key)
    assert (said.status, said.body) == (200, {**first, "ids": ["z"]})
    rule = {"type": "set", "property": "image", "value": "there"}
    said = call(open_server, "PATCH", f"{PATH}/{first['uuid']}", {"rule": rule}, Cookie=cookie)
    assert said.body == {"uuid": first["uuid"], "rule": rule, "ids": ["z"]}
    assert listed(open_server, cookie) == [said.body, second]
    for status, body in ((200, {"ok": True}), (404, UNKNOWN)):
        said = call(open_server, "DELETE", f"{PATH}/{second['uuid']}", Cookie=cookie)
        assert (said.status, said.body) == (status, body)
    assert [each["uuid"] for each in listed(open_server, cookie)] == [first["uuid"]]


def test_who_may_and_what_is_not_there(open_server: Served, first_party: str) -> None:
    _, mine = signed_up(open_server, "rules-mine")
    _, theirs = signed_up(open_server, "rules-theirs")
    made = added(open_server, mine)
    own = f"{PATH}/{made['uuid']}"
    for method, path in (("GET", PATH), ("POST", PATH), ("PATCH", own), ("DELETE", own)):
        for headers in ({}, {"Cookie": "identity=x"}, {"Authorization": "x"}):
            said = call(open_server, method, path, {"rule": RULE, "ids": []}, **headers)
            assert (said.status, said.body) == (401, NO_IDENTITY)
        said = call(open_server, method, path, {}, Authorization=first_party)
        assert (said.status, said.body) == (403, {"error": "First-parties may not call this endpoint."})
        said = call(open_server, method, path, {}, Cookie=mine, Origin="https://elsewhere.example.org")
        assert said.status == 403
    for method in ("PATCH", "DELETE"):
        said = call(open_server, method, own, {"ids": []}, Cookie=theirs)
        assert (said.status, said.body) == (403, NOT_OWN)
        for uuid in (str(uuid4()), "x", "%F0%9F%92%80", "x" * 500):
            said = call(open_server, method, f"{PATH}/{uuid}", {"ids": []}, Cookie=mine)
            assert (said.status, said.body) == (404, UNKNOWN)
    assert (listed(open_server, mine), listed(open_server, theirs)) == ([made], [])
    for method, path in (("PUT", PATH), ("DELETE", PATH), ("GET", own), ("PUT", own)):
        said = call(open_server, method, path, {}, Cookie=mine)
        assert (said.status, list(said.body)) == (404, ["error"]), "a wrong method is a path that is not there"


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"{}", b'"x"'])
def test_a_body_that_is_none(open_server: Served, body: bytes) -> None:
    cookie = anybody(open_server)
    made = added(open_server, cookie)
    for method, path in (("POST", PATH), ("PATCH", f"{PATH}/{made['uuid']}")):
        said = call(open_server, method, path, body, Cookie=cookie)
        assert (said.status, said.body["code"]) == (400, 400)
    assert listed(open_server, cookie) == [made]


def anybody(server: Served) -> str:
    """The cookie of a new account."""
    return signed_up(server, f"rules-{uuid4().hex[:8]}")[1]


def test_an_expression_that_is_none_is_refused_in_a_sentence_and_changes_nothing(open_server: Served) -> None:
    cookie = anybody(open_server)
    made = added(open_server, cookie)
    for rule in ({**RULE, "match": "(a"}, {**RULE, "match": "(?=a)"}, {**RULE, "value": r"\1"}, {"type": "x"}):
        for method, path in (("POST", PATH), ("PATCH", f"{PATH}/{made['uuid']}")):
            said = call(open_server, method, path, {"rule": rule, "ids": ["x"]}, Cookie=cookie)
            assert (said.status, said.body["code"], said.body["fields"]) == (400, 400, ["rule"])
            assert said.body["error"].endswith(".")
    said = call(open_server, "POST", PATH, {"rule": RULE, "ids": "x"}, Cookie=cookie)
    assert (said.status, said.body["fields"]) == (400, ["ids"])
    assert listed(open_server, cookie) == [made]


def test_an_account_has_64(open_server: Served) -> None:
    cookie = anybody(open_server)
    for _ in range(64):
        added(open_server, cookie)
    said = call(open_server, "POST", PATH, {"rule": RULE, "ids": ["x"]}, Cookie=cookie)
    assert (said.status, said.body) == (400, {"error": "An account has at most 64 transformations.", "code": 400})


def titles(documents: Any) -> list[str]:
    return [each["title"] for each in documents]


def test_watchers_of_every_dialect_see_it_at_once(open_server: Served) -> None:
    _, cookie = signed_up(open_server, "rules-live")
    said = [{"id": "x", "title": "On Spotify"}, {"id": "y", "title": "On Spotify"}]
    with (
        socket(open_server, "/presence/rules-live") as viewer,
        identified(open_server, key_of(open_server, cookie)) as us,
    ):
        heard(viewer)
        send(us, 2, said)
        assert titles(heard(viewer)["activities"]) == ["On Spotify", "On Spotify"]
        made = added(open_server, cookie)
        assert titles(shown(open_server, "rules-live")) == ["On Music", "On Spotify"]
        assert titles(heard(viewer)["activities"]) == ["On Music", "On Spotify"]
        added(open_server, cookie, {"type": "set", "match": "Music", "value": "Quiet"}, "x", "y")
        assert titles(heard(viewer)["activities"]) == ["Quiet", "On Spotify"], "the second sees what the first made"
        native = page(open_server, "/v2/users/rules-live")
        assert "On Spotify" in native
        assert "Quiet" in native
        assert "Quiet" in page(open_server, "/u/rules-live")
        send(us, 2, said[:1])
        assert heard(viewer)["activities"] == [{"id": "x", "title": "Quiet"}]
        call(open_server, "DELETE", f"{PATH}/{made['uuid']}", Cookie=cookie)
        assert heard(viewer)["activities"] == said[:1]


def page(server: Served, path: str) -> str:
    """What a browser is sent."""
    with urlopen(Request(server.url + path, headers={"Accept": "text/html"}), timeout=20) as answer:
        text: str = answer.read().decode()
        return text


def test_they_work_again_after_a_kill_and_go_with_the_account(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with start(data) as server:
        ann = server.user_add("ann")
        auth = {"Authorization": ann.token}
        made = call(server, "POST", PATH, {"rule": RULE, "ids": ["x"]}, **auth).body
        server.kill9()
    with closing(sqlite3.connect(data / "presently.sqlite")) as kept, kept:  # by a version that could read it
        row = ("old", ann.id, json.dumps({**RULE, "match": "(?=S)"}), '["y"]')
        kept.execute("INSERT INTO transformations (uuid, account, rule, ids) VALUES (?, ?, ?, ?)", row)
    with start(data) as server:
        first, old = call(server, "GET", PATH, **auth).body["transformations"]
        assert (first, "RE2" in old.pop("error")) == (made, True)
        two = [{"id": name, "title": "Spotify"} for name in "xy"]
        assert put(server, "/session", ann.token, opened(server, ann.token), two)[0] == 200
        assert titles(shown(server, "ann")) == ["Music"]
        assert call(server, "POST", PATH, {"rule": RULE, "ids": ["z"]}, **auth).status == 200
        assert call(server, "DELETE", f"{PATH}/old", **auth).status == 200
        assert titles(shown(server, "ann")) == ["Music", "Spotify"]
        command(data, "user", "remove", "ann")
    with closing(sqlite3.connect(data / "presently.sqlite")) as kept:
        assert kept.execute("SELECT count(*) FROM transformations").fetchall() == [(0,)]
