"""The hub's longest turn while something is done to it, in seconds of its own work.

Counted on the hub's thread and not on a clock, which would also count what other processes do to a busy machine.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import gevent

WORST = 0.050
"""Seconds between two turns of the hub's loop that issue 3 allows."""


@dataclass
class Turns:
    """What was seen so far."""

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
