"""Reading: how long connections are read in one round of the hub, however many have something to say at once.

When a proxy dies with ten thousand clients, or as many say goodbye, the loop calls for all of them before it looks at
any timer or at anybody else's socket.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent

SLICE = 0.004
"""Seconds of reading in one round; who comes too late is read in one of the next."""


class Rounds:
    """The rounds of this process's hub, and who waits for the next, in order."""

    def __init__(self) -> None:
        self._over_at: float | None = None
        """When this round's time is over (perf_counter); None before its first reading."""
        self._late: deque[Callable[[], object]] = deque()
        self._timer: Any = None

    def has_time(self, read: Callable[[], object]) -> bool:
        """True where one may read now; else `read()` is called in a later round, and until then it must not come again.

        Alone in a round one costs a microsecond.
        """
        if not self._late:
            if self._over_at is None:
                self._over_at = time.perf_counter() + SLICE
                gevent.get_hub().loop.run_callback(self._next)
                return True
            if time.perf_counter() < self._over_at:
                return True
        self._late.append(read)
        return False

    def _next(self) -> None:
        self._over_at = None
        if self._late:
            self._come_again()

    def _read_late(self) -> None:
        deadline = time.perf_counter() + SLICE
        try:
            while self._late:
                self._late.popleft()()
                if time.perf_counter() >= deadline:
                    break
        finally:  # whatever escapes from one must not stop all the others
            if self._late:
                self._come_again()

    def _come_again(self) -> None:
        """When the hub has looked at its sockets and timers once (as the actors' run queue does)."""
        if self._timer is None:
            self._timer = gevent.get_hub().loop.timer(0)
        self._timer.start(self._read_late)


HUB = Rounds()
"""Those of this process's hub."""
