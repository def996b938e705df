"""The hub in tests: one turn of it, a load in even paces, and its longest turn while something is done to it."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import gevent

WORST = 0.050
"""Seconds between two turns of the hub's loop that issue 3 allows."""


def turn() -> None:
    """Let the hub look at its sockets and timers once; `gevent.sleep(0)` would only do so every 50 times."""
    hub = gevent.get_hub()
    with hub.loop.timer(0) as timer:
        hub.wait(timer)


def paced(count: int, a_second: int) -> Iterator[int]:
    """The numbers below `count`, so many a second; the hub has a turn before each, however late it is."""
    hub, began = gevent.get_hub(), time.perf_counter()
    for number in range(count):
        due = began + number / a_second
        with hub.loop.timer(max(0.0005, due - time.perf_counter())) as timer:
            hub.wait(timer)
        yield number


@dataclass
class Turns:
    """What was seen so far; `worst` in seconds of the hub's own work.

    Counted on the hub's thread and not on a clock, which would also count what other processes do to a busy machine.
    """

    worst: float = 0.0
    seen: int = 0


@contextmanager
def watched_hub() -> Iterator[Turns]:
    """Watch the hub for the length of the block; what earlier tests left is not collected meanwhile, as in run.py."""
    turns, last = Turns(), time.thread_time()

    def turn() -> None:
        nonlocal last
        now = time.thread_time()
        turns.worst, turns.seen, last = max(turns.worst, now - last), turns.seen + 1, now

    gc.collect()
    gc.freeze()
    watcher = gevent.get_hub().loop.timer(0.001, 0.001)
    last = time.thread_time()
    watcher.start(turn)
    try:
        yield turns
        with gevent.get_hub().loop.timer(0.002) as later:  # so that what the block did last counts too
            gevent.get_hub().wait(later)
    finally:
        watcher.stop()
        watcher.close()
        gc.unfreeze()
