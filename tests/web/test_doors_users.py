"""Doors over real sockets, in a house on the Stage: time is the test's, bytes are the kernel's."""

import pytest

from actors.accounts import Credential, digest_of
from actors.connections import SILENCE
from actors.effects import Follow
from actors.messages.connection import Drain
from actors.messages.user import Report
from tests.web.street import Street
from tests.web.wired import Client
from web.doors import GOODBYE_SECONDS, UNASKED_BYTES

pytestmark = pytest.mark.live

KEY = Credential("key", digest_of("secret"), "id-a", frozenset({"publish"}), created_at=0.0)


def test_a_user_that_falls_is_seen_again_with_a_fresh_snapshot(street: Street) -> None:
    client = street.websocket(Follow("alice"))
    street.home.report("alice", street.home.claim("chess"))
    street.home.fall("alice")
    street.home.report("alice", street.home.claim("go"))
    wanted = ["snapshot alice", "update alice chess", "snapshot alice chess", "update alice go"]
    street.until(lambda: client.understand().texts == wanted)


def test_a_codec_that_fails_closes_its_own_with_1011(street: Street) -> None:
    client = street.websocket(Follow("alice"))
    street.wired.encoding.error = ValueError("no such thing")
    street.home.report("alice", street.home.claim("chess"))
    street.until(lambda: client.understand().closed == 1011)
    assert street.watched("alice") == 0


def _fill(street: Street, client: Client, name: str = "alice") -> None:
    """Report until the client's lane has something waiting."""
    lane = _lane(street, name)
    while not lane.backlog:
        street.home.report("filler", street.home.claim("x" * 5_000, source="filler", lasts=None))
        street.home.deliver("filler", Report(street.home.claim("y" * 5_000, source="filler", lasts=None)))


def _lane(street: Street, name: str):  # type: ignore[no-untyped-def]
    return street.home.user(name).watchers.lanes[0]


def test_a_slow_reader_gets_the_newest_state_of_each_user(street: Street) -> None:
    client = street.websocket(Follow("filler"), Follow("alice"), Follow("ping"), sndbuf=4_096)
    _fill(street, client)
    for number in range(3_000):
        street.home.deliver("alice", Report(street.home.claim(str(number), source="socket", lasts=None)))
    street.home.report("ping", street.home.claim("pong", lasts=None))
    street.stage.clock.advance(SILENCE + 0.1)  # a ping stands in the outbox too, and takes nobody's place
    lane = _lane(street, "alice")
    assert lane.alive
    street.until(lambda: (client.understand(), not lane.backlog)[1])
    street.until(lambda: client.understand().texts[-2:] == ["update alice 2999", "update ping pong"])
    assert client.pings == 1
    assert len([text for text in client.texts if text.startswith("update alice")]) < 1_000


def test_a_reader_too_slow_for_its_outbox_is_closed_with_4008(street: Street) -> None:
    client = street.websocket(*(Follow(f"user-{number}") for number in range(400)), sndbuf=4_096)
    for number in range(400):
        street.home.report(f"user-{number}", street.home.claim("x" * 2_000, lasts=None))
    assert street.watched("user-1") == 0
    street.until(lambda: client.understand().closed == 4008)


def test_a_frozen_reader_is_cut_off_after_its_goodbye(street: Street) -> None:
    street.websocket(*(Follow(f"user-{number}") for number in range(400)), sndbuf=4_096)
    for number in range(400):
        street.home.report(f"user-{number}", street.home.claim("x" * 2_000, lasts=None))
    street.stage.clock.advance(GOODBYE_SECONDS)
    street.until(street.is_quiet)


# Event streams


def test_an_event_stream_gets_events_and_comments_and_ends_without_a_code(street: Street) -> None:
    client = street.event_stream(Follow("alice"))
    client.send(b"what a client says here means nothing")
    street.home.report("alice", street.home.claim("chess", lasts=None))
    street.stage.clock.advance(SILENCE + 0.1)
    street.until(lambda: client.read().raw == b"data: snapshot alice\n\ndata: update alice chess\n\n:\n\n")
    done: list[object] = []
    street.home.house.connections.future(Drain(0.0)).when_done(done.append)
    street.until(lambda: client.read().ended)
    assert client.raw.endswith(b":\n\n")


def test_who_talks_without_end_into_an_event_stream_is_cut_off(street: Street) -> None:
    """Seen to fail: it was read over for ever, at a third of a core for a gigabyte a second."""
    client = street.event_stream(Follow("alice"))
    street.until(lambda: client.read().raw == b"data: snapshot alice\n\n")
    client.send(b"x" * UNASKED_BYTES)
    street.home.report("alice", street.home.claim("chess", lasts=None))
    street.until(lambda: client.read().raw.endswith(b"data: update alice chess\n\n"))
    client.send(b"x")
    street.until(lambda: client.read().ended)
    street.until(lambda: street.watched("alice") == 0)


def test_a_ping_to_a_connection_that_has_just_ended_is_harmless(street: Street) -> None:
    """Until Connections hears of the end, it may still look after it."""
    street.websocket()
    street.event_stream()
    doors = [guest.door for guest in street.stage.actor(street.home.house.connections.ref).guests.values()]
    for door in doors:
        door.abort()
        door.ping()
        door.close(1012)
    assert len(doors) == 2
