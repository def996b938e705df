"""/v2 over a real server: claims, presence for the owner and for others, several users, and both streams."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import websocket

from tests.event_stream import EventStream
from tests.serving import Added, Served, command, start, user_add
from tests.web.dialects.native.publishing import call, claim

pytestmark = pytest.mark.live
CONFIG = "[limits]\nrequests_per_second = 0\nconnections_per_address = 0\n"
DISCORD = "100000000000000007"
BODY = {"lease_seconds": 60, "activities": [{"name": "Chess"}]}


class Town:
    """A server with people in it."""

    def __init__(self, server: Served, people: dict[str, Added]) -> None:
        self.server = server
        self.people = people
        self.first_party = command(server.data, "token", "first-party")["token"]
        self.operator = command(server.data, "token", "operator")["token"]

    def token(self, name: str) -> str:
        return self.people[name].token

    def claim(self, name: str, *names: str, **more: Any) -> Any:
        return claim(self.server, self.token(name), name, *names, **more)

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        return call(self.server, method, path, body, **more)

    def events(self, *users: str, last: str | None = None, by_query: bool = False) -> EventStream:
        query = "&".join(f"user={user}" for user in users)
        if by_query:
            return EventStream(f"{self.server.url}/v2/events?{query}&last_event_id={last}")
        return EventStream(f"{self.server.url}/v2/events?{query}", fields={"Last-Event-ID": last} if last else {})

    @contextmanager
    def socket(self, query: str = "") -> Iterator[Any]:
        reader = websocket.create_connection(f"ws://127.0.0.1:{self.server.port}/v2/socket{query}", timeout=10)
        yield reader
        reader.shutdown()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    data = tmp_path_factory.mktemp("native") / "data"
    people = {name: user_add(data, name) for name in ("alice", "bob", "carol", "dora", "emil", "frida")}
    people["greta"] = user_add(data, "greta", "--discord", DISCORD, "--link", "mastodon:greta@social.example")
    with start(data, config=CONFIG) as server:
        yield Town(server, people)


def seen(event: Any) -> Any:
    """What an event says: type, user, status, names."""
    who = event["presence"]
    return event["type"], who["user"], who["status"], [activity["name"] for activity in who["activities"]]


def offline(name: str) -> Any:
    return {"user": name, "id": None, "status": "offline", "activities": []}


# Claims


LINKS = (DISCORD, f"discord:{DISCORD}", "mastodon:greta@social.example")


def test_a_user_is_found_by_every_link_to_read_follow_and_publish(town: Town) -> None:
    for name in LINKS:
        assert town.ask("GET", f"/v2/users/{name}").body == offline(name), "not even who that is"
    with town.events(LINKS[2]) as stream:
        assert seen(stream.next()) == ("snapshot", LINKS[2], "offline", [])
        put = town.ask("PUT", f"/v2/users/{LINKS[1]}/claims/cli", BODY, token=town.token("greta"))
        assert put.status == 200
        assert seen(stream.next()) == ("change", "greta", "online", ["Chess"])
    everybody = town.ask("GET", "/v2/users/greta").body
    assert everybody["id"] == town.people["greta"].id
    for name in LINKS:
        assert town.ask("GET", f"/v2/users/{name}").body == everybody
        own = town.ask("GET", f"/v2/users/{name}", token=town.token("greta")).body
        assert [claim["source"]["id"] for claim in own["claims"]] == ["cli"]
        assert "claims" not in town.ask("GET", f"/v2/users/{name}", token=town.token("alice")).body
        assert town.ask("PUT", f"/v2/users/{name}/claims/cli", BODY, token=town.token("alice")).status == 403
    several = town.ask("GET", f"/v2/users?user=greta&user={LINKS[0]}").body["users"]
    assert several == [everybody, everybody]
    assert town.ask("DELETE", f"/v2/users/{DISCORD}/claims/cli", token=town.token("greta")).status == 204


def test_a_socket_watches_a_user_until_the_last_of_its_names_is_given_up(town: Town) -> None:
    def say(kind: str, *users: str) -> None:
        reader.send(json.dumps({"type": kind, "users": users}))

    def hear() -> Any:
        return json.loads(reader.recv())

    with town.socket() as reader:
        say("subscribe", "greta", LINKS[1])
        assert {seen(hear())[1], seen(hear())[1]} == {"greta", LINKS[1]}
        say("unsubscribe", "greta", "nobody")
        assert hear() == {"type": "unsubscribed", "users": ["greta"]}
        town.claim("greta", "Go")
        assert seen(hear()) == ("change", "greta", "online", ["Go"])
        say("unsubscribe", LINKS[1])
        assert hear() == {"type": "unsubscribed", "users": [LINKS[1]]}
        town.claim("greta", "Checkers")
        say("subscribe", LINKS[0])
        assert seen(hear()) == ("snapshot", "greta", "online", ["Checkers"])


def test_a_claim_is_answered_with_its_end_shown_to_all_and_taken_back(town: Town) -> None:
    said = town.ask("PUT", "/v2/users/alice/claims/cli", BODY, token=town.token("alice"))
    assert said.status == 200
    assert said.body["source"] == {"kind": "native", "id": "cli"}
    assert said.body["status"] is None
    assert said.body["activities"] == [{"name": "Chess"}]
    assert said.body["expires_at_ms"] - said.body["since_ms"] == 60_000
    everybody = {"user": "alice", "id": town.people["alice"].id, "status": "online", "activities": [{"name": "Chess"}]}
    assert town.ask("GET", "/v2/users/alice").body == everybody
    assert town.ask("GET", f"/v2/users/{town.people['alice'].id}").body == everybody
    assert town.ask("DELETE", "/v2/users/alice/claims/cli", token=town.token("alice")).status == 204
    gone = town.ask("DELETE", "/v2/users/alice/claims/cli", token=town.token("alice"))
    assert (gone.status, gone.body["code"]) == (404, "unknown-claim")
    assert town.ask("GET", "/v2/users/alice").body == offline("alice")


def test_a_lease_ends_by_itself_and_readers_hear_of_it(town: Town) -> None:
    with town.events("alice") as stream:
        stream.next()
        town.claim("alice", "Chess", source="short", lease=5)
        assert seen(stream.next()) == ("change", "alice", "online", ["Chess"])
        assert seen(stream.next()) == ("change", "alice", "offline", [])


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (b"{", 400, "malformed-json", None),
        ({}, 422, "invalid", ""),
        ({"lease_seconds": 4.9}, 422, "invalid", "/lease_seconds"),
        ({"lease_seconds": 86_401}, 422, "invalid", "/lease_seconds"),
        ({"lease_seconds": 5, "status": "away"}, 422, "invalid", "/status"),
        ({"lease_seconds": 5, "mood": "good"}, 422, "invalid", ""),
        ({"lease_seconds": 5, "activities": [{"name": ""}]}, 422, "invalid", "/activities/0/name"),
        (
            {"lease_seconds": 5, "activities": [{"name": "x", "image": {"source": "javascript:1"}}]},
            422,
            "invalid",
            "/activities/0/image/source",
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_is_and_changes_nothing(
    town: Town, body: Any, status: int, code: str, pointer: str | None
) -> None:
    said = town.ask("PUT", "/v2/users/bob/claims/x", body, token=town.token("bob"))
    assert (said.status, said.body["code"], said.headers["Content-Type"]) == (status, code, "application/problem+json")
    assert said.body["title"]
    assert said.body["detail"]
    assert [fault["pointer"] for fault in said.body.get("errors", [])] == ([] if pointer is None else [pointer])
    assert town.ask("GET", "/v2/users/bob").body == offline("bob")


def test_only_the_owner_and_first_parties_publish(town: Town) -> None:
    path = "/v2/users/bob/claims/x"
    for token, status, code in (
        (None, 401, "missing-token"),
        ("nonsense", 401, "invalid-token"),
        (town.token("alice"), 403, "not-permitted"),
        (town.operator, 403, "not-permitted"),
    ):
        said = town.ask("PUT", path, BODY, token=token)
        assert (said.status, said.body["code"]) == (status, code)
        assert (said.headers["WWW-Authenticate"] == "Bearer") is (status == 401)
    assert town.ask("PUT", path, BODY, token=town.first_party).status == 200
    assert town.ask("DELETE", path, token=town.token("bob")).status == 204
    assert town.ask("PUT", "/v2/users/nobody-yet/claims/x", BODY, token=town.first_party).status == 200
    assert town.ask("GET", "/v2/users/nobody-yet").body["status"] == "online"
    assert town.ask("PUT", f"/v2/users/{'x' * 257}/claims/x", BODY, token=town.first_party).status == 422
    assert town.ask("PUT", "/v2/users/bob/claims/a%20b", BODY, token=town.token("bob")).body["code"] == "bad-source"


def test_a_request_sent_twice_with_a_key_is_done_once(town: Town) -> None:
    path, token = "/v2/users/carol/claims/once", town.token("carol")
    first = town.ask("PUT", path, BODY, token=token, Idempotency_Key="k-1")
    assert town.ask("PUT", path, BODY, token=token).body["expires_at_ms"] > first.body["expires_at_ms"]
    assert town.ask("PUT", path, BODY, token=token, Idempotency_Key="k-1").body == first.body
    for body, place in (({**BODY, "status": "idle"}, path), (BODY, path + "-2")):
        other = town.ask("PUT", place, body, token=token, Idempotency_Key="k-1")
        assert (other.status, other.body["code"]) == (422, "key-reused")
    assert town.ask("PUT", path, BODY, token=town.first_party, Idempotency_Key="k-1").status == 200, (
        "keys are one's own"
    )
    assert [town.ask("DELETE", path, token=token, Idempotency_Key="k-2").status for _ in range(2)] == [204, 204]
    assert town.ask("PUT", path, BODY, token=token, Idempotency_Key="x" * 256).body["code"] == "bad-key"


def test_a_user_has_room_for_so_many_sources(town: Town) -> None:
    for number in range(32):
        town.claim("dora", "x", source=f"s{number}")
    said = town.ask("PUT", "/v2/users/dora/claims/s32", BODY, token=town.token("dora"))
    assert (said.status, said.body["code"]) == (429, "too-many-claims")
    town.claim("dora", "y", source="s31")


# Presence


def test_the_owner_and_operators_see_by_whose_word(town: Town) -> None:
    stands = town.claim("emil", "Chess", source="cli")
    for token in (town.token("emil"), town.operator):
        said = town.ask("GET", "/v2/users/emil", token=token)
        assert said.body["claims"] == [stands]
        assert said.body["last_seen_at_ms"] is None
        assert said.headers["Vary"] == "Authorization"
    for token in (None, town.token("alice"), town.first_party):
        assert "claims" not in town.ask("GET", "/v2/users/emil", token=token).body
    assert town.ask("GET", "/v2/users/emil", token="nonsense").status == 401


def test_whoever_hides_is_nobody_to_all_but_themselves(town: Town) -> None:
    owner, ident = town.token("frida"), town.people["frida"].id
    with town.events("frida") as live:
        live.next()
        town.claim("frida", "Secrets", source="game")
        assert seen(live.next())[2] == "online"
        hidden = {"lease_seconds": 60, "status": "invisible"}
        assert town.ask("PUT", "/v2/users/frida/claims/me", hidden, token=owner).status == 200
        gone = live.next()
        assert seen(gone) == ("change", "frida", "offline", [])
        town.claim("frida", "More secrets", source="game")  # of which nobody hears
        assert town.ask("DELETE", "/v2/users/frida/claims/game", token=owner).status == 204
        with town.events("frida", last=gone["id"]) as back:
            assert back.next()["type"] == "resumed", "nor later, by coming back"
    for asked in ("frida", ident, "unknown"):
        assert town.ask("GET", f"/v2/users/{asked}").body == offline(asked)
        with town.events(asked) as stream:
            assert stream.next()["presence"] == offline(asked)
    several = town.ask("GET", f"/v2/users?user=frida&user=unknown&user={ident}")
    assert several.body == {"users": [offline("frida"), offline("unknown"), offline(ident)]}
    mine = town.ask("GET", "/v2/users/frida", token=owner)
    assert (mine.body["status"], mine.body["claims"][0]["status"]) == ("invisible", "invisible")
    assert town.ask("DELETE", "/v2/users/frida/claims/me", token=owner).status == 204


def test_several_users_have_one_tag(town: Town) -> None:
    town.claim("carol", "Go")
    first = town.ask("GET", "/v2/users?user=unknown&user=carol&user=unknown")
    assert [user["user"] for user in first.body["users"]] == ["unknown", "carol"]
    tag = first.headers["ETag"]
    same = town.ask("GET", "/v2/users?user=unknown&user=carol", If_None_Match=tag)
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag)
    town.claim("carol", "Chess")
    assert town.ask("GET", "/v2/users?user=unknown&user=carol", If_None_Match=tag).status == 200
    query = "&".join(f"user=u{number}" for number in range(101))
    assert town.ask("GET", f"/v2/users?{query[: query.rindex('&')]}").status == 200
    for wrong in (query, "", "user=", f"user={'x' * 257}"):
        assert town.ask("GET", f"/v2/users?{wrong}").status == 422


def test_any_page_may_read_and_errors_are_problems_everywhere(town: Town) -> None:
    asked = town.ask("OPTIONS", "/v2/users/alice/claims/x", Origin="https://any.example")
    assert (asked.status, asked.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    for method, path, status in (
        ("GET", "/v2/nothing/here", 404),
        ("POST", "/v2/users/alice", 405),
        ("HEAD", "/v2/events?user=alice", 405),
        ("GET", "/v2/socket", 405),
    ):
        said = town.ask(method, path)
        assert (said.status, said.headers["Access-Control-Allow-Origin"]) == (status, "*")
        assert method == "HEAD" or said.body["status"] == status
    badge = town.ask("GET", "/v2/badge.js")
    assert (badge.status, badge.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert badge.headers["Access-Control-Allow-Origin"] == "*"
    assert town.ask("GET", "/v2/badge.js", If_None_Match=badge.headers["ETag"]).status == 304


# Streams


def test_a_stream_begins_with_each_and_goes_on_with_changes(town: Town) -> None:
    with town.events("alice", "unknown") as stream:
        assert stream.head.headers["Access-Control-Allow-Origin"] == "*"
        first, second = stream.next(), stream.next()
        assert [first["type"], second["type"]] == ["snapshot", "snapshot"]
        assert [first["presence"], second["presence"]] == [offline("alice"), offline("unknown")]
        assert first["recovered"] is second["recovered"] is False
        assert first["id"].endswith(":0"), "who has only the first has nothing yet"
        town.claim("alice", "Chess")
        change = stream.next()
        assert seen(change) == ("change", "alice", "online", ["Chess"])
        town.claim("alice", "Chess")  # a renewal shows nothing
        town.claim("alice", "Go")
        assert seen(stream.next()) == ("change", "alice", "online", ["Go"])
    assert town.ask("DELETE", "/v2/users/alice/claims/test", token=town.token("alice")).status == 204


@pytest.mark.parametrize("by_query", [False, True])
def test_a_reader_that_comes_back_gets_what_it_missed(town: Town, by_query: bool) -> None:
    with town.events("alice", "bob") as stream:
        last = [stream.next(), stream.next()][-1]["id"]
    for name in ("Chess", "Go"):
        town.claim("alice", name)
        town.claim("bob", name)
    with town.events("alice", "bob", last=last, by_query=by_query) as stream:
        missed = [stream.next() for _ in range(4)]
        assert [seen(event)[1:] for event in missed] == [
            ("alice", "online", ["Chess"]),
            ("bob", "online", ["Chess"]),
            ("alice", "online", ["Go"]),
            ("bob", "online", ["Go"]),
        ]
        assert stream.next() == {"type": "resumed", "id": missed[-1]["id"], "recovered": True}
        town.claim("bob", "Whist")
        assert seen(stream.next()) == ("change", "bob", "online", ["Whist"])
    with town.events("alice", "bob", last=missed[1]["id"]) as stream:
        assert seen(stream.next())[1:] == ("alice", "online", ["Go"])
    for name in ("alice", "bob"):
        assert town.ask("DELETE", f"/v2/users/{name}/claims/test", token=town.token(name)).status == 204


@pytest.mark.parametrize(
    "last", ["000000000000:1", "nonsense", "{epoch}:0", "{epoch}:-1", "{epoch}:99999999", "{epoch}"]
)
def test_what_cannot_be_taken_up_is_a_snapshot_that_says_so(town: Town, last: str) -> None:
    with town.events("alice") as stream:
        epoch = stream.next()["id"].partition(":")[0]
    with town.events("alice", last=last.format(epoch=epoch)) as stream:
        event = stream.next()
        assert (event["type"], event["recovered"], event["presence"]["user"]) == ("snapshot", False, "alice")


def test_a_socket_subscribes_and_unsubscribes_at_any_time(town: Town) -> None:
    with town.socket() as reader:

        def say(document: Any) -> None:
            reader.send(json.dumps(document))

        def hear() -> Any:
            return json.loads(reader.recv())

        say({"type": "ping"})
        assert hear() == {"type": "pong"}
        say({"type": "subscribe", "users": ["alice", "bob"]})
        assert [seen(hear())[:2], seen(hear())[:2]] == [("snapshot", "alice"), ("snapshot", "bob")]
        town.claim("bob", "Chess")
        last = hear()
        assert seen(last) == ("change", "bob", "online", ["Chess"])
        say({"type": "unsubscribe", "users": ["bob", "unknown"]})
        assert hear() == {"type": "unsubscribed", "users": ["bob"]}
        town.claim("bob", "Go")
        town.claim("alice", "Go")
        assert seen(hear()) == ("change", "alice", "online", ["Go"])
        say({"type": "subscribe", "users": ["bob"], "last_event_id": last["id"]})
        assert seen(hear()) == ("change", "bob", "online", ["Go"])
        assert hear()["type"] == "resumed"
        for wrong, pointer in (
            ({"type": "shout"}, "/type"),
            ({"type": "subscribe"}, "/users"),
            ({"type": "subscribe", "users": []}, "/users"),
            ({"type": "subscribe", "users": [f"u{number}" for number in range(99)]}, "/users"),
        ):
            say(wrong)
            problem = hear()
            assert (problem["type"], problem["problem"]["errors"][0]["pointer"]) == ("problem", pointer)
        reader.send("{")
        opcode, data = reader.recv_data()
        assert (opcode, int.from_bytes(data[:2], "big")) == (websocket.ABNF.OPCODE_CLOSE, 1007)
    with town.socket(f"?user=alice&user=bob&last_event_id={last['id']}") as reader:
        events = [json.loads(reader.recv()) for _ in range(3)]
        assert [event["type"] for event in events] == ["change", "change", "resumed"]
    for name in ("alice", "bob"):
        assert town.ask("DELETE", f"/v2/users/{name}/claims/test", token=town.token(name)).status == 204
