"""The link routes over real sockets: every rule and text of spec/presenti.md section 4.10, and `me/pipe` of 4.9."""

from typing import Any
from uuid import uuid4

import pytest

from tests.serving import Served, command
from tests.web.dialects.presenti.caller import call, key_of, signed_up

pytestmark = pytest.mark.live

NOT_FIRST = {"error": "You are not authorized to use this endpoint."}
MALFORMED = {"error": "Malformed body.", "code": 400}
NO_LINK = {"error": "Unknown link.", "code": 404}
NO_USER = {"error": "Unknown user.", "code": 404}


def linked(server: Served, first_party: str, name: str, platform: str = "DISCORD", **more: Any) -> dict[str, Any]:
    """A link of a new account to an id of its own."""
    uuid, _ = signed_up(server, name)
    wanted = {"platform": platform, "platformID": f"{name}-there", "userUUID": uuid, **more}
    said = call(server, "POST", "/api/link", wanted, Authorization=first_party)
    assert said.status == 200, said
    link: dict[str, Any] = said.body
    return link


def test_a_link_is_made_found_steered_and_removed(open_server: Served, first_party: str) -> None:
    auth = {"Authorization": first_party}
    link = linked(open_server, first_party, "linked", pipeDirection=1)
    owner = link["userUUID"]
    assert list(link) == ["uuid", "platform", "platformID", "userUUID", "pipeDirection"]
    assert (link["platform"], link["platformID"], link["pipeDirection"]) == ("DISCORD", "linked-there", 1)
    by_uuid, by_id = f"uuid={link['uuid']}", "platform=DISCORD&platformID=linked-there"
    for query in (by_uuid, by_id, f"{by_id}&userUUID={owner}", f"{by_uuid}&userUUID={owner}", f"{by_uuid}&platform="):
        assert call(open_server, "GET", f"/api/link?{query}", **auth).body == link
        user = call(open_server, "GET", f"/api/link/user?{query}", **auth).body
        assert (user["uuid"], user["userID"], user["platforms"]) == (owner, "linked", None)
    said = call(open_server, "GET", "/api/link/bulk/DISCORD", **auth)
    assert {**link, "scope": "linked"} in said.body["links"]
    said = call(open_server, "PATCH", f"/api/link/{link['uuid']}/pipe", {"direction": 2}, **auth)
    assert (said.status, said.body) == (200, {**link, "pipeDirection": 2})
    seen = call(open_server, "GET", "/api/user/lookup?scope=linked", **auth).body
    assert seen["platforms"] == {"DISCORD": {**link, "pipeDirection": 2}}
    said = call(open_server, "DELETE", f"/api/link?{by_id}", **auth)
    assert (said.status, said.body) == (200, {"ok": True})
    for method, path in (
        ("DELETE", f"/api/link?{by_id}"),
        ("GET", f"/api/link?{by_uuid}"),
        ("PATCH", f"/api/link/{link['uuid']}/pipe"),
    ):
        said = call(open_server, method, path, {}, **auth)
        assert (said.status, said.body) == (404, NO_LINK)
    said = call(open_server, "GET", f"/api/link/user?{by_uuid}", **auth)
    assert (said.status, said.body) == (404, NO_USER)


def test_first_parties_alone_and_by_header_alone(open_server: Served, first_party: str) -> None:
    _, cookie = signed_up(open_server, "no-party")
    operator: str = command(open_server.data, "token", "operator")["token"]
    key = key_of(open_server, cookie)
    for headers in ({}, {"Cookie": cookie}, {"Authorization": key}, {"Authorization": operator}):
        for method, path in (
            ("POST", "/api/link"),
            ("GET", "/api/link"),
            ("DELETE", "/api/link"),
            ("GET", "/api/link/user"),
            ("GET", "/api/link/bulk/DISCORD"),
            ("PATCH", "/api/link/x/pipe"),
        ):
            said = call(open_server, method, path, {}, **headers)
            assert (said.status, said.body) == (403, NOT_FIRST), (path, headers)
    said = call(open_server, "GET", f"/api/link?token={first_party}&uuid=x")
    assert (said.status, said.body) == (403, NOT_FIRST)


@pytest.mark.parametrize(
    ("said", "direction"),
    [(3, 3), ("PRESENTI", 1), ("junk", 0), (None, 0)],
)
def test_directions(open_server: Served, first_party: str, said: Any, direction: int) -> None:
    link = linked(open_server, first_party, f"way-{uuid4().hex}", pipeDirection=said)
    assert link["pipeDirection"] == direction
    path = f"/api/link/{link['uuid']}/pipe"
    assert call(open_server, "PATCH", path, {"direction": 3}, Authorization=first_party).body["pipeDirection"] == 3
    steered = call(open_server, "PATCH", path, {"direction": said}, Authorization=first_party).body
    assert steered["pipeDirection"] == direction


def test_what_a_link_takes(open_server: Served, first_party: str) -> None:
    link = linked(open_server, first_party, "taken")
    owner, other = link["userUUID"], signed_up(open_server, "taker")[0]
    whole = {"platform": "SLACK", "platformID": "1", "userUUID": owner}
    lacking = {"error": "The platform, platformID, and userUUID are required.", "code": 400}
    twice = {"error": "A link describing this relationship already exists.", "code": 400}

    def refused(body: Any) -> tuple[int, Any]:
        said = call(open_server, "POST", "/api/link", body, Authorization=first_party)
        return said.status, said.body

    for name in whole:
        assert refused({key: value for key, value in whole.items() if key != name}) == (400, lacking)
        assert refused({**whole, name: ""}) == (400, lacking)
        assert refused({**whole, name: {"x": 1}}) == (400, MALFORMED)
    assert refused({**whole, "platform": "discord"}) == (400, MALFORMED)
    assert refused({**whole, "platform": "MYSPACE"}) == (400, MALFORMED)
    assert refused({**whole, "userUUID": "taken"}) == (400, MALFORMED)
    assert refused({**whole, "platformID": "x" * 257}) == (400, MALFORMED)
    assert refused({**whole, "platformID": "a\nb"}) == (400, MALFORMED)
    assert refused([]) == (400, MALFORMED)
    assert refused({**whole, "userUUID": str(uuid4())}) == (404, NO_USER)
    assert refused({**whole, "platform": "DISCORD"}) == (400, twice)  # one for each user and platform
    assert refused({"platform": "DISCORD", "platformID": "taken-there", "userUUID": other}) == (400, twice)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "uuid=",
        "platform=DISCORD",
        "platformID=1",
        "userUUID=x",
        "uuid=x&platform=DISCORD",
        "platform=X&platformID=1",
    ],
)
def test_combinations_that_mean_no_link(open_server: Served, first_party: str, query: str) -> None:
    for method, path in (("GET", "/api/link"), ("GET", "/api/link/user"), ("DELETE", "/api/link")):
        said = call(open_server, method, f"{path}?{query}", Authorization=first_party)
        assert (said.status, said.body) == (400, MALFORMED), path


def test_an_unknown_platform_has_no_links_in_bulk(open_server: Served, first_party: str) -> None:
    said = call(open_server, "GET", "/api/link/bulk/MYSPACE", Authorization=first_party)
    assert (said.status, said.body) == (400, MALFORMED)
    said = call(open_server, "GET", "/api/link/bulk/SPOTIFY_INTERNAL", Authorization=first_party)
    assert (said.status, said.body) == (200, {"links": []})


def test_a_link_is_the_houses_own_in_every_dialect(open_server: Served, first_party: str) -> None:
    """WIRES section 3: what first parties link is the account's link, and what an operator linked is a pipe."""
    added = open_server.user_add("both-ways", "--discord", "123456789012345678")
    said = call(
        open_server, "GET", "/api/link?platform=DISCORD&platformID=123456789012345678", Authorization=first_party
    )
    assert (said.body["userUUID"], said.body["pipeDirection"]) == (added.id, 0)
    linked(open_server, first_party, "from-there", "SPOTIFY")
    listed: Any = command(open_server.data, "user", "list")
    links = [each["links"] for each in listed if each["name"] == "from-there"]
    assert links == [[{"provider": "spotify", "id": "from-there-there"}]]


def test_ones_own_pipes(open_server: Served, first_party: str) -> None:
    link = linked(open_server, first_party, "piped")
    cookie = call(open_server, "POST", "/api/user/auth", {"id": "piped", "password": "hunter2"}).cookie
    _, stranger = signed_up(open_server, "stranger")
    path = f"/api/user/me/pipe/{link['uuid']}"
    said = call(open_server, "PATCH", path, {"direction": 3}, Cookie=cookie)
    assert (said.status, said.body) == (200, {**link, "pipeDirection": 3})
    for method in ("PATCH", "DELETE"):
        assert call(open_server, method, path, {}).body == {"error": "Invalid identity token.", "code": 401}
        said = call(open_server, method, path, {}, Authorization=first_party)
        assert (said.status, said.body) == (403, {"error": "First-parties may not call this endpoint."})
        for other, who in ((path, stranger), ("/api/user/me/pipe/junk", cookie)):
            said = call(open_server, method, other, {}, Cookie=who)
            assert (said.status, said.body) == (404, NO_LINK)
        said = call(open_server, method, path, {}, Cookie=cookie, Origin="https://evil.example")
        assert (said.status, said.body) == (403, NOT_FIRST)
    assert call(open_server, "DELETE", path, Authorization=key_of(open_server, cookie)).body == {"ok": True}
    assert call(open_server, "DELETE", path, Cookie=cookie).body == NO_LINK
