"""The Stage and the FakeClock keep what the other tests build on."""

from dataclasses import dataclass
from typing import Any

import pykka
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.runtime import Actor, Future, Kin, WaitingActor, handles
from tests.clock import BEGINNING, FakeClock
from tests.stage import Stage


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class Promise:
    pass


class Writing(Kin):
    def __init__(self, written: list[str]) -> None:
        super().__init__()
        self.written = written
        self.promise = Future()

    @handles(Note)
    def note(self, message: Note) -> int:
        if message.text == "fall":
            raise ValueError(message.text)
        self.written.append(message.text)
        return len(self.written)

    @handles(Promise)
    def later(self, _: Promise) -> Future:
        return self.promise


class Writer(Writing, Actor):
    pass


class WaitingWriter(Writing, WaitingActor):
    pass


@pytest.mark.parametrize("kind", [Writer, WaitingWriter])
def test_nothing_happens_until_a_step(kind: type[Any]) -> None:
    written: list[str] = []
    with Stage() as stage:
        ref = stage.start(kind, written)
        for text in "ab":
            ref.tell(Note(text))
        assert written == []
        assert stage.step()
        assert written == ["a"]
        stage.settle()
        assert written == ["a", "b"]
        assert not stage.step()
        assert stage.ask(ref, Note("c")) == 3
        with pytest.raises(pykka.Timeout):
            stage.ask(ref, Promise())
        stage.actor(ref).promise.set("kept")
        assert stage.ask(ref, Promise()) == "kept"
    assert not ref.is_alive()


@given(st.lists(st.integers(0, 9)))
def test_any_order_of_turns_keeps_each_actors_own_order(turns: list[int]) -> None:
    written: list[str] = []
    with Stage() as stage:
        refs = [stage.start(Writer, written) for _ in range(3)]
        for text in "12":
            for letter, ref in zip("abc", refs, strict=True):
                ref.tell(Note(letter + text))
        for turn in turns:
            stage.step(turn)
        stage.settle()
    assert all(written.index(letter + "1") < written.index(letter + "2") for letter in "abc")


def test_a_fall_that_nobody_looked_at_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="ValueError: fall"), Stage() as stage:
        stage.tell(stage.start(Writer, []), Note("fall"))
    with Stage() as stage:
        stage.tell(stage.start(Writer, []), Note("fall"))
        assert [fell.error for fell in stage.fallen()] == ["ValueError"]


def test_a_probe_records_and_passes_on() -> None:
    written: list[str] = []
    with Stage() as stage:
        probe = stage.probe("keeper")
        probe.tell(Note("unheard"))
        probe.move_in(stage.start(Writer, written))
        stage.tell(probe, Note("heard"))
        assert (written, probe.take()) == (["heard"], [Note("unheard"), Note("heard")])


def test_timers_ring_in_order_at_their_own_instant_and_cancelled_ones_never() -> None:
    clock, rung = FakeClock(), []

    def ring(name: str) -> None:
        rung.append((name, clock.now() - BEGINNING))
        if name == "a":
            clock.after(0.5, ring, "child of a")

    for seconds, name in ((3, "c"), (1, "a"), (2, "b"), (2, "b2"), (9, "late")):
        clock.after(seconds, ring, name)
    clock.after(1.2, ring, "cancelled").cancel()
    clock.advance(3)
    assert rung == [("a", 1), ("child of a", 1.5), ("b", 2), ("b2", 2), ("c", 3)]
    assert clock.now() - BEGINNING == 3
    assert len(clock.pending) == 1


def test_actors_settle_between_two_timers() -> None:
    written: list[str] = []
    with Stage() as stage:
        ref = stage.start(Writer, written)
        stage.clock.after(1, ref.tell, Note("one"))
        stage.clock.after(2, lambda: written.append("two"))
        stage.clock.advance(3)
    assert written == ["one", "two"]
