"""What is left of connections that have ended: nothing, and the collector need not come for it."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from actors.effects import Effect, Follow, Gather, Publish
from actors.following import Following
from actors.lane import Lane
from actors.presence import Activity, Claim, Presence, Source, Subject
from actors.subscriber import Subscriber
from tests.web.wired import Wired, live_house, no_error_in_the_hub
from web.doors import EventStreamDoor, WebSocketDoor

pytestmark = pytest.mark.live

OF_A_CONNECTION = (Lane, Subscriber, Following, EventStreamDoor, WebSocketDoor)


@pytest.fixture
def wired() -> Iterator[Wired]:
    """In a living house, whose probes forget at once what they were told."""
    with no_error_in_the_hub(), live_house() as house:
        probes: list[Any] = [house.directory, house.connections]
        wired = Wired(house, lambda: [probe.take() for probe in probes])
        yield wired
        wired.close()
        wired.until(lambda: not wired.admission.open)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Names:
    """An Assembly that says who was asked."""

    def __init__(self) -> None:
        self.names: list[bytes] = []

    def add(self, subject: Subject, presence: Presence) -> None:  # noqa: ARG002 - as the protocol has it
        self.names.append(subject.name.encode())

    def done(self) -> bytes:
        return b"these: " + b" ".join(self.names)


def wishes(wired: Wired) -> tuple[Effect, ...]:
    now = wired.house.clock.now()
    claim = Claim(Source("socket", "1"), now, activities=(Activity("chess"),), expires_at=now + 60)
    return Follow("alice"), Gather(("bob", "carol"), Names(), lambda _update, _now: ()), Publish("dave", claim)


def living() -> list[object]:
    return [each for each in gc.get_objects() if isinstance(each, OF_A_CONNECTION)]


@pytest.mark.usefixtures("no_collector")
def test_a_connection_that_has_ended_is_freed_at_once(wired: Wired) -> None:
    """Seen to fail when a door and its lane kept each other, and a subscriber and its following: the server, which
    collects everything very rarely, grew by 1.6 KiB with each connection that ever was."""
    before = len(living())
    socket, stream, polite = wired.websocket(*wishes(wired)), wired.event_stream(*wishes(wired)), wired.websocket()
    wired.until(lambda: all(b"these: bob carol" in client.read().raw for client in (socket, stream)))
    assert len(living()) == before + 3 * 4
    socket.reset()
    stream.close()
    polite.send(b"\x88\x80mask")
    wired.until(lambda: polite.read().ended)
    polite.close()
    wired.until(lambda: len(living()) == before)
    assert wired.admission.open == 0
