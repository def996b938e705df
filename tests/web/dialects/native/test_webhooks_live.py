"""/v2's webhooks against a real server and a real receiver: set up, told, away and back, killed and started again."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.clock import WallClock
from storage.database import open_database
from storage.store import Store
from tests.live.clients import change, until
from tests.receiver import Receiver
from tests.serving import Added, Served, command, start, user_add
from tests.web.dialects.native.asking import ask

pytestmark = pytest.mark.live
CONFIG = "[limits]\nrequests_per_second = 0\n[outgoing]\nallow_private_hosts = ['127.0.0.1']\n"
NAMES = ("alice", "bob", "carol", "dave", "erin", "frank")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("webhooks") / "data"


@pytest.fixture(scope="module")
def tokens() -> dict[str, str]:
    """By what they are for; `people` makes them."""
    return {}


@pytest.fixture(scope="module")
def people(data: Path, tokens: dict[str, str]) -> dict[str, Added]:
    data.mkdir()
    store = Store(open_database(data / "presently.sqlite"), WallClock())
    made = {name: store.add_newcomer(name, ("publish", "kv")) for name in NAMES}
    tokens["operator"] = store.create_token(None, ("operator",))[0]
    tokens["kv"] = store.create_token(made["alice"].subject.id, ("kv",))[0]
    store.close()
    return {name: Added(each.subject.id, name, each.token, each.credential.id) for name, each in made.items()}


@pytest.fixture(scope="module")
def server(data: Path, people: dict[str, Added]) -> Iterator[Served]:
    with start(data, config=CONFIG) as served:
        yield served


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


def hook(server: Served, owner: Added, receiver: Receiver, **more: Any) -> dict[str, Any]:
    """A webhook that was just made."""
    status, made, _ = ask(server, "POST", "/v2/webhooks", {"url": f"{receiver.url}/hook", **more}, owner.token)
    assert status == 201, made
    return made


def unhook(server: Served, owner: Added, made: dict[str, Any]) -> None:
    assert ask(server, "DELETE", f"/v2/webhooks/{made['id']}", token=owner.token)[0] == 204


def say(server: Served, user: Added, name: str, lease: float = 60) -> None:
    body = {"lease_seconds": lease, "activities": [{"name": name}]}
    status, answer, _ = ask(server, "PUT", f"/v2/users/{user.name}/claims/test", body, user.token)
    assert status == 200, answer


def hush(server: Served, user: Added) -> None:
    assert ask(server, "DELETE", f"/v2/users/{user.name}/claims/test", token=user.token)[0] == 204


def told(receiver: Receiver, count: int) -> list[tuple[str, str, int]]:
    return [(each.document["type"], each.document["user"], each.document["version"]) for each in receiver.wait(count)]


def test_it_is_made_with_a_challenge_and_told_signed(
    server: Served, people: dict[str, Added], receiver: Receiver
) -> None:
    alice = people["alice"]
    status, made, fields = ask(server, "POST", "/v2/webhooks", {"url": f"{receiver.url}/hook?key=1"}, alice.token)
    assert status == 201
    assert fields["Location"] == f"/v2/webhooks/{made['id']}"
    assert made["users"] == ["alice"]
    (challenge,) = receiver.challenges
    assert challenge.document["webhook"] == made["id"]
    assert challenge.signed_with(made["secret"])

    say(server, alice, "chess")
    say(server, alice, "go")
    hush(server, alice)
    assert told(receiver, 3) == [("came", "alice", 1), ("changed", "alice", 2), ("went", "alice", 3)]
    came, changed, went = receiver.heard
    assert all(each.signed_with(made["secret"]) for each in receiver.heard)
    assert len({each.delivery for each in receiver.heard}) == 3
    assert came.path == "/hook"
    shown = came.document["presence"]
    assert (shown["user"], shown["id"], shown["status"]) == ("alice", alice.id, "online")
    assert [each["name"] for each in changed.document["presence"]["activities"]] == ["go"]
    assert went.document["presence"] == {"user": "alice", "id": None, "status": "offline", "activities": []}
    assert abs(went.document["at_ms"] / 1000 - time.time()) < 20
    unhook(server, alice, made)


def test_a_secret_of_ones_own_and_other_users(server: Served, people: dict[str, Added], receiver: Receiver) -> None:
    bob, carol = people["bob"], people["carol"]
    made = hook(server, people["alice"], receiver, users=["bob", carol.id], secret="a-secret-of-my-own")
    assert made["secret"] == "a-secret-of-my-own"
    say(server, bob, "chess")
    say(server, carol, "chess")
    assert told(receiver, 2) == [("came", "bob", 1), ("came", carol.id, 1)]
    assert receiver.heard[0].signed_with("a-secret-of-my-own")
    unhook(server, people["alice"], made)
    hush(server, bob)
    hush(server, carol)


def test_it_is_listed_without_its_secret_and_gone_when_deleted(
    server: Served, people: dict[str, Added], receiver: Receiver
) -> None:
    alice, bob = people["alice"], people["bob"]
    made = hook(server, alice, receiver)
    shown = {name: value for name, value in made.items() if name != "secret"}
    assert ask(server, "GET", "/v2/webhooks", token=alice.token)[:2] == (200, {"webhooks": [shown]})
    fares = dict.fromkeys(("last_status", "last_error", "last_at_ms", "again_at_ms")) | {"delivered": 0, "given_up": 0}
    status, one, _ = ask(server, "GET", f"/v2/webhooks/{made['id']}", token=alice.token)
    assert (status, one) == (200, shown | {"deliveries": fares})
    assert ask(server, "GET", "/v2/webhooks", token=bob.token)[:2] == (200, {"webhooks": []})
    for method in ("GET", "DELETE"):
        status, problem, _ = ask(server, method, f"/v2/webhooks/{made['id']}", token=bob.token)
        assert (status, problem["code"]) == (404, "unknown-webhook")
    unhook(server, alice, made)
    assert ask(server, "GET", f"/v2/webhooks/{made['id']}", token=alice.token)[0] == 404
    say(server, alice, "chess")
    hush(server, alice)
    other = hook(server, alice, receiver, users=["bob"])
    say(server, bob, "chess")
    assert told(receiver, 1) == [("came", "bob", 1)], "nothing of the one that was deleted"
    unhook(server, alice, other)
    hush(server, bob)


def test_who_may_not(server: Served, people: dict[str, Added], receiver: Receiver, tokens: dict[str, str]) -> None:
    url = {"url": receiver.url}
    assert ask(server, "POST", "/v2/webhooks", url)[0] == 401
    assert ask(server, "GET", "/v2/webhooks", token="nonsense")[0] == 401
    for token in tokens.values():
        status, problem, _ = ask(server, "POST", "/v2/webhooks", url, token)
        assert (status, problem["code"]) == (403, "not-permitted")
    assert receiver.challenges == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"url": 5}, "/url"),
        ({"url": "https://a.example/", "more": 1}, ""),
        ({"url": "https://a.example/", "users": []}, "/users"),
        ({"url": "https://a.example/", "users": ["a", "a"]}, "/users"),
        ({"url": "https://a.example/", "users": [f"u{n}" for n in range(101)]}, "/users"),
        ({"url": "https://a.example/", "secret": "short"}, "/secret"),
        ({"url": "ftp://a.example/"}, "/url"),
        ({"url": "https://10.0.0.1/"}, "/url"),
        ({"url": "http://1.1.1.1/"}, "/url"),
        ({"url": "https://user@1.1.1.1/"}, "/url"),
        ({"url": "http://127.0.0.1:1/"}, "/url"),
    ],
)
def test_what_is_no_webhook(server: Served, people: dict[str, Added], body: dict[str, Any], pointer: str) -> None:
    status, problem, fields = ask(server, "POST", "/v2/webhooks", body, people["bob"].token)
    assert (status, problem["code"], fields["Content-Type"]) == (422, "invalid", "application/problem+json")
    assert problem["errors"][0]["pointer"] == pointer


def test_who_does_not_echo_gets_none(server: Served, people: dict[str, Added], receiver: Receiver) -> None:
    receiver.echoes = False
    status, problem, _ = ask(server, "POST", "/v2/webhooks", {"url": receiver.url}, people["carol"].token)
    assert (status, problem["errors"][0]["pointer"]) == (422, "/url")
    assert ask(server, "GET", "/v2/webhooks", token=people["carol"].token)[1] == {"webhooks": []}


def test_tries_are_counted(server: Served, people: dict[str, Added]) -> None:
    body = {"url": "http://127.0.0.1:1/"}
    statuses = [ask(server, "POST", "/v2/webhooks", body, people["carol"].token)[0] for _ in range(12)]
    assert statuses[0] == 422
    assert statuses[-1] == 429


def test_one_that_is_away_misses_nothing(server: Served, people: dict[str, Added], receiver: Receiver) -> None:
    dave = people["dave"]
    made = hook(server, dave, receiver)
    receiver.go()
    for name in ("one", "two", "three"):
        say(server, dave, name)
    hush(server, dave)
    receiver.come()
    assert [each[2] for each in told(receiver, 4)] == [1, 2, 3, 4]
    unhook(server, dave, made)


def test_what_is_refused_for_good_is_shown_to_operators(
    server: Served, people: dict[str, Added], receiver: Receiver, data: Path, tokens: dict[str, str]
) -> None:
    erin = people["erin"]
    made = hook(server, erin, receiver)
    receiver.statuses = [400]
    say(server, erin, "chess")
    hush(server, erin)
    receiver.wait(2)
    path = f"/ops/dead-letters?queue=webhook:{made['id']}"
    until(lambda: len(ask(server, "GET", path, token=tokens["operator"])[1]["dead_letters"]) == 1)
    (letter,) = ask(server, "GET", path, token=tokens["operator"])[1]["dead_letters"]
    assert (letter["status"], letter["error"], letter["tries"]) == (400, None, 1)
    assert letter["id"] == receiver.heard[0].delivery
    assert json.loads(letter["body"])["type"] == "came"
    fares = ask(server, "GET", f"/v2/webhooks/{made['id']}", token=erin.token)[1]["deliveries"]
    assert (fares["given_up"], fares["delivered"], fares["last_status"]) == (1, 1, 204)
    listed = command(data, "dead-letters", "--queue", f"webhook:{made['id']}")
    assert [each["id"] for each in listed["dead_letters"]] == [letter["id"]]
    assert ask(server, "GET", path, token=erin.token)[0] == 403
    assert ask(server, "GET", path)[0] == 401
    status, traffic, _ = ask(server, "GET", "/ops/callbacks?take=5", token=tokens["operator"])
    assert (status, traffic["results"]["webhook"]["given-up"]) == (200, 1)
    assert ask(server, "GET", "/ops/callbacks", token=erin.token)[0] == 403
    assert ask(server, "GET", "/ops/dead-letters?take=0", token=tokens["operator"])[0] == 400
    unhook(server, erin, made)


def test_a_receiver_that_is_gone_ends_its_webhook(server: Served, people: dict[str, Added], receiver: Receiver) -> None:
    frank = people["frank"]
    made = hook(server, frank, receiver)
    receiver.statuses = [410]
    say(server, frank, "chess")
    receiver.wait(1)
    server.wait_for(f"webhook ended by its receiver.*{made['id']}")
    assert ask(server, "GET", "/v2/webhooks", token=frank.token)[1] == {"webhooks": []}
    hush(server, frank)


def shown(document: Any) -> list[str]:
    return [activity["name"] for activity in document["activities"]]


def test_through_kills_a_receiver_ends_on_the_truth(tmp_path: Path, receiver: Receiver) -> None:
    """One user comes anew before each kill, one lapses while the server is down, one stays as it was."""
    data = tmp_path / "data"
    people = {name: user_add(data, name) for name in ("stays", "lapses", "comes")}
    served = start(data, config=CONFIG)
    made = hook(served, people["stays"], receiver, users=list(people))

    def converged() -> bool:
        query = "&".join(f"user={name}" for name in people)
        truth = ask(served, "GET", f"/v2/users?{query}")[1]["users"]
        newest = {each.document["user"]: each.document["presence"] for each in receiver.heard}
        return [shown(each) for each in truth] == [shown(newest[name]) if name in newest else [] for name in people]

    for name in ("stays", "lapses"):
        say(served, people[name], "chess", 600)
    receiver.wait(2)
    for number in range(4):
        if number != 1:
            receiver.go()
        for step in range(20):
            say(served, people["comes"], f"round {number} step {step}", 600)
        served.kill9()
        if number == 2:
            change(served, "DELETE FROM claims WHERE subject = ?", people["lapses"].id)
        if number != 1:
            receiver.come()
        served = start(data, config=CONFIG, port=served.port)
        until(converged)
    say(served, people["stays"], "go", 600)
    say(served, people["comes"], "the end", 600)
    until(converged)
    assert served.stop() == 0
    newest: dict[str, Any] = {}
    bodies: dict[str, bytes] = {}
    for each in receiver.heard:
        assert each.signed_with(made["secret"])
        if each.delivery in bodies:  # after a kill
            assert bodies[each.delivery] == each.body, "a duplicate is the same"
            continue
        bodies[each.delivery] = each.body
        known = newest.get(each.document["user"], {"version": 0})
        assert each.document["version"] == known["version"] + 1, "in order, and none is missing"
        newest[each.document["user"]] = each.document
    ends = {name: shown(each["presence"]) for name, each in newest.items()}
    assert ends == {"stays": ["go"], "lapses": [], "comes": ["the end"]}
    assert newest["lapses"]["type"] == "went"
    assert [each.document["type"] for each in receiver.heard if each.document["user"] == "lapses"][-1] == "went"
