"""WallClock keeps its appointments: in order, in the hub, once, and not when they were called off."""

import gevent
import pytest
from gevent.event import Event

from actors.clock import WallClock
from tests.clock import FakeClock

pytestmark = pytest.mark.live


def test_calls_come_in_order_in_the_hub_and_cancelled_ones_never() -> None:
    clock, rung, done = WallClock(), [], Event()

    def ring(name: str) -> None:
        rung.append((name, gevent.getcurrent() is gevent.get_hub()))

    began = clock.monotonic()
    clock.after(0.03, done.set)
    clock.after(0.02, ring, "second")
    clock.after(0.0, ring, "first")
    clock.after(-1.0, ring, "overdue")
    never = clock.after(0.01, ring, "never")
    never.cancel()
    never.cancel()
    assert done.wait(5)
    assert sorted(rung[:2]) == [("first", True), ("overdue", True)]
    assert rung[2:] == [("second", True)]
    assert clock.monotonic() - began >= 0.02


def test_calling_off_what_has_rung_or_is_ringing_is_harmless() -> None:
    clock, rang = WallClock(), Event()
    timers = []

    def ring() -> None:
        timers[0].cancel()
        rang.set()

    timers.append(clock.after(0.0, ring))
    assert rang.wait(5)
    timers[0].cancel()


def test_both_clocks_run_forward_in_seconds() -> None:
    for clock in (WallClock(), FakeClock()):
        assert clock.now() > 1_600_000_000
        first, second = clock.monotonic(), clock.monotonic()
        assert second >= first
