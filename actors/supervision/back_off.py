"""BackOffs: who waits before being started again, and until when."""

from collections.abc import Callable
from dataclasses import dataclass

from actors.clock import Clock, Timer
from actors.supervision.place import Place, State


@dataclass(slots=True, eq=False)
class BackOff:
    """Places that are started again together, in order, when the timer rings."""

    places: tuple[Place, ...]
    timer: Timer | None = None


@dataclass(frozen=True, slots=True)
class StartAgain:
    """To the supervisor itself: the back-off is over."""

    back_off: BackOff


class BackOffs:
    """Those of one branch that are under way."""

    def __init__(self, clock: Clock, remind: Callable[[StartAgain], None]) -> None:
        self.clock = clock
        self.remind = remind
        self.under_way: set[BackOff] = set()

    def begin(self, places: list[Place], delay: float) -> None:
        """Let these wait, `delay` seconds from now."""
        back_off = BackOff(tuple(places))
        for place in places:
            place.state, place.back_off = State.BACKING_OFF, back_off
        back_off.timer = self.clock.after(delay, self.remind, StartAgain(back_off))
        self.under_way.add(back_off)

    def end(self, back_off: BackOff) -> list[Place]:
        """End the waiting; answered with who had still been waiting (nobody revived them), stopped now."""
        self.under_way.discard(back_off)
        if back_off.timer is not None:
            back_off.timer.cancel()
        waiting = [place for place in back_off.places if place.back_off is back_off]
        for place in waiting:
            place.state, place.back_off = State.STOPPED, None
        return waiting

    def end_those_of(self, places: set[Place]) -> set[Place]:
        """End whatever any of these waits for; answered with all who had been waiting for it."""
        concerned = [back_off for back_off in self.under_way if places.intersection(back_off.places)]
        return {place for back_off in concerned for place in self.end(back_off)}

    def end_all(self) -> None:
        """Nobody waits any more."""
        for back_off in list(self.under_way):
            self.end(back_off)
