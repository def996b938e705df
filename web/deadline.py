"""Deadline: ends whatever its greenlet waits for when the time is up, on the house's clock."""

from types import TracebackType
from typing import Self

import gevent

from actors.clock import Clock, Timer
from actors.errors import Overrun


class _TimeIsUpSignal(BaseException):
    """No Exception, so that nobody on the way takes it for a failure of the network."""


class Deadline:
    """A block that ends after so many seconds, wherever it waits, with Overrun `too-slow`."""

    __slots__ = ("_clock", "_greenlet", "_running", "_seconds", "_signal", "_timer")

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._signal = _TimeIsUpSignal()
        self._running = False
        self._timer: Timer | None = None

    def __enter__(self) -> Self:
        self._greenlet = gevent.getcurrent()
        self._running = True
        self._timer = self._clock.after(self._seconds, self._ring)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._running = False
        if self._timer is not None:
            self._timer.cancel()
        if error is self._signal:
            raise Overrun("too-slow") from None

    def _ring(self) -> None:
        """Throw from the loop itself: another greenlet that rings the clock must not be left behind."""
        gevent.get_hub().loop.run_callback(self._throw)

    def _throw(self) -> None:
        if self._running:
            self._greenlet.throw(self._signal)
