"""A Discord bot's guild, from the gateway to every reader: a real server process and a fake Discord."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import websocket

from tests.event_stream import EventStream
from tests.fakes.discord import TOKEN, Close, FakeDiscord, Guild, member, presence
from tests.live.clients import PLENTY, until, viewer
from tests.serving import SECONDS, Served, command, start, user_add

pytestmark = pytest.mark.live

HERE = "100000000000000000"
ANN, BOB, CAT, DAN = (f"20000000000000000{number}" for number in range(4))
SONG: dict[str, Any] = {
    "id": "spotify:1",
    "name": "Spotify",
    "type": 2,
    "details": "Suite No. 1",
    "state": "J. S. Bach",
    "sync_id": "track",
    "assets": {"large_image": "spotify:cover", "large_text": "Suites"},
    "timestamps": {"start": 1_795_000_000_000, "end": 1_795_000_200_000},
    "created_at": 1_795_000_000_500,
    "flags": 48,
}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeDiscord]:
    fake = FakeDiscord().start()
    guild = fake.guild(HERE, member(ANN, "ann", avatar="abc"), member(BOB, "bob"))
    guild.presences[ANN] = presence(ANN, "idle")
    yield fake
    fake.stop()


@pytest.fixture(scope="module")
def server(fake: FakeDiscord, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Bob has an account, linked to his Discord id."""
    data = tmp_path_factory.mktemp("discord") / "data"
    user_add(data, "robert", "--discord", BOB)
    with start(data, config=settings(fake)) as server:
        server.wait_for("event=loaded")
        yield server


def settings(fake: FakeDiscord, guild: str = HERE) -> str:
    return f'{fake.config}base_guild_id = "{guild}"\ncdn_base = "http://127.0.0.1:9"\n{PLENTY}'


def get(server: Served, path: str) -> Any:
    """The document at this path; the status where there is none."""
    try:
        with urlopen(f"{server.url}{path}", timeout=SECONDS) as answer:
            return json.loads(answer.read())
    except HTTPError as refused:
        with refused:
            return refused.code


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    body: bytes


def answer(asked: Request) -> Said:
    try:
        with urlopen(asked, timeout=SECONDS) as told:
            return Said(told.status, told.read())
    except HTTPError as refused:
        with refused:
            return Said(refused.code, refused.read())


def lanyard(server: Served, ident: str) -> Any:
    found = get(server, f"/v1/users/{ident}")
    return found if isinstance(found, int) else found["data"]


class Socket:
    """A client of Lanyard's or Lantern's, after HELLO."""

    def __init__(self, server: Served, wanted: Any) -> None:
        self.connection = websocket.create_connection(f"ws://127.0.0.1:{server.port}/socket", timeout=SECONDS)
        self.next()
        self.connection.send(json.dumps({"op": 2, "d": wanted}))

    def next(self) -> Any:
        return json.loads(self.connection.recv())

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.shutdown()


def test_a_members_presence_reaches_every_reader_at_once(fake: FakeDiscord, server: Served) -> None:
    plain = viewer(server, ANN)
    with (
        Socket(server, {"subscribe_to_id": ANN}) as lanyards,
        Socket(server, {"user_id": ANN}) as lanterns,
        EventStream(f"{server.url}/u/{ANN}/events") as page,
        EventStream(f"{server.url}/v2/events?user={ANN}") as ours,
    ):
        first = lanyards.next()
        assert (first["t"], first["d"]["discord_user"]["username"], first["d"]["kv"]) == ("INIT_STATE", "ann", {})
        assert first["d"]["discord_status"] == "idle"
        assert lanterns.next()["d"]["status"] == "idle"
        fake.update(HERE, ANN, "dnd", SONG, client_status={"mobile": "dnd", "web": "idle"})
        said = lanyards.next()
        assert (said["t"], said["d"]["activities"]) == ("PRESENCE_UPDATE", [SONG]), "untouched"
        assert said["d"]["spotify"]["song"] == "Suite No. 1"
        assert said["d"]["discord_user"]["avatar"] == "abc"
        shown = {name: said["d"][f"active_on_discord_{name}"] for name in ("desktop", "mobile", "web")}
        assert shown == {"desktop": False, "mobile": True, "web": True}
        said = lanterns.next()
        assert (said["t"], said["d"]["status"]) == ("PRESENCE_UPDATE", "dnd")
        assert said["d"]["active_platforms"]["spotify"]["song"] == "Suite No. 1"
        assert said["d"]["metadata"]["monitoring_since"]["raw"] == "2023-11-14T22:13:20.000Z"
        told = json.loads(plain.recv())["activities"]
        assert [(each["title"], each["largeText"]) for each in told] == [("Spotify", "Suite No. 1")]
        assert "Suite No. 1" in json.dumps(page.next_where(lambda event: "Suite No. 1" in json.dumps(event)))
        assert ours.next_where(lambda event: "Suite" in json.dumps(event))["presence"]["status"] == "dnd"
    with urlopen(f"{server.url}/u/{ANN}", timeout=SECONDS) as answer:
        assert "Suite No. 1" in answer.read().decode()


def test_a_member_who_is_linked_is_the_account_in_every_dialect(fake: FakeDiscord, server: Served) -> None:
    fake.update(HERE, BOB, "online", SONG)
    until(lambda: lanyard(server, BOB)["discord_status"] == "online")
    assert [each["title"] for each in get(server, "/api/presence/robert")["presence"]] == ["Spotify"]
    assert lanyard(server, BOB)["discord_user"]["username"] == "bob"


def test_whoever_is_linked_while_they_are_there_takes_their_presence_along(fake: FakeDiscord, server: Served) -> None:
    fake.join(HERE, member(DAN, "dan"))
    fake.update(HERE, DAN, "online", SONG)
    until(lambda: lanyard(server, DAN) != 404 and lanyard(server, DAN)["discord_status"] == "online")
    server.user_add("daniel", "--discord", DAN)
    until(lambda: [each["title"] for each in get(server, "/api/presence/daniel")["presence"]] == ["Spotify"])
    assert lanyard(server, DAN)["activities"] == [SONG]


def test_who_joins_is_monitored_and_who_leaves_is_not(fake: FakeDiscord, server: Served) -> None:
    assert (lanyard(server, CAT), get(server, f"/api/v1/users/{CAT}")) == (404, 404)
    with Socket(server, {"subscribe_to_all": True}) as lanyards, Socket(server, {"user_ids": ["ALL"]}) as lanterns:
        assert ANN in lanyards.next()["d"]
        assert ANN in [each["metadata"]["id"] for each in lanterns.next()["d"]]
        fake.join(HERE, member(CAT, "cat"))
        said = lanyards.next()
        assert (said["d"]["discord_user"]["id"], said["d"]["discord_status"]) == (CAT, "offline")
        assert (joined := lanterns.next())["t"] == "USER_JOINED", joined
        fake.leave(HERE, CAT)
        assert lanterns.next()["t"] == "USER_LEFT"
    until(lambda: lanyard(server, CAT) == 404)
    assert get(server, f"/api/v1/users/{CAT}") == 404


def test_operators_see_how_it_fares(server: Served) -> None:
    token = command(server.data, "token", "operator")["token"]
    found = Request(f"{server.url}/ops/discord", headers={"Authorization": f"Bearer {token}"})
    until(lambda: answer(found).status == 200)
    told = json.loads(answer(found).body)
    assert (told["state"], told["session"], told["guilds"], told["identifies"]) == ("ready", "session-1", 1, 1)
    assert told["sessions_left"] == 899
    assert TOKEN not in json.dumps(told)
    assert answer(Request(f"{server.url}/ops/discord")).status == 401


def test_the_secret_is_in_no_line(server: Served) -> None:
    assert any("path=presence/listeners/discord" in line for line in server.lines)
    assert TOKEN not in "\n".join(server.lines)


def test_after_a_kill_all_are_there_at_once_and_the_session_goes_on(tmp_path: Path) -> None:
    fake = FakeDiscord().start()
    try:
        fake.guild(HERE, member(ANN, "ann"), member(BOB, "bob")).presences[ANN] = presence(ANN, "idle")
        with start(tmp_path / "data", config=settings(fake)) as server:
            server.wait_for("event=loaded")
            fake.update(HERE, ANN, "idle", SONG)
            until(lambda: lanyard(server, ANN)["activities"] == [SONG])
            until(lambda: is_kept(server))
            server.kill9()
        fake.update(HERE, BOB, "dnd")  # which nobody hears
        with start(tmp_path / "data", config=settings(fake), port=server.port) as again:
            assert lanyard(again, ANN)["activities"] == [SONG]
            again.wait_for("session=resumed")
            until(lambda: lanyard(again, BOB)["discord_status"] == "dnd")
            assert (len(fake.ops(2)), len(fake.ops(6))) == (1, 1)
            assert not [line for line in again.lines if "lease-" in line], "10,000 members would be as many lines"
    finally:
        fake.stop()


def is_kept(server: Served) -> bool:
    """Whether the session is in the database already: that takes two looks, two seconds apart."""
    database = sqlite3.connect(server.data / "presently.sqlite", timeout=SECONDS)
    try:
        return bool(database.execute("SELECT 1 FROM module_values WHERE name = 'session'").fetchall())
    finally:
        database.close()


def test_what_the_operator_must_mend_is_said_and_the_server_goes_on(tmp_path: Path) -> None:
    fake = FakeDiscord().start()
    try:
        fake.guilds[HERE] = Guild(HERE)
        fake.next("identify", Close(4014))
        with start(tmp_path / "data", config=settings(fake)) as server:
            line = server.wait_for("event=parked")
            assert "Server Members Intent" in line
            assert "(close code 4014)" in line
            token = command(server.data, "token", "operator")["token"]
            asked = Request(f"{server.url}/ops/discord", headers={"Authorization": f"Bearer {token}"})
            until(lambda: answer(asked).status == 200)
            assert json.loads(answer(asked).body)["state"] == "parked"
            assert get(server, "/readyz")["ready"] is True
            assert len(fake.opened) == 1
    finally:
        fake.stop()
