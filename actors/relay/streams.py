"""Streams: keeps a Stream for each registration; one that falls comes back alone after its back-off, or is parked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.errors import Unavailable
from actors.falls import Falls, Limits
from actors.house import House
from actors.messages.keeper import Record
from actors.messages.relay import Finish, Renewed, StreamChanged
from actors.messages.streams import Close, Open
from actors.messages.supervision import Ended, Fell, Flooded
from actors.relay.registration import Instance, Registration, StreamState
from actors.runtime import Address, WaitingActor, handles

STOP_WITHIN = 3.0
"""Seconds that all streams together may take to stop; what was said to them by then is in the outbox."""

Start = Callable[[Registration, Instance, Address, str], pykka.ActorRef[Any]]
"""Starts a Stream, given its parent's address and its path."""


@dataclass(frozen=True, slots=True)
class _StartAgain:
    """To oneself: the back-off of this registration's stream is over."""

    registration_id: str


class Streams(WaitingActor):
    """The parent of every Stream. They outlive it: their parent is its address, and the roll knows them.

    It waits for nobody but at its end, so that what was said to streams is with the Courier before that stops.
    """

    mailbox_limit = 200_000

    def __init__(self, house: House, limits: Limits, start: Start) -> None:
        super().__init__()
        self.house = house
        self.roll = house.registrations
        self.limits = limits
        self.begin_stream = start
        self.falls: dict[str, Falls] = {}
        self.waiting: set[str] = set()
        """Registrations whose streams wait for their back-off's end."""

    def on_start(self) -> None:
        """Whoever ended meanwhile is started again."""
        for registration in self.roll:
            if not self._lives(registration.id):
                self._start(registration)

    def on_stop(self) -> None:
        """Have all finish, at once, and wait for them."""
        finishing = [(ref, ref.ask(Finish(), block=False)) for ref in self.roll.refs.values() if ref.is_alive()]
        due = self.house.clock.monotonic() + STOP_WITHIN
        for ref, finished in finishing:
            try:
                finished.get(timeout=max(due - self.house.clock.monotonic(), 0.0))
            except (pykka.Timeout, pykka.ActorDeadError, Unavailable):
                self._kill(ref)

    @handles(Open)
    def open(self, message: Open) -> None:
        """See messages.Open."""
        registration = message.registration
        ref = self.roll.refs.get(registration.id)
        if ref is not None and ref.is_alive():
            ref.tell(Renewed(registration))
        else:
            self.falls.pop(registration.id, None)
            self._start(registration)

    @handles(Close)
    def close(self, message: Close) -> None:
        """See messages.Close."""
        self.falls.pop(message.registration_id, None)
        self.waiting.discard(message.registration_id)
        ref = self.roll.refs.pop(message.registration_id, None)
        if ref is not None:
            ref.actor_inbox.put(Envelope(_ActorStop()))

    @handles(Ended)
    def ended(self, message: Ended) -> None:
        """One has stopped. Without our having asked for it, it is missed like one that fell."""
        self._is_missed(message, "ended by itself")

    @handles(Fell)
    def fell(self, message: Fell) -> None:
        """One fell: our fault, so it is written down."""
        details = {"class": message.error, "message": message.message, "traceback": message.traceback}
        self._record("fell", message.path, **details)
        self._is_missed(message, message.error)

    @handles(Flooded)
    def flooded(self, message: Flooded) -> None:
        """A stream's mailbox is full."""
        self._record("flooded", message.path)

    @handles(_StartAgain)
    def start_again(self, message: _StartAgain) -> None:
        """The back-off is over, if it is still waited for."""
        registration = self.roll.find(message.registration_id)
        if message.registration_id in self.waiting and registration is not None:
            self._start(registration)

    def _is_missed(self, end: Ended | Fell, why: str) -> None:
        missed = end.path.rpartition("/")[2]  # its path ends in the registration's id
        if self.roll.refs.get(missed) is not end.ref:  # it was closed
            return
        del self.roll.refs[missed]
        if self.roll.find(missed) is None:  # the news of its end is on the way
            return
        verdict = self.falls.setdefault(missed, Falls(self.limits)).fell(self.house.clock.monotonic())
        if verdict.excess:
            self._tell(missed, StreamState.PARKED, why)
            self._record("parked", f"{self.path}/{missed}", reason=why)
        else:
            self.waiting.add(missed)
            self._tell(missed, StreamState.WAITING, why, self.house.clock.now() + verdict.delay)
            self.house.clock.after(verdict.delay, self.remind, _StartAgain(missed))

    def _start(self, registration: Registration) -> None:
        self.waiting.discard(registration.id)
        instance = self.roll.maps.instance(registration.instance)
        path = f"{self.path}/{registration.id}"
        self.roll.refs[registration.id] = self.begin_stream(registration, instance, self.house.streams, path)

    def _lives(self, registration_id: str) -> bool:
        ref = self.roll.refs.get(registration_id)
        return ref is not None and ref.is_alive()

    def _tell(self, registration_id: str, state: StreamState, why: str, next_try_at: float | None = None) -> None:
        now = self.house.clock.now()
        self.house.relay.tell(StreamChanged(registration_id, state, why, now, next_try_at))

    def _kill(self, ref: pykka.ActorRef[Any]) -> None:
        actor = ref._actor_weakref()  # noqa: SLF001 - pykka offers no way to a kill
        if actor is not None:
            actor.kill()

    def _record(self, event: str, path: str, **details: Any) -> None:
        self.house.journal.tell(Record(self.house.clock.now(), path, "Stream", event, details))
