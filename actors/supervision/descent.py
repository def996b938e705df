"""Descent: stops children one after the other, each within its own time."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pykka

from actors.clock import Clock, Timer
from actors.messages.supervision import ShutDown
from actors.supervision.place import Place, State
from actors.supervision.tree import Branch

PATIENCE = 1.0
"""Seconds that a killed child may take before it is killed again: it may have been waiting in its on_stop since."""


@dataclass(frozen=True, slots=True)
class TimeIsUp:
    """To the supervisor itself: this child should have stopped by now."""

    ref: pykka.ActorRef[Any] | None


class Descent:
    """At most one is under way in a branch; a new one takes over from it, and waits for the child that is stopping.

    A child has stopped when the news of its end has come: until then it may still be in its on_stop.
    """

    def __init__(self, clock: Clock, remind: Callable[[TimeIsUp], None]) -> None:
        self.clock = clock
        self.remind = remind
        self.left: deque[Place] = deque()
        self.awaited: Place | None = None
        self.limit: Timer | None = None
        self.then: Callable[[], None] | None = None

    @property
    def under_way(self) -> bool:
        """True until all have stopped."""
        return self.then is not None

    def begin(self, places: Iterable[Place], then: Callable[[], None]) -> None:
        """Stop these in this order, then call `then`; at once if none of them lives."""
        self.then = then
        self.left = deque(place for place in places if place is not self.awaited)
        if self.awaited is None:
            self._go_on()

    def has_ended(self, place: Place) -> None:
        """A child has ended, perhaps the one that is waited for."""
        if place is self.awaited:
            self.abandon()
            self._go_on()

    def overdue(self, message: TimeIsUp) -> Place | None:
        """Kill the child that did not stop in its time; None where the message comes too late."""
        place = self.awaited
        if place is None or place.ref is not message.ref:
            return None
        self._wait_for(place, PATIENCE)
        place.kill()
        return place

    def abandon(self) -> None:
        """Wait for nobody any more."""
        self.awaited = None
        if self.limit is not None:
            self.limit.cancel()
            self.limit = None

    def _go_on(self) -> None:
        while self.left:
            place = self.left.popleft()
            if place.state is State.RUNNING:
                self._stop(place)
                return
        then, self.then = self.then, None
        if then is not None:
            then()

    def _stop(self, place: Place) -> None:
        ref = place.ref
        assert ref is not None  # noqa: S101 - it runs
        place.state = State.STOPPING
        self._wait_for(place, place.child.shutdown)
        if isinstance(place.child, Branch):
            ref.ask(ShutDown(), block=False)
        else:
            ref.stop(block=False)

    def _wait_for(self, place: Place, seconds: float) -> None:
        self.abandon()
        self.awaited = place
        self.limit = self.clock.after(seconds, self.remind, TimeIsUp(place.ref))
