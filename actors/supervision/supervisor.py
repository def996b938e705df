"""Supervisor: starts its children in order, restarts what falls, parks what cannot be helped, stops in reverse."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pykka

from actors.clock import Clock, Timer
from actors.errors import Fatal
from actors.falls import Falls
from actors.messages import Ended, Fell, Flooded, Record, Revive, ShutDown
from actors.runtime import Actor, Address, Future, WaitingActor, handles
from actors.supervision.tree import Branch, Child, Excess, Restart, Strategy


class State(Enum):
    """Where a child stands."""

    RUNNING = "running"
    BACKING_OFF = "backing off"
    PARKED = "parked"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(slots=True)
class Place:
    """A child and what has become of it."""

    child: Child | Branch
    falls: Falls
    state: State = State.STOPPED
    ref: pykka.ActorRef[Any] | None = None
    reason: str = ""
    """Why it is parked, or its last fall."""


class Escalation(Exception):
    """More falls than the branch allows: the branch falls."""


@dataclass(frozen=True, slots=True)
class _StartAgain:
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _TimeIsUp:
    ref: pykka.ActorRef[Any]


class Supervisor(Actor):
    """One branch of the tree, alive. Reads the journal's address and the clock only."""

    def __init__(self, branch: Branch, clock: Clock, journal: Address) -> None:
        super().__init__()
        self.branch = branch
        self.clock = clock
        self.journal = journal
        shared = Falls(branch.limits)
        own = branch.excess is Excess.PARK
        self.places = {c.name: Place(c, Falls(branch.limits) if own else shared) for c in branch.children}
        self.to_stop: deque[Place] = deque()
        self.when_stopped: Callable[[], None] | None = None
        self.time_limit: Timer | None = None
        self.down: Future | None = None

    def on_start(self) -> None:
        """Start every child, in order."""
        self._start_all(self.places)

    def on_failure(self, *_: object) -> None:
        """Whatever still runs is told to stop; the parent decides what then."""
        for place in reversed(self.places.values()):
            if place.ref is not None and place.ref.is_alive():
                _ask_to_stop(place.ref)

    @handles(Fell)
    def fell(self, message: Fell) -> None:
        """A child fell: restart it by the branch's strategy, park it, or fall oneself."""
        place = self._place_of(message.ref)
        details = {"class": message.error, "message": message.message, "traceback": message.traceback}
        self._record("fell", message.path, message.kind, **details)
        if place is None:
            return
        place.reason = f"{message.error}: {message.message}"
        if place.state is State.STOPPING:
            self._has_stopped(place)
        elif issubclass(message.cause, Fatal):
            self._park(place)
        else:
            place.state = State.STOPPED
            self._decide(place)

    @handles(Ended)
    def ended(self, message: Ended) -> None:
        """A child has stopped: as we asked, or by itself."""
        place = self._place_of(message.ref)
        if place is None:
            return
        self._record("stopped", message.path, message.kind)
        if place.state is State.STOPPING:
            self._has_stopped(place)
        elif place.child.restart is Restart.PERMANENT:
            place.state = State.STOPPED
            self._decide(place)
        else:
            place.state = State.STOPPED

    @handles(Flooded)
    def flooded(self, message: Flooded) -> None:
        """A child's mailbox is full; it is only written down."""
        self._record("flooded", message.path, message.kind)

    @handles(_StartAgain)
    def start_again(self, message: _StartAgain) -> None:
        """The back-off is over."""
        if self.down is None:
            self._start_all(name for name in message.names if self.places[name].state is State.BACKING_OFF)

    @handles(Revive)
    def revive(self, message: Revive) -> None:
        """See messages.Revive."""
        place = self.places[message.name]
        place.falls.forgive()
        if self.down is None and place.state in {State.PARKED, State.BACKING_OFF, State.STOPPED}:
            self._start(place)

    @handles(ShutDown)
    def shut_down(self, _: ShutDown) -> Future:
        """See messages.ShutDown."""
        if self.down is None:
            self.down = Future()
            self._stop_in_turn(reversed(list(self.places.values())), self._all_down)
        return self.down

    @handles(_TimeIsUp)
    def time_is_up(self, message: _TimeIsUp) -> None:
        """A child did not stop in its time: kill it."""
        place = self._place_of(message.ref)
        if place is not None and place.state is State.STOPPING and message.ref.is_alive():
            self._record("killed", f"{self.path}/{place.child.name}", type(place.child).__name__)
            _kill(message.ref)

    def _decide(self, place: Place) -> None:
        if self.down is not None or place.child.restart is Restart.TEMPORARY:
            return
        verdict = place.falls.fell(self.clock.now())
        if not verdict.excess:
            self._restart_later(self._affected(place), verdict.delay)
        elif self.branch.excess is Excess.PARK:
            self._park(place)
        else:
            self._escalate()

    def _affected(self, place: Place) -> list[Place]:
        places = list(self.places.values())
        if self.branch.strategy is Strategy.ONE_FOR_ALL:
            return places
        if self.branch.strategy is Strategy.REST_FOR_ONE:
            return places[places.index(place) :]
        return [place]

    def _restart_later(self, affected: list[Place], delay: float) -> None:
        wanted = [place for place in affected if place.state is not State.PARKED]
        names = tuple(place.child.name for place in wanted)

        def begin_back_off() -> None:
            for place in wanted:
                place.state = State.BACKING_OFF
            self.clock.after(delay, self.remind, _StartAgain(names))

        self._stop_in_turn(reversed(wanted), begin_back_off)

    def _escalate(self) -> None:
        self._record("escalated", self.path, self.branch.strategy.value)

        def give_up() -> None:
            raise Escalation(f"more than {self.branch.limits.falls} falls in {self.branch.limits.period:g} s")

        self._stop_in_turn(reversed(list(self.places.values())), give_up)

    def _park(self, place: Place) -> None:
        place.state = State.PARKED
        self._record("parked", f"{self.path}/{place.child.name}", type(place.child).__name__, reason=place.reason)

    def _start_all(self, names: Iterable[str]) -> None:
        for name in list(names):
            self._start(self.places[name])

    def _start(self, place: Place) -> None:
        child, path = place.child, f"{self.path}/{place.child.name}"
        again = place.ref is not None
        place.ref = self._bear(child, path)
        place.state = State.RUNNING
        child.address.move_in(place.ref)
        kind = place.ref.actor_class.__name__
        self._record("restarted" if again else "started", path, kind, falls=place.falls.total)

    def _bear(self, child: Child | Branch, path: str) -> pykka.ActorRef[Any]:
        me = self._own_address()
        if isinstance(child, Branch):
            return Supervisor.start(child, self.clock, self.journal, parent=me, heir=child.address, path=path)
        return child.start(me, child.address, path)

    def _own_address(self) -> Address:
        if self.branch.address.ref is None:
            self.branch.address.move_in(self.actor_ref)
        return self.branch.address

    def _stop_in_turn(self, places: Iterable[Place], then: Callable[[], None]) -> None:
        """Stop these one after the other, then go on; one already under way is replaced."""
        self.to_stop = deque(place for place in places if place.ref is not None and place.ref.is_alive())
        self.when_stopped = then
        self._stop_next()

    def _stop_next(self) -> None:
        while self.to_stop:
            place = self.to_stop.popleft()
            if place.ref is not None and place.ref.is_alive():
                place.state = State.STOPPING
                self.time_limit = self.clock.after(place.child.shutdown, self.remind, _TimeIsUp(place.ref))
                _ask_to_stop(place.ref)
                return
        then, self.when_stopped = self.when_stopped, None
        if then is not None:
            then()

    def _has_stopped(self, place: Place) -> None:
        place.state = State.STOPPED
        if self.time_limit is not None:
            self.time_limit.cancel()
            self.time_limit = None
        self._stop_next()

    def _all_down(self) -> None:
        for place in self.places.values():
            place.child.address.close()
        if self.down is not None:
            self.down.set(None)
        self.stop()

    def _place_of(self, ref: pykka.ActorRef[Any]) -> Place | None:
        return next((place for place in self.places.values() if place.ref is ref), None)

    def _record(self, event: str, path: str, kind: str, **details: object) -> None:
        self.journal.tell(Record(self.clock.now(), path, kind, event, details))


def _ask_to_stop(ref: pykka.ActorRef[Any]) -> None:
    if issubclass(ref.actor_class, Supervisor):
        ref.tell(ShutDown())
    else:
        ref.stop(block=False)


def _kill(ref: pykka.ActorRef[Any]) -> None:
    actor = ref._actor_weakref()  # noqa: SLF001 - pykka offers no way to a kill
    if isinstance(actor, WaitingActor):
        actor.kill()
    elif actor is not None:
        actor._stop()  # noqa: SLF001 - as above
