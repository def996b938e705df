"""Connections: the parent of every Subscriber; pings the silent, closes the revoked, drains them all at the end."""

from collections import deque
from typing import Any, Protocol

import pykka

from actors.deadlines import Deadlines
from actors.house import House
from actors.messages import Arrived, Drain, Ended, Fell, Flooded, Hang, Record, Revoked, SignedIn
from actors.runtime import Actor, Future, handles

SILENCE = 29.5
"""Seconds without a byte after which a WebSocket's client is pinged."""

PONG_WITHIN = 8.0
"""Seconds it has to answer; the two together stay under the promised 38 (PROMISES section 2)."""

TICK = 0.05
"""Seconds between two steps of a drain."""


class Door(Protocol):
    """The inbound side of a connection, as the house sees it."""

    heard_at: float
    """Monotonic seconds of the last byte from the client."""
    answers_pings: bool
    """False where the protocol has no pong: then a ping only keeps the way open."""
    silence: float
    """Seconds without a byte after which it is pinged."""

    def ping(self) -> None:
        """Send whatever keeps this kind of connection alive."""

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye with this RFC 6455 code and end the connection; harmless when it has ended."""

    def abort(self) -> None:
        """End the connection without a word: nobody is there."""


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
        self.doors: dict[str, tuple[pykka.ActorRef[Any], Door]] = {}
        self.deadlines: Deadlines[str] = Deadlines()
        self.pinged: dict[str, float] = {}
        self.signed_in: dict[str, set[pykka.ActorRef[Any]]] = {}
        self.fallen = 0
        self.timer_at: float | None = None
        self.draining: deque[Door] = deque()
        self.drain_batch = 1
        self.drained: Future | None = None

    @handles(Arrived)
    def arrived(self, message: Arrived) -> None:
        """Note a connection down, for as long as its subscriber lives."""
        urn = message.ref.actor_urn
        if not message.ref.is_alive():
            return
        self.doors[urn] = message.ref, message.door
        self.deadlines.set(urn, self.house.clock.monotonic() + message.door.silence)
        self._arm()
        if self.drained is not None:
            message.door.close(1012)

    @handles(SignedIn)
    def note_sign_in(self, message: SignedIn) -> None:
        """Remember by whose grace a connection lives."""
        self.signed_in.setdefault(message.credential, set()).add(message.ref)
        if self.house.keyring.by_id.get(message.credential) is None:
            self.revoked(Revoked(message.credential))

    @handles(Revoked)
    def revoked(self, message: Revoked) -> None:
        """Close whoever signed in by this credential."""
        for ref in self.signed_in.pop(message.credential, ()):
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
        known = self.doors.get(message.ref.actor_urn)
        if known is not None:
            known[1].close(1008, "too many messages")

    @handles(_Ring)
    def ring(self, _: _Ring) -> None:
        """Ping whoever has been silent; give up whoever has not answered."""
        self.timer_at = None
        now = self.house.clock.monotonic()
        for urn, _deadline in self.deadlines.due(now):
            known = self.doors.get(urn)
            if known is not None:
                self._look_after(urn, known[1], now)
        self._arm()

    @handles(Drain)
    def drain(self, message: Drain) -> Future:
        """See messages.Drain."""
        if self.drained is None:
            self.drained = Future()
            self.draining = deque(door for _, door in self.doors.values())
            self.drain_batch = max(1, int(len(self.draining) * TICK / max(message.seconds, TICK)) + 1)
            self.remind(_Step())
        return self.drained

    @handles(_Step)
    def step(self, _: _Step) -> None:
        """Close the next few of a drain, and see whether all have gone."""
        for _count in range(min(self.drain_batch, len(self.draining))):
            self.draining.popleft().close(1012)
        if self.doors or self.draining:
            self.house.clock.after(TICK, self.remind, _Step())
        elif self.drained is not None:
            self.drained.set(None)

    def on_stop(self) -> None:
        """Whoever is still connected is cut off."""
        for _, door in list(self.doors.values()):
            door.abort()

    def _look_after(self, urn: str, door: Door, now: float) -> None:
        pinged_at = self.pinged.pop(urn, None)
        if pinged_at is not None and door.answers_pings and door.heard_at < pinged_at:
            door.abort()
        elif now - door.heard_at < door.silence and pinged_at is None:
            self.deadlines.set(urn, door.heard_at + door.silence)
        elif pinged_at is not None:
            self.deadlines.set(urn, max(door.heard_at, pinged_at) + door.silence)
        else:
            self.pinged[urn] = now
            door.ping()
            self.deadlines.set(urn, now + PONG_WITHIN)

    def _arm(self) -> None:
        due = self.deadlines.next()
        if due is None or self.timer_at is not None:
            return
        now = self.house.clock.monotonic()
        self.timer_at = max(due, now + TICK)
        self.house.clock.after(self.timer_at - now, self.remind, _Ring())

    def _remove(self, ref: pykka.ActorRef[Any]) -> None:
        urn = ref.actor_urn
        self.doors.pop(urn, None)
        self.deadlines.drop(urn)
        self.pinged.pop(urn, None)
        for refs in [refs for refs in self.signed_in.values() if ref in refs]:
            refs.discard(ref)
