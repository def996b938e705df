"""Timers: one actor's appointments with itself, one of each kind."""

from collections.abc import Callable

from actors.clock import Clock, Timer


class Timers:
    """A kind is a class of messages without content; an appointment of the same kind takes the place of the last."""

    __slots__ = ("_clock", "_remind", "_timers")

    def __init__(self, clock: Clock, remind: Callable[[object], None]) -> None:
        self._clock = clock
        self._remind = remind
        self._timers: dict[type, Timer] = {}

    def __contains__(self, kind: type) -> bool:
        """True while it is to come, and until the next of its kind after that."""
        return kind in self._timers

    def set(self, kind: type, seconds: float) -> None:
        """A message of this kind in so many seconds; in infinitely many never."""
        self.cancel(kind)
        if seconds < float("inf"):
            self._timers[kind] = self._clock.after(max(seconds, 0.0), self._remind, kind())

    def cancel(self, kind: type) -> None:
        """Call it off; also to say that it has come."""
        timer = self._timers.pop(kind, None)
        if timer is not None:
            timer.cancel()

    def cancel_all(self) -> None:
        """Call everything off."""
        for kind in list(self._timers):
            self.cancel(kind)
