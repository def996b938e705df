"""The only place that reads the time: everything else is given `now`, or asks its Clock for a timer."""

import time
from collections.abc import Callable
from typing import Any, Protocol

import gevent


class Timer(Protocol):
    """One appointed call."""

    def cancel(self) -> None:
        """Call off the call; harmless after it was made."""


class Clock(Protocol):
    """Reads the time and keeps appointments."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def monotonic(self) -> float:
        """Seconds that never run backwards, from an arbitrary start: for durations."""

    def after(self, seconds: float, call: Callable[..., object], *args: Any) -> Timer:
        """Make `call(*args)` in the hub, `seconds` from now; it must not wait."""


class _LoopTimer:
    """A timer of gevent's loop: no greenlet, about 230 bytes."""

    __slots__ = ("_watcher",)

    def __init__(self, seconds: float, call: Callable[..., object], args: tuple[Any, ...]) -> None:
        self._watcher = gevent.get_hub().loop.timer(max(seconds, 0.0))
        # The loop looks at the clock once a round; without the update a timer set late in one would ring early.
        self._watcher.start(self._ring, call, args, update=True)

    def _ring(self, call: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.cancel()
        call(*args)

    def cancel(self) -> None:
        self._watcher.stop()
        self._watcher.close()


class WallClock:
    """The machine's own clock and the hub's own timers."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)

    def after(self, seconds: float, call: Callable[..., object], *args: Any) -> Timer:
        """See Clock.after."""
        return _LoopTimer(seconds, call, args)
