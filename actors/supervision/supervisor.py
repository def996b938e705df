"""Supervisor: starts its children in order, restarts what falls, parks what cannot be helped, stops in reverse."""

from collections.abc import Iterable
from typing import Any

import pykka

from actors.clock import Clock, Timer
from actors.errors import Fatal
from actors.falls import Falls
from actors.messages.keeper import Record
from actors.messages.supervision import Ended, Fell, Flooded, Revive, ShutDown
from actors.runtime import Actor, Address, Future, handles, told
from actors.supervision.back_off import BackOffs, StartAgain
from actors.supervision.descent import Descent, TimeIsUp
from actors.supervision.place import Place, State
from actors.supervision.tree import Branch, Child, Excess, Restart, Strategy


class Escalation(Exception):
    """More falls than the branch allows: the branch falls."""


class _GiveUp:
    """To oneself: the branch has had its time to stop."""


class Supervisor(Actor):
    """One branch of the tree, alive. It talks to its children, its parent and the journal only."""

    def __init__(self, branch: Branch, clock: Clock, journal: Address) -> None:
        super().__init__()
        self.branch = branch
        self.clock = clock
        self.journal = journal
        shared = Falls(branch.limits)
        own = branch.excess is Excess.PARK
        self.places = {c.name: Place(c, Falls(branch.limits) if own else shared) for c in branch.children}
        self.descent = Descent(clock, self.remind)
        self.back_offs = BackOffs(clock, self.remind)
        self.group: list[Place] = []
        """Who is started again when the descent under way is done, after `delay` seconds."""
        self.delay = 0.0
        self.giving_up = False
        self.limit: Timer | None = None
        """Of a branch that gives up: then it falls, whoever still lives."""
        self.down: Future | None = None

    def on_start(self) -> None:
        """Start every child, in order. They tell the branch's address, so that a restart of it loses no news."""
        if self.branch.address.ref is not self.actor_ref:
            self.branch.address.move_in(self.actor_ref)
        self._start_all(self.places.values())

    def on_stop(self) -> None:
        """Stopped without ShutDown, or killed for taking too long: nobody may be left behind."""
        self._cut_off()

    def on_failure(self, *_: object) -> None:
        """Whoever still lives is ended; the parent decides what then."""
        self._cut_off()

    @handles(Fell)
    def fell(self, message: Fell) -> None:
        """A child fell: restart it by the branch's strategy, park it, or fall oneself."""
        details = {"class": message.error, "message": message.message, "traceback": message.traceback}
        self._record("fell", message.path, message.kind, **details)
        place = self._place_of(message.ref)
        if place is not None:
            place.reason = f"{message.error}: {message.message}"
            self._is_gone(place, place.child.restart is not Restart.TEMPORARY, issubclass(message.cause, Fatal))

    @handles(Ended)
    def ended(self, message: Ended) -> None:
        """A child has stopped: as we asked, or by itself."""
        place = self._place_of(message.ref)
        if place is not None:
            self._record("stopped", message.path, message.kind)
            self._is_gone(place, place.child.restart is Restart.PERMANENT)

    @handles(Flooded)
    def flooded(self, message: Flooded) -> None:
        """A child's mailbox is full; it is only written down."""
        self._record("flooded", message.path, message.kind)

    @handles(StartAgain)
    def start_again(self, message: StartAgain) -> None:
        """The back-off is over."""
        self._start_all(self.back_offs.end(message.back_off))

    @handles(Revive)
    def revive(self, message: Revive) -> bool:
        """See messages.Revive; answered with whether it was started."""
        place = self.places.get(message.name)
        busy = self.down is not None or self.descent.under_way
        if place is None or busy or place.state is State.RUNNING:
            return False
        place.falls.forgive()
        place.state, place.back_off = State.STOPPED, None
        self._start_all([place])
        return place.alive

    @handles(ShutDown)
    def shut_down(self, _: ShutDown) -> Future:
        """See messages.ShutDown."""
        if self.down is None:
            self.down = Future()
            self.descent.begin(reversed(self.places.values()), self._all_down)
        return self.down

    @handles(TimeIsUp)
    def time_is_up(self, message: TimeIsUp) -> None:
        """A child did not stop in its time."""
        place = self.descent.overdue(message)
        if place is not None:
            self._record("killed", self._path(place), place.kind)

    def _is_gone(self, place: Place, wanted: bool, fatal: bool = False) -> None:
        """Decide what becomes of a place whose actor has ended."""
        asked, place.state = place.state is State.STOPPING, State.STOPPED
        if self.down is not None:
            place.close()
        elif fatal and not self.giving_up:
            self._park(place)
        elif not asked and not wanted:
            place.close()
        elif not asked and not self.giving_up:
            self._count(place)
        self.descent.has_ended(place)

    def _count(self, place: Place) -> None:
        verdict = place.falls.fell(self.clock.monotonic())
        if not verdict.excess:
            self._restart_later(place, verdict.delay)
        elif self.branch.excess is Excess.PARK:
            self._park(place)
        else:
            self._escalate()

    def _restart_later(self, fallen: Place, delay: float) -> None:
        """Stop those concerned, then wait; a restart of a group that is under way or waited for becomes part of it."""
        if self.branch.strategy is Strategy.ONE_FOR_ONE:
            self.back_offs.begin([fallen], delay)
            return
        places = list(self.places.values())
        first = 0 if self.branch.strategy is Strategy.ONE_FOR_ALL else places.index(fallen)
        concerned = {*places[first:], *self.group}
        concerned |= self.back_offs.end_those_of(concerned)
        self.delay = max(delay, self.delay) if self.group else delay
        self.group = [place for place in places if place in concerned]
        self.descent.begin(reversed(self.group), self._back_off_together)

    def _back_off_together(self) -> None:
        group, self.group = self.group, []
        for place in group:
            if place.child.restart is Restart.TEMPORARY:
                place.close()
        stopped = (place for place in group if place.state is State.STOPPED)
        self.back_offs.begin([place for place in stopped if place.child.restart is not Restart.TEMPORARY], self.delay)

    def _escalate(self) -> None:
        self._record("escalated", self.path, self.branch.strategy.value)
        self.giving_up = True
        self.limit = self.clock.after(self.branch.shutdown, self.remind, _GiveUp())
        self.descent.begin(reversed(self.places.values()), self._give_up)

    @handles(_GiveUp)
    def give_up(self, _: _GiveUp) -> None:
        """Somebody has swallowed each kill for as long as the branch may take to stop."""
        self._give_up()

    def _give_up(self) -> None:
        limits = self.branch.limits
        raise Escalation(f"more than {limits.falls} falls in {limits.period:g} s")

    def _park(self, place: Place) -> None:
        place.state = State.PARKED
        place.close()
        self._record("parked", self._path(place), place.kind, reason=place.reason)

    def _start_all(self, places: Iterable[Place]) -> None:
        for place in list(places):  # one that cannot even be made may change what becomes of the others
            if place.state is State.STOPPED and not self.descent.under_way:
                self._start(place)

    def _start(self, place: Place) -> None:
        event = "started" if place.ref is None else "restarted"
        try:
            place.ref = self._bear(place.child, self._path(place))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - one that cannot be made is one that fell
            said = told(error)
            self._record("fell", self._path(place), place.kind, **said)
            place.reason = f"{said['class']}: {said['message']}"
            self._is_gone(place, place.child.restart is not Restart.TEMPORARY, isinstance(error, Fatal))
            return
        place.state = State.RUNNING
        place.child.address.move_in(place.ref)
        self._record(event, self._path(place), place.kind, falls=place.falls.total)

    def _bear(self, child: Child | Branch, path: str) -> pykka.ActorRef[Any]:
        me = self.branch.address
        if isinstance(child, Branch):
            return Supervisor.start(child, self.clock, self.journal, parent=me, heir=child.address, path=path)
        return child.start(me, child.address, path)

    def _all_down(self) -> None:
        for place in self.places.values():
            place.close()
        self.branch.address.close()
        if self.down is not None:
            self.down.set(None)
        self.stop()

    def _cut_off(self) -> None:
        if self.limit is not None:
            self.limit.cancel()
        self.back_offs.end_all()
        self.descent.abandon()
        for place in reversed(self.places.values()):
            if place.state in {State.RUNNING, State.STOPPING}:
                place.kill()

    def _path(self, place: Place) -> str:
        return f"{self.path}/{place.child.name}"

    def _place_of(self, ref: pykka.ActorRef[Any]) -> Place | None:
        return next((place for place in self.places.values() if place.ref is ref), None)

    def _record(self, event: str, path: str, kind: str, **details: object) -> None:
        self.journal.tell(Record(self.clock.now(), path, kind, event, details))
