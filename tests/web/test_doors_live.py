"""Doors in a living house: the hub's own run queue, the wall's clock, many connections."""

import random
import resource
import statistics
import time
from collections.abc import Iterator

import pytest

from actors import connections
from actors.accounts import Credential, digest_of
from actors.effects import Follow, Publish
from actors.messages.connection import Authenticated, Revoked
from actors.messages.directory import Deliver
from actors.messages.user import Report
from actors.messages.warden import Verify
from actors.presence import Activity, Claim, Source
from tests.hub import turn
from tests.web.client import frame, noise
from tests.web.wired import Client, Wired, live_house, no_error_in_the_hub
from web import doors

pytestmark = pytest.mark.live

KEY = Credential("key", digest_of("secret"), "id-a", frozenset({"publish"}), created_at=0.0)


@pytest.fixture
def wired() -> Iterator[Wired]:
    with no_error_in_the_hub(), live_house() as house:
        wired = Wired(house, lambda: None)
        yield wired
        wired.close()
        wired.until(lambda: not wired.admission.open)


def report(wired: Wired, user: str, what: str) -> None:
    now = wired.house.clock.now()
    claim = Claim(Source("session", "1"), now, activities=(Activity(what),), expires_at=now + 60)
    wired.house.directory.tell(Deliver(user, Report(claim)))


def test_a_half_open_client_is_gone_and_one_that_answers_stays(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long that takes, test_connections.py says; here: that it happens, and to nobody else."""
    monkeypatch.setattr(doors.WebSocketDoor, "silence", 0.2)
    monkeypatch.setattr(doors.EventStreamDoor, "silence", 0.2)
    monkeypatch.setattr(connections, "PONG_WITHIN", 0.6)  # which whoever answers may take, on a busy machine too
    frozen, alive, stream = wired.websocket(), wired.websocket(), wired.event_stream()
    began = time.monotonic()

    def play() -> bool:
        if alive.understand().pings > len(answered):
            answered.append(alive.send(frame(0x8A)))
        return wired.admission.open == 2

    answered: list[None] = []
    wired.until(play)
    assert time.monotonic() - began >= 0.8
    wired.until(lambda: play() and len(answered) >= 3)
    assert wired.admission.open == 2
    assert stream.read().raw.startswith(b":\n\n")
    assert frozen.understand().pings == 1
    assert frozen.closed is None


def test_a_revoked_token_closes_its_socket_at_once(wired: Wired) -> None:
    wired.house.keyring.learn(KEY)
    client = wired.websocket()
    client.say("token secret")
    warden = wired.house.warden
    wired.until(lambda: warden.got(Verify))  # type: ignore[attr-defined]
    warden.got(Verify)[0].reply_to.tell(Authenticated(KEY))  # type: ignore[attr-defined]
    wired.until(lambda: client.understand().texts == ["welcome"])
    wired.house.keyring.forget("key")
    wired.house.connections.tell(Revoked("key"))
    for _ in range(10):
        wired.play()
        turn()
    assert client.understand().closed == 1008, "at once: no timer has to ring for it"


def test_one_frozen_reader_among_a_thousand_is_closed_and_makes_nobody_wait(wired: Wired) -> None:
    """Law 6, PROMISES 2. Seen to fail with a lane that waited for its socket: nobody behind it was reached."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_192), hard))
    frozen = wired.websocket(Follow("alice"), sndbuf=4_096)
    readers = [wired.websocket(Follow("alice")) for _ in range(999)]
    wired.until(lambda: all(client.understand().texts for client in readers))
    lane = wired.house.register.refs["alice"]._actor_weakref().watchers.lanes[0]  # type: ignore[union-attr]
    flowing = [_round(wired, readers, f"{number}") for number in range(3)]
    while not lane._farewell:  # states of other users, beyond the bound of the frozen one's outbox
        lane.send(b"\x81\x04many", object())
    frozen_now = [_round(wired, readers, f"again {number}") for number in range(3)]
    assert min(frozen_now) < 5 * statistics.median(flowing) + 0.05
    wired.until(lambda: frozen.understand().closed == 4008)
    assert wired.admission.open >= 999


def _round(wired: Wired, readers: list[Client], what: str) -> float:
    """Seconds until one update has reached all readers."""
    began = time.monotonic()
    report(wired, "alice", what)
    wanted = f"update alice {what}"
    wired.until(lambda: wanted in readers[-1].understand().texts[-1:])
    took = time.monotonic() - began
    wired.until(lambda: all(wanted in client.understand().texts[-1:] for client in readers))
    return took


def test_ten_thousand_random_bytes_leave_no_traceback_and_nothing_behind(wired: Wired) -> None:
    clients = [wired.websocket(Follow("alice")) for _ in range(50)]
    streams = [wired.event_stream(Follow("alice")) for _ in range(10)]
    for client in (*clients, *streams):
        client.send(noise(10_000))
    report(wired, "alice", "chess")
    wired.until(lambda: all(client.read().ended or client.raw for client in clients))
    assert wired.house.connections.ref._actor_weakref().fallen == 0  # type: ignore[union-attr]
    for client in (*clients, *streams):
        client.close()
    wired.until(lambda: not wired.admission.open)
    wired.until(lambda: not _watched(wired, "alice"))


def test_clients_that_come_and_go_anyhow_leave_nothing_behind(wired: Wired) -> None:
    chance = random.Random(7)
    for number in range(300):
        source = Source("socket", str(number))
        claim = Claim(source, wired.house.clock.now(), activities=(Activity("chess"),))
        client = wired.websocket(Follow("alice"), Publish("bob", claim))
        chance.choice(
            [
                client.close,
                client.reset,
                lambda client=client: client.send(frame(0x88)),
                lambda client=client: client.send(noise(100)),
                lambda client=client: client.say("hello"),
            ]
        )()
    wired.close()
    room = wired.house.connections.ref._actor_weakref()  # type: ignore[union-attr]
    wired.until(lambda: not (wired.admission.open or room.guests or _watched(wired, "alice")))
    wired.until(lambda: not wired.house.board.claims("bob"))
    assert room.fallen == 0  # type: ignore[union-attr]


def _watched(wired: Wired, name: str) -> int:
    ref = wired.house.register.refs.get(name)
    return len(ref._actor_weakref().watchers.lanes) if ref is not None else 0  # type: ignore[union-attr]
