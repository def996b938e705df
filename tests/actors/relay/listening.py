"""A Stream that listens to a fake instance over real sockets, on the test's clock; whom it tells are probes."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import gevent
import orjson
import pykka

from actors.house import House
from actors.messages.courier import Parcel, Post, WriteDown
from actors.messages.keeper import Record
from actors.messages.relay import StreamChanged, StreamRefused
from actors.relay.instances import Instances
from actors.relay.network import Network
from actors.relay.registration import Instance, Registration, StreamState
from actors.relay.stream import Stream
from actors.runtime import Address, Future
from storage.board import LocalBoard
from tests.clock import FakeClock
from tests.fakes.mastodon import FakeMastodon
from tests.hub import turn
from tests.stage import Probe
from web.outgoing import Allowed, Client
from web.outgoing.relay import network_of

FIRST = '{"id":"1","type":"mention"}'
SECOND = '{"id":"2","status":{"content":"<p>\\u00fc \\ud83d\\ude00</p>"}}'
"""Two notifications, as an instance writes them."""
PATIENCE = 30.0
"""Seconds after which what has not happened never will."""
NOBODY = ssl.create_default_context()
"""Whom plain http trusts; made once, since it reads every authority of the machine."""
TURNS = 6
"""Rounds of the hub in which whatever follows from one timer happens."""


def until(condition: Callable[[], object]) -> None:
    """Let the hub work until this is so."""
    with gevent.Timeout(PATIENCE):
        while not condition():
            turn()


class Outbox(Address):
    """A Courier that commits at once, or when the test says so."""

    def __init__(self) -> None:
        super().__init__("courier")
        self.parcels: list[Parcel] = []
        """Those that are committed, in order."""
        self.asked: list[tuple[Parcel, Future]] = []
        """Those that are not answered yet."""
        self.holds = False
        self.told: dict[str, str] = {}
        self.marks: list[str] = []
        """What was told last, as it was committed with each parcel."""
        self.written: list[WriteDown] = []

    def tell(self, message: Any) -> None:
        assert isinstance(message, WriteDown)
        self.written.append(message)

    def future(self, message: Any) -> Future:
        assert isinstance(message, Post)
        future = Future()
        if message.told is not None:
            self.told[message.parcel.id] = message.told.shown
        self.asked.append((message.parcel, future))
        if not self.holds:
            self.commit()
        return future

    def commit(self) -> None:
        parcel, future = self.asked.pop(0)
        self.parcels.append(parcel)
        if parcel.id in self.told:
            self.marks.append(self.told.pop(parcel.id))
        future.set(None)

    def fail(self, error: Exception) -> None:
        self.asked.pop(0)[1].fail(error)

    @property
    def payloads(self) -> list[Any]:
        return [orjson.loads(parcel.body)["payload"] for parcel in self.parcels]


class Listening:
    """Everything a stream needs, and the stream."""

    def __init__(
        self,
        *,
        allowed: tuple[str, ...] = ("127.0.0.1",),
        tls: ssl.SSLContext | None = None,
        trust: ssl.SSLContext | None = None,
        catch_up: bool = False,
    ) -> None:
        self.catch_up = catch_up
        self.clock = FakeClock(between=self._turns)
        self.fake = FakeMastodon(tls=tls).start()
        self.outbox = Outbox()
        self.client = Client(Allowed.read(allowed), self.clock, context=trust or NOBODY)
        probes: dict[str, Any] = {each.name: Probe(each.name) for each in fields(House) if each.type is Address}
        self.house = House(self.clock, LocalBoard(), **{**probes, "courier": self.outbox})
        self.network: Network = network_of(self.client)
        self.instances = Instances.start(self.house, self.network, path="instances")
        self.house.instances.move_in(self.instances)
        self.parent = Probe("streams")
        self.streams: list[pykka.ActorRef[Stream]] = []
        self.registration = Registration("r1", self.fake.url, "app", "tag", "t0ken", "https://app.example/", None, 0.0)

    def listen(self, instance: Instance | None = None, **changes: Any) -> pykka.ActorRef[Stream]:
        """Start a stream for the registration, changed so."""
        registration = replace(self.registration, **changes)
        instance = instance or Instance(registration.instance)
        if self.house.registrations.find(registration.id) is None:
            self.house.registrations.learn(registration, self.clock.now())
        stream = Stream.start(
            registration,
            instance,
            self.house,
            self.network,
            catch_up=self.catch_up,
            parent=self.parent,
            path="stream",
        )
        self.streams.append(stream)
        return stream

    def close(self) -> None:
        for ref in (*self.streams, self.instances):
            if ref.is_alive():
                ref.stop(block=False)
        until(lambda: not any(ref.is_alive() for ref in (*self.streams, self.instances)))
        self.fake.stop()
        self.client.close()

    # What is seen

    def until_open(self, streams: int = 1) -> None:
        until(lambda: len(self.fake.listeners) == streams and self.state is StreamState.OPEN)

    def until_waiting(self, reason: str | None = None) -> None:
        until(lambda: self.state is StreamState.WAITING and (reason is None or self.reason == reason))

    def was_waiting(self, reason: str) -> bool:
        return any((change.state, change.reason) == (StreamState.WAITING, reason) for change in self.changes)

    def until_over(self) -> str:
        until(lambda: self.refusals)
        return self.refusals[0].reason

    def take_turns(self) -> None:
        """Streams of one instance connect one after another."""
        self._turns()
        self.clock.advance(0.1)

    def return_now(self) -> None:
        """Let the wait that the stream is in be over."""
        waits = self.changes[-1].next_try_at
        assert waits is not None
        self.clock.advance(waits - self.clock.now() + 0.001)

    @property
    def changes(self) -> list[StreamChanged]:
        return self.house.relay.got(StreamChanged)  # type: ignore[attr-defined,no-any-return]

    @property
    def refusals(self) -> list[StreamRefused]:
        return self.house.relay.got(StreamRefused)  # type: ignore[attr-defined,no-any-return]

    @property
    def state(self) -> StreamState | None:
        return self.changes[-1].state if self.changes else None

    @property
    def reason(self) -> str:
        return self.changes[-1].reason

    @property
    def delay(self) -> float:
        """Seconds that the stream waits now."""
        change = self.changes[-1]
        assert change.next_try_at is not None
        return change.next_try_at - change.at

    @property
    def records(self) -> list[Record]:
        return self.house.journal.got(Record)  # type: ignore[attr-defined,no-any-return]

    @property
    def faults(self) -> list[str]:
        """What the journal has heard, beyond coming and going."""
        return [record.event for record in self.records if record.event not in {"connected", "disconnected"}]

    def _turns(self) -> None:
        for _ in range(TURNS):
            turn()
