"""A linked account at work at its instance, over a real server and a fake one: seen, kept over a restart, lapsed."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.live.clients import Rest, until
from tests.live.relaying import CONFIG, FakeProcess, Registrant, Sink, surroundings, token_of
from tests.serving import Added, Served, command, start

pytestmark = pytest.mark.live
SHORT = CONFIG.replace("[relay]\n", "[relay]\npresence_seconds = 2\n")


class Town:
    """One server, one fake instance; accounts by the name they have at both."""

    def __init__(self, server: Served, fake: FakeProcess, sink: Sink) -> None:
        self.server, self.fake, self.sink = server, fake, sink
        self.registrant = Registrant(server, fake.url, sink.url)
        self.added: dict[str, Added] = {}

    def add(self, name: str) -> str:
        """An account that is linked; its token."""
        handle = f"mastodon:@{name.title()}@{self.fake.url.removeprefix('http://')}"
        self.added[name] = self.server.user_add(name, "--link", handle)
        return self.added[name].token

    def register(self, tag: str, token: str, **changed: str | None) -> tuple[int, str]:
        wanted: dict[str, str | None] = {"endpoint": "user", "presence_token": token, **changed}
        return self.registrant.register(tag, **wanted)

    def open(self, name: str) -> None:
        """Register by the account's token, and wait until the stream stands."""
        assert self.register(name, self.add(name)) == (202, "Accepted")
        self.until_open(name)

    def until_open(self, name: str) -> None:
        def is_open() -> bool:
            registration = self.registrant.registration(name)
            return registration is not None and registration["stream"]["state"] == "open"

        until(lambda: token_of(name) in self.fake.tokens() and is_open())

    def publish(self, name: str, **more: Any) -> None:
        self.fake.publish(token_of(name), name, **more)

    def look(self, name: str, *, own: bool = False) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.added[name].token}"} if own else {}
        status, _, text = self.registrant.ask("GET", f"/v2/users/{name}", headers=headers)
        assert status == 200, text
        told: dict[str, Any] = json.loads(text)
        return told

    def is_online(self, name: str) -> bool:
        return bool(self.look(name)["status"] == "online")


@pytest.fixture(scope="module")
def around() -> Iterator[tuple[FakeProcess, Sink]]:
    with surroundings() as both:
        yield both


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, around: tuple[FakeProcess, Sink]) -> Iterator[Town]:
    with start(tmp_path_factory.mktemp("seen"), config=CONFIG) as server:
        made = Town(server, *around)
        yield made
        lines = "\n".join(server.lines)
        server.stop()
        assert not any(added.token in lines for added in made.added.values())


def test_what_may_not_be_claimed_is_refused_and_changes_nothing(town: Town) -> None:
    token = town.add("rita")
    unlinked = town.server.user_add("nolink", "--link", "mastodon:nolink@else.example").token
    reader = command(town.server.data, "token", "create", "rita", "--scope", "read")["token"]
    party = command(town.server.data, "token", "first-party")["token"]
    revoked = command(town.server.data, "token", "create", "rita", "--scope", "publish")
    command(town.server.data, "token", "revoke", revoked["token_id"])
    rest = Rest(town.server.port)
    with closing(rest.connection):  # the server follows within a second
        until(lambda: rest.ask("GET", f"/session?token={revoked['token']}")[0] == 401)
    for presence_token, changed, sentence in (
        (token, {"endpoint": None}, "presence_token needs endpoint user"),
        (token, {"endpoint": "user:notification"}, "presence_token needs endpoint user"),
        ("nonsense", {}, "presence_token is unknown or has ended"),
        ("é\n" * 3_000, {}, "presence_token is unknown or has ended"),
        (revoked["token"], {}, "presence_token is unknown or has ended"),
        (reader, {}, "presence_token may not publish for an account"),
        (party, {}, "presence_token may not publish for an account"),
        (unlinked, {}, f"the account of presence_token has no mastodon link to {town.fake.url}"),
        ("nonsense", {"callback_url": None}, "missing callback_url"),
        ("nonsense", {"endpoint": "public"}, "bad endpoint parameter. allowed value is user, user:notification."),
    ):
        assert town.register("refused", presence_token, **changed) == (400, sentence)
    said = json.dumps({**town.registrant.said("refused"), "endpoint": "user", "presence_token": 5}).encode()
    assert town.registrant.post("/register", said, "application/json") == (400, "presence_token must be text")
    assert town.registrant.registration("refused") is None
    assert town.register("asks-nothing", "", endpoint=None) == (202, "Accepted"), "an empty one is none"


def test_nobody_is_seen_by_what_others_do_and_by_old_edits(town: Town) -> None:
    town.open("olga")
    town.fake.publish(token_of("olga"), "somebody@else.example")
    town.publish("olga", event="status.update", edited_at="2026-01-05T10:00:00.000Z")
    town.fake.ask("say", token=token_of("olga"), event="delete", payload="5")
    town.fake.notify(token_of("olga"), 1)  # behind all those: when its callback comes they have been heard
    town.sink.wait_for(lambda: town.sink.of("olga"))
    assert not town.is_online("olga")
    town.publish("olga", event="status.update", edited_at=datetime.now(UTC).isoformat())
    until(lambda: town.is_online("olga"))
    assert len(town.sink.of("olga")) == 1, "no callback tells of statuses"


def test_a_revoked_token_takes_the_claim_with_it(town: Town) -> None:
    town.open("vera")
    town.publish("vera")
    until(lambda: town.is_online("vera"))
    command(town.server.data, "token", "revoke", town.added["vera"].token_id)
    until(lambda: not town.is_online("vera"))
    assert town.registrant.registration("vera") is not None, "its notifications are another matter"


def test_an_end_of_the_registration_takes_the_claim_with_it(town: Town) -> None:
    town.open("uma")
    town.publish("uma")
    until(lambda: town.is_online("uma"))
    assert town.registrant.unregister("uma") == (202, "Accepted")
    until(lambda: not town.is_online("uma"))


def test_it_is_kept_over_a_restart_and_lapses(tmp_path: Path, around: tuple[FakeProcess, Sink]) -> None:
    with start(tmp_path / "data", config=CONFIG) as server:
        first = Town(server, *around)
        first.open("alice")
        first.publish("alice")
        until(lambda: first.is_online("alice"))
        (claim,) = first.look("alice", own=True)["claims"]
        assert claim["source"] == {"kind": "mastodon", "id": first.registrant.registration("alice")["id"]}
        assert (claim["status"], claim["activities"]) == ("online", [])
    with start(tmp_path / "data", config=SHORT, port=server.port) as server:
        again = Town(server, *around)
        again.added = first.added
        again.until_open("alice")
        assert again.look("alice", own=True)["claims"] == [claim], "the same, to the same end"
        again.publish("alice")
        until(lambda: not again.is_online("alice"))
        assert again.look("alice", own=True)["last_seen_at_ms"] >= claim["since_ms"] + 2_000
