"""FakeClock: a clock that stands still until the test moves it, and rings in order."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Any

BEGINNING = 1_700_000_000.0
"""What `now()` says first, in seconds since the epoch."""


class FakeTimer:
    """An appointment with a FakeClock."""

    def __init__(self, due: float, call: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.due = due
        self._call: Callable[..., object] | None = call
        self._args = args

    @property
    def pending(self) -> bool:
        return self._call is not None

    def cancel(self) -> None:
        self._call = None

    def ring(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call(*self._args)


class FakeClock:
    """Keeps the promises of actors.clock.Clock. `between` is called around every call of `advance`."""

    def __init__(self, between: Callable[[], object] = lambda: None) -> None:
        self.elapsed = 0.0
        self.between = between
        self._timers: list[tuple[float, int, FakeTimer]] = []
        self._numbers = itertools.count()

    def now(self) -> float:
        return BEGINNING + self.elapsed

    def monotonic(self) -> float:
        return 1000.0 + self.elapsed

    def after(self, seconds: float, call: Callable[..., object], *args: Any) -> FakeTimer:
        timer = FakeTimer(self.elapsed + max(seconds, 0.0), call, args)
        heapq.heappush(self._timers, (timer.due, next(self._numbers), timer))
        return timer

    @property
    def pending(self) -> list[FakeTimer]:
        """Appointments that are neither kept nor called off, soonest first."""
        return [timer for _, _, timer in sorted(self._timers, key=lambda entry: entry[:2]) if timer.pending]

    def ring_due(self) -> bool:
        """Call whatever is due by now; False when nothing was."""
        rang = False
        while self._timers and self._timers[0][0] <= self.elapsed:
            heapq.heappop(self._timers)[2].ring()
            rang = True
        return rang

    def advance(self, seconds: float) -> None:
        """Let time pass; whatever is due on the way is called at its own instant, in order."""
        end = self.elapsed + seconds
        self.between()
        while self._timers and self._timers[0][0] <= end:
            due, _, timer = heapq.heappop(self._timers)
            self.elapsed = max(self.elapsed, due)
            timer.ring()
            self.between()
        self.elapsed = end
        self.between()
