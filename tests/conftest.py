"""Patches gevent before anything else is imported, and lets no test leave anything behind (HOUSE 11)."""

# ruff: noqa: E402 - the patch must come first

from gevent import monkey

monkey.patch_all()

import gc
import os
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import gevent
import pykka
import pytest
from hypothesis import HealthCheck, settings
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.runtime import Actor
from actors.runtime.run_queue import HUB

# Servers and commands start as a user's do, from modules compiled once: that is a third of a start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.register_profile("presently", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("presently")  # a busy machine is no fault of the code; how fast it is, bench/ says

PATIENCE = 10.0
"""Seconds that what is already ending may take to end."""

_spawned: "weakref.WeakSet[gevent.Greenlet]" = weakref.WeakSet()


@pytest.fixture(scope="session", autouse=True)
def _watch_greenlets() -> Iterator[None]:
    """Note every greenlet down; open now what the hub opens once and keeps."""
    gevent.get_hub().threadpool.apply(int)
    gevent.Greenlet.add_spawn_callback(_spawned.add)
    yield
    gevent.Greenlet.remove_spawn_callback(_spawned.add)


@pytest.fixture(autouse=True)
def _nothing_left(_watch_greenlets: None) -> Iterator[None]:
    """After each test no actor is alive, no greenlet of its is left, no descriptor open that was not before.

    And no Stage is left standing: on it nobody would play in any later test.
    """
    greenlets, actors, descriptors = set(_spawned), set(pykka.ActorRegistry.get_all()), _descriptors()
    yield
    left = [greenlet for greenlet in _spawned if greenlet not in greenlets and not greenlet.dead]
    gevent.joinall(left, timeout=PATIENCE)
    gevent.idle()
    alive = [ref for ref in pykka.ActorRegistry.get_all() if ref not in actors]
    stuck = [greenlet for greenlet in left if not greenlet.dead]
    opened = _opened_since(descriptors)
    _clean_up(alive, stuck)
    staged, Actor.run_queue = Actor.run_queue is not HUB, HUB
    assert not staged, "a Stage was entered and not left"
    assert not alive, f"actors left alive: {alive}"
    assert not stuck, f"greenlets left behind: {stuck}"
    assert not opened, f"descriptors left open: {opened}"


def _opened_since(before: dict[str, str]) -> dict[str, str]:
    if _descriptors().items() - before.items():
        gc.collect()  # what only a cycle keeps open is somebody's to say as a ResourceWarning
    return {number: target for number, target in _descriptors().items() if before.get(number) != target}


def _descriptors() -> dict[str, str]:
    """Number -> what it is, of every open descriptor."""
    found = {}
    for number in os.listdir("/proc/self/fd"):
        path = Path("/proc/self/fd", number)
        if path.is_symlink():  # the listing's own descriptor is closed by now
            found[number] = str(path.readlink())
    return found


def _clean_up(alive: list["pykka.ActorRef[pykka.Actor]"], stuck: list[gevent.Greenlet]) -> None:
    """So that the next test is not blamed."""
    for ref in alive:
        ref.actor_inbox.put(Envelope(_ActorStop()))
    gevent.killall(stuck, timeout=PATIENCE)
    gevent.idle()
