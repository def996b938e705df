"""Actors live as long as they should and no longer, and what would block fails where it stands."""

import gc
import sys
import time
import tracemalloc
import weakref
from collections.abc import Callable
from threading import Lock
from typing import Any

import gevent
import pykka
import pytest
from gevent.event import Event

from actors.runtime import Actor, Future, Kin, registry
from tests.actors.runtime.cast import KINDS, SOON, Do, Ear, Note, Player, WaitingPlayer, fail

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", KINDS)
def test_a_ref_keeps_its_actor_alive_until_the_end_and_not_longer(kind: type[Kin]) -> None:
    ref = kind.start()
    there = weakref.ref(ref._actor_weakref())
    for _ in range(3):
        gc.collect()
        assert ref.ask(Note(1), timeout=SOON) == 1
    ref.stop(timeout=SOON)
    gevent.idle()
    assert there() is None, "gone without the collector"
    assert not ref.is_alive()


@pytest.mark.parametrize("kind", KINDS)
def test_proxies_work(kind: type[Any]) -> None:
    proxy = kind.start().proxy()
    assert proxy.double(21).get(timeout=SOON) == 42
    assert proxy.path.get(timeout=SOON) == ""
    proxy.path = "elsewhere"
    assert proxy.path.get(timeout=SOON) == "elsewhere"
    proxy.double.defer(1)
    assert proxy.stop().get(timeout=SOON) is None


def taken_lock() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


def ask_oneself(actor: Any) -> Any:
    return actor.actor_ref.ask(Note(1), timeout=SOON)


# Each is refused before it waits: that is the test.
BLOCKING: dict[str, Callable[[Any], Any]] = {
    "gevent.sleep": lambda _: gevent.sleep(1),
    "time.sleep": lambda _: time.sleep(1),
    "Event.wait": lambda _: Event().wait(),
    "Lock.acquire": lambda _: taken_lock().acquire(),
    "Future.get": lambda _: Future().get(timeout=SOON),
    "ask": ask_oneself,
    "join": lambda _: gevent.spawn(int).join(),
}


@pytest.mark.parametrize("call", BLOCKING)
def test_a_call_that_would_block_fails_that_actor_alone(call: str) -> None:
    ear, other = Ear(), Player.start()
    ref = Player.start(parent=ear)
    ref.tell(Do(BLOCKING[call]))
    behind = other.ask(Note(1), block=False)
    assert ear.wait()[0].error == "BlockingSwitchOutError"
    assert behind.get(timeout=SOON) == 1
    assert other.ask(Note(2), timeout=SOON) == 2
    other.stop()


def test_the_same_calls_are_what_a_waiting_actor_is_for() -> None:
    ref = WaitingPlayer.start()
    went_on = Event()
    asked = ref.ask(Do(lambda _: went_on.wait(SOON)), block=False)
    went_on.set()
    assert asked.get(timeout=SOON) is True
    ref.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_falls_leak_nothing(kind: type[Any]) -> None:
    class Counting(Ear):
        def tell(self, message: Any) -> None:
            self.mail = [message]
            self.heard += 1
            if self.heard % batch == 0:
                self._came.set()

    def fall_many(count: int) -> None:
        for _ in range(count // batch):
            for _ in range(batch):
                kind.start(parent=ear).tell(Do(fall))
            assert ear._came.wait(SOON)
            ear._came.clear()
        gevent.idle()

    def fall(_: Any) -> None:
        try:
            int("inner")
        except ValueError as error:
            raise KeyError("outer") from error

    batch, ear = 100, Counting()
    ear.heard = 0  # type: ignore[attr-defined]
    fall_many(500)
    gc.collect()
    gc.disable()
    try:
        before = sys.getallocatedblocks()
        fall_many(1_000)
        garbage = gc.collect()
        fall_many(9_000)
        gc.collect()
        after = sys.getallocatedblocks()
    finally:
        gc.enable()
    print(f"measured: {kind.__name__}: {after - before:+,} blocks over 9,000 falls")
    assert garbage < 1_000, "falls leave no cycles behind"
    assert after - before < 1_000, "nor anything else"
    assert not [ref for ref in pykka.ActorRegistry.get_all() if ref.actor_class is kind]


def test_ten_thousand_stops_look_nothing_up_in_a_list() -> None:
    refs = [Player.start() for _ in range(10_000)]
    assert pykka.ActorRegistry._actor_refs is registry.TABLE
    assert isinstance(registry.TABLE, dict)
    assert set(refs) <= set(registry.TABLE)
    assert pykka.ActorRegistry.get_by_urn(refs[7].actor_urn) is refs[7]
    assert set(pykka.ActorRegistry.get_by_class(Player)) == set(refs)
    for stop in [ref.stop(block=False) for ref in reversed(refs)]:
        assert stop.get(timeout=SOON) is True
    assert not set(refs) & set(registry.TABLE)


def test_what_an_actor_costs_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    count = 5_000
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    began = time.perf_counter()
    refs = [Actor.start() for _ in range(count)]
    started = time.perf_counter() - began
    gevent.idle()
    size = (tracemalloc.get_traced_memory()[0] - before) / count
    tracemalloc.stop()
    began = time.perf_counter()
    refs += [Actor.start() for _ in range(count)]
    started = time.perf_counter() - began
    stops = [ref.stop(block=False) for ref in refs]
    began = time.perf_counter()
    assert all(stop.get(timeout=SOON) for stop in stops)
    stopped = time.perf_counter() - began
    with capsys.disabled():
        figures = (
            f"start {started / count * 1e6:.1f} us, stop {stopped / len(refs) * 1e6:.1f} us, idle {size:.0f} bytes"
        )
        print(f"\nan Actor: {figures}")
    assert size < 5_000


def test_an_error_of_a_sibling_is_not_heard() -> None:
    refs = [kind.start() for kind in KINDS for _ in range(3)]
    for ref in refs[::2]:
        ref.tell(fail(ValueError()))
    assert [ref.ask(Note(1), timeout=SOON) for ref in refs[1::2]] == [1, 1, 1]
    for ref in refs[1::2]:
        ref.stop()
