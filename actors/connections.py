"""Connections: the parent of every Subscriber; pings the silent, closes the revoked, drains them all at the end."""

from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import pykka

from actors.clock import Timer
from actors.deadlines import Deadlines
from actors.door import Door
from actors.effects import Hang
from actors.house import House
from actors.messages.connection import Arrived, Drain, Revoked, SignedIn
from actors.messages.keeper import Record
from actors.messages.supervision import Ended, Fell, Flooded
from actors.runtime import Actor, Future, handles

SILENCE = 29.5
"""Seconds without a byte after which a WebSocket's client is pinged."""

PONG_WITHIN = 8.0
"""Seconds it has to answer; the two together stay under the promised 38 (PROMISES section 2)."""

TICK = 0.05
"""Seconds between two steps of a drain."""

CROWD = 256
"""Connections looked after in one turn; then others get theirs."""


@dataclass(slots=True)
class Guest:
    """A connection, as long as its subscriber lives."""

    ref: pykka.ActorRef[Any]
    door: Door
    pinged_at: float | None = None
    """Monotonic seconds; None while no pong is awaited."""
    credentials: tuple[str, ...] = ()
    """By whose grace it is here."""


class _Ring:
    """To oneself: somebody may have been silent for too long."""


class _Step:
    """To oneself: close the next few."""


class Connections(Actor):
    """Who is connected, by the subscriber's URN. A connection is never restarted: the client comes back."""

    mailbox_limit = 200_000

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.guests: dict[str, Guest] = {}
        self.deadlines: Deadlines[str] = Deadlines()
        self.signed_in: dict[str, set[str]] = {}
        """Credential -> the URNs of those who live by its grace."""
        self.fallen = 0
        self.timer: Timer | None = None
        self.draining: deque[Door] = deque()
        self.drain_batch = 1
        self.drained: Future | None = None

    def on_stop(self) -> None:
        """Whoever is still connected is cut off, not without a word: where the house falls there was no drain."""
        if self.timer is not None:
            self.timer.cancel()
        for guest in list(self.guests.values()):
            guest.door.close(1012)
            guest.door.abort()

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """The next life knows nobody, so nobody may stay whom it would neither ping nor drain: come back, please."""
        for guest in list(self.guests.values()):
            guest.door.close(1012)

    @handles(Arrived)
    def arrived(self, message: Arrived) -> None:
        """Note a connection down, for as long as its subscriber lives."""
        if not message.ref.is_alive():
            return
        urn = message.ref.actor_urn
        self.guests[urn] = Guest(message.ref, message.door)
        self.house.headcount.connections_begun += 1
        self.deadlines.set(urn, self.house.clock.monotonic() + message.door.silence)
        self._arm()
        if self.drained is not None:
            message.door.close(1012)

    @handles(SignedIn)
    def note_sign_in(self, message: SignedIn) -> None:
        """Remember by whose grace a connection lives."""
        guest = self.guests.get(message.ref.actor_urn)
        if guest is None:  # it has gone already
            return
        guest.credentials = (*guest.credentials, message.credential)
        self.signed_in.setdefault(message.credential, set()).add(message.ref.actor_urn)
        if message.credential not in self.house.keyring.by_id:
            self.revoked(Revoked(message.credential))

    @handles(Revoked)
    def revoked(self, message: Revoked) -> None:
        """Close whoever signed in by this credential."""
        for urn in self.signed_in.pop(message.credential, ()):
            ref = self.guests[urn].ref
            if ref.is_alive():
                ref.tell(Hang(1008, "token revoked"))

    @handles(Ended)
    def ended(self, message: Ended) -> None:
        """A connection is over."""
        self._remove(message.ref)

    @handles(Fell)
    def fell(self, message: Fell) -> None:
        """A subscriber fell: our fault, so it is written down."""
        self.fallen += 1
        self._remove(message.ref)
        details = {"class": message.error, "message": message.message, "traceback": message.traceback}
        self.house.journal.tell(Record(self.house.clock.now(), message.path, message.kind, "fell", details))

    @handles(Flooded)
    def flooded(self, message: Flooded) -> None:
        """A client sends faster than its subscriber can follow."""
        guest = self.guests.get(message.ref.actor_urn)
        if guest is not None:
            guest.door.close(1008, "too many messages")

    @handles(_Ring)
    def ring(self, _: _Ring) -> None:
        """Ping whoever has been silent; give up whoever has not answered."""
        self.timer = None
        now = self.house.clock.monotonic()
        due = self.deadlines.due(now, CROWD)
        for urn, _deadline in due:
            self._look_after(urn, self.guests[urn], now)
        self._arm(0.0 if len(due) == CROWD else TICK)

    @handles(Drain)
    def drain(self, message: Drain) -> Future:
        """See messages.Drain."""
        if self.drained is None:
            self.drained = Future()
            self.draining = deque(guest.door for guest in self.guests.values())
            self.drain_batch = int(len(self.draining) * TICK / max(message.seconds, TICK)) + 1
            self.remind(_Step())
        return self.drained

    @handles(_Step)
    def step(self, _: _Step) -> None:
        """Close the next few of a drain, and see whether all have gone."""
        for _count in range(min(self.drain_batch, len(self.draining))):
            self.draining.popleft().close(1012)
        if self.guests:
            self.house.clock.after(TICK, self.remind, _Step())
        elif self.drained is not None:
            self.drained.set(None)

    def _look_after(self, urn: str, guest: Guest, now: float) -> None:
        door, pinged_at, guest.pinged_at = guest.door, guest.pinged_at, None
        if pinged_at is not None and not door.answered(pinged_at):
            door.abort()
            return
        quiet_since = max(door.heard_at, pinged_at or door.heard_at)
        if now - quiet_since < door.silence:
            self.deadlines.set(urn, quiet_since + door.silence)
            return
        guest.pinged_at = now
        self.deadlines.set(urn, now + PONG_WITHIN)
        door.ping()

    def _arm(self, at_least: float = TICK) -> None:
        due = self.deadlines.next()
        if due is not None and self.timer is None:
            wait = max(due - self.house.clock.monotonic(), at_least)
            self.timer = self.house.clock.after(wait, self.remind, _Ring())

    def _remove(self, ref: pykka.ActorRef[Any]) -> None:
        urn = ref.actor_urn
        self.deadlines.drop(urn)
        guest = self.guests.pop(urn, None)
        if guest is not None:
            self.house.headcount.connections_ended += 1
        for credential in guest.credentials if guest is not None else ():
            by_its_grace = self.signed_in.get(credential, set())
            by_its_grace.discard(urn)
            if not by_its_grace:
                self.signed_in.pop(credential, None)
