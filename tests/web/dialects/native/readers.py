"""Readers of /v2's event streams before the doors of a home on the Stage; the test says which bytes they hear."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent
import pytest

from actors import audience, lane
from tests.actors.home import Home
from tests.hub import turn
from tests.stage import Stage
from tests.web.wired import Client, tcp_pair
from web import doors
from web.dialects.native.codec import Stream, event_of
from web.dialects.native.sessions import EventsSession
from web.edge.admission import Admission
from web.frames import finished


class Reader:
    """What one reader knows, over however many connections: `view` by user, and the last id."""

    def __init__(self, *users: str) -> None:
        self.users = users
        self.view: dict[str, Any] = {}
        self.last: str | None = None
        self.events: list[Any] = []
        self.client: Client | None = None
        self.fd = -1
        self._parsed = 0
        self._half = b""

    def connect(self, house: "NumberedHome") -> None:
        """Come, or come back with the last id."""
        if self.client is not None and not self.client.ended:
            return
        self.cut()
        ours, theirs = tcp_pair()
        self.fd, self.client, self._parsed, self._half = ours.fileno(), Client(theirs), 0, b""
        house.admit(self, ours)

    def hear(self, most: int | None = None) -> None:
        """Take in what has come, or only so many bytes of it."""
        if self.client is None:
            return
        self.client.read()
        end = len(self.client.raw) if most is None else self._parsed + most
        self._half += self.client.raw[self._parsed : end]
        self._parsed = min(end, len(self.client.raw))
        while b"\n\n" in self._half:
            block, _, self._half = self._half.partition(b"\n\n")
            self._take(block.decode())

    def cut(self) -> None:
        """The connection is lost, and with it whatever was not heard."""
        if self.client is not None:
            self.client.reset()
            self.client = None

    def _take(self, block: str) -> None:
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in fields:
            event = json.loads(fields["data"])
            assert event["id"] == fields["id"]
            self.last = fields["id"]
            self.events.append(event)
            if "presence" in event:
                self.view[event["presence"]["user"]] = event["presence"]


class NumberedHome(Home):
    """A home whose readers are told by number."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.stream = Stream(self.house.history, self.stage.clock.monotonic, event_of)
        self.admission = Admission(0, 0)

    def admit(self, reader: Reader, ours: Any) -> None:
        resolve: Callable[[str], str] = self.house.register.resolve
        last = self.stream.number_in(reader.last) if reader.last else None
        session = EventsSession(self.stream, resolve, reader.users, last, 1000)
        ticket = self.admission.admit("127.0.0.1")
        doors.open_event_stream(self.house, ours, b"", ticket, session=session, frame=finished)

    def quiet(self) -> None:
        """Until nothing moves and every socket has been looked at."""
        for _ in range(3):
            self.stage.settle()
            turn()
        self.stage.settle()


@contextmanager
def narrow() -> Iterator[set[int]]:
    """A fan-out reaches one lane a turn; descriptors in the set take nothing."""
    stuck: set[int] = set()
    write = lane.os.write

    def reluctant(fd: int, data: Any) -> int:
        if fd in stuck:
            raise BlockingIOError
        return write(fd, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audience, "SLICE", 1)
        patch.setattr(lane.os, "write", reluctant)
        yield stuck


@contextmanager
def numbered_home(*readers: Reader) -> Iterator[NumberedHome]:
    """A home on a stage of its own; its end is a kill for the readers."""
    with Stage() as stage:
        home = NumberedHome(stage)
        yield home
        for reader in readers:
            reader.cut()
        with suppress(gevent.Timeout), gevent.Timeout(5):
            home.quiet()
