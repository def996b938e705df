"""Order of starts and stops, the time a child may take, escalation, and a shutdown at any moment."""

from dataclasses import replace

import pykka
import pytest
from gevent.event import Event

from actors.clock import WallClock
from actors.errors import Unavailable
from actors.falls import Limits
from actors.messages.keeper import Record
from actors.messages.supervision import Ended, ShutDown
from actors.runtime import Address
from actors.supervision import Branch, Child, Strategy, Supervisor, descent
from actors.supervision.descent import PATIENCE
from actors.supervision.root import RootParent
from tests.actors.runtime.cast import SOON, Do, Ear, WaitingPlayer
from tests.actors.supervision.cast import STEADY, End, Fall, Troupe
from tests.stage import Probe, Stage


def test_a_tree_starts_in_order_and_stops_in_reverse() -> None:
    with Stage() as stage:
        troupe = Troupe(stage, "a")
        inner = troupe.plan("inner", "bc")
        troupe.branches = (inner,)
        troupe.names = "a"
        troupe.branch = troupe.plan("top", "a", (inner, troupe.plan("last", "d")))
        troupe.begin()
        assert troupe.written() == "+a +b +c +d"
        paths = [path for _, path in troupe.events("started")]
        assert paths == ["top/a", "top/inner", "top/last", "top/inner/b", "top/inner/c", "top/last/d"]
        troupe.shut_down()
        assert troupe.written() == "-d -c -b -a"
        stopped = [path for _, path in troupe.events("stopped")]
        assert stopped == ["top/last/d", "top/last", "top/inner/c", "top/inner/b", "top/inner", "top/a"]
        assert [type(news) for news in stage.parent.mail] == [Ended]
        assert troupe.timers() == []
        with pytest.raises(Unavailable, match="closed"):
            troupe.addresses["c"].ask(End())


def test_a_child_that_does_not_stop_in_its_time_is_killed_and_nobody_else_earlier() -> None:
    """Nobody plays between the two rings, so B neither stops nor ends before its time is up."""
    with Stage() as stage:
        troupe = Troupe(stage).begin()
        down = troupe.ref.ask(ShutDown(), block=False)
        while troupe.states() != "a:running b:stopping c:stopped":
            assert stage.step()
        stage.clock.between = lambda: None
        stage.clock.advance(4.99)
        supervisor = troupe.supervisor
        mailbox = supervisor.actor_inbox
        assert mailbox.empty()
        stage.clock.advance(0.02)
        assert not mailbox.empty(), "its time is up"
        supervisor.take_turn(1, float("inf"))
        assert troupe.events("killed") == [("killed", "top/b")]
        assert not troupe.place("b").alive
        stage.settle()
        assert down.get(timeout=0) is None
        assert troupe.written() == "+a +b +c -c -b -a"


def test_whoever_outlives_a_kill_is_killed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with Stage() as stage:
        troupe = Troupe(stage, "a").begin()
        kills: list[float] = []
        child = stage.actor(troupe.place("a").ref)
        monkeypatch.setattr(child, "kill", lambda: kills.append(stage.clock.elapsed))
        monkeypatch.setattr(child, "take_turn", lambda *_: child.actor_inbox.get())
        troupe.ref.tell(ShutDown())
        stage.clock.advance(5 + 2 * PATIENCE)
        assert kills == [5, 5 + PATIENCE, 5 + 2 * PATIENCE]
        monkeypatch.undo()
        child.kill()
        stage.settle()
        assert not troupe.ref.is_alive()
        assert troupe.timers() == []


def test_one_who_ends_just_in_time_is_not_killed() -> None:
    with Stage() as stage:
        troupe = Troupe(stage).begin()
        troupe.shut_down()
        stage.clock.advance(60)
        assert troupe.events("killed") == []


@pytest.mark.parametrize("strategy", Strategy)
def test_shut_down_while_backing_off(strategy: Strategy) -> None:
    with Stage() as stage:
        troupe = Troupe(stage, strategy=strategy).begin()
        troupe.tell("b", Fall())
        assert len(troupe.timers()) == 1
        waiting = troupe.addresses["b"].future(End())
        troupe.shut_down()
        assert troupe.timers() == [], "no timer is left behind"
        with pytest.raises(Unavailable):
            waiting.get(timeout=0)
        stage.clock.advance(60)
        assert troupe.diary.count("+b") == 1


@pytest.mark.parametrize("steps", range(12))
@pytest.mark.parametrize("strategy", [Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE])
def test_shut_down_during_a_group_restart_waits_for_everybody_in_order(strategy: Strategy, steps: int) -> None:
    with Stage() as stage:
        troupe = Troupe(stage, "abcd", strategy=strategy).begin()
        troupe.addresses["a"].tell(Fall())
        for _ in range(steps):
            stage.step()
        again = [troupe.ref.ask(ShutDown(), block=False) for _ in range(2)]
        stage.settle()
        assert [down.get(timeout=0) for down in again] == [None, None]
        assert troupe.written() in ("+a +b +c +d -d -c -b", "+a +b +c +d -d -c -b -a")
        assert not troupe.ref.is_alive()
        assert troupe.timers() == []


def test_falls_while_the_branch_gives_up_do_not_call_it_off() -> None:
    with Stage() as stage:
        troupe = Troupe(stage).begin()
        for _ in range(3):
            troupe.tell("a", Fall())
            stage.clock.advance(1)
            troupe.place("a").falls.streak = 0
        troupe.addresses["a"].tell(Fall())
        while not troupe.supervisor.giving_up:
            assert stage.step()
        assert troupe.states() == "a:stopped b:running c:stopping"
        troupe.addresses["b"].tell(Fall())
        for _ in "b", "the supervisor":
            stage.step(1)  # c, whose stop is waited for, stands first
        assert troupe.states() == "a:stopped b:stopped c:stopping"
        stage.settle()
        (fell,) = stage.fallen()
        assert fell.error == "Escalation"
        assert troupe.events("escalated") == [("escalated", "top")]
        assert troupe.timers() == []


def test_a_branch_that_gives_up_falls_in_its_time_whoever_outlives_his_kills(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail: behind a module that swallows its end the process stood for ever, with nobody connected."""
    with Stage() as stage:
        troupe = Troupe(stage, "ab", limits=replace(STEADY, falls=0)).begin()
        deaf = stage.actor(troupe.place("b").ref)
        monkeypatch.setattr(deaf, "kill", lambda: None)
        monkeypatch.setattr(deaf, "take_turn", lambda *_: deaf.actor_inbox.get())
        troupe.tell("a", Fall())
        stage.clock.advance(troupe.branch.shutdown - 0.1)
        assert troupe.ref.is_alive()
        stage.clock.advance(0.2)
        assert [fell.error for fell in stage.fallen()] == ["Escalation"]
        assert troupe.timers() == []
        monkeypatch.undo()


def test_a_root_that_is_flooded_ends_no_process() -> None:
    """Seen to fail: whatever the root told but its fall was taken for its ordinary end."""
    with Stage() as stage:
        process = RootParent()
        top = Branch(Address("top"))
        ref = stage.start(Supervisor, top, stage.clock, stage.probe("journal"), parent=process, path="top")
        stage.actor(ref).tell_parent_of_flood()
        assert not process.ended.ready()
        stage.ask(ref, ShutDown())
        assert process.ended.get(timeout=0) == 0


def test_escalation_restarts_the_branch_and_in_the_end_fells_the_root() -> None:
    one_in_long = Limits(falls=1, period=1000, first_delay=1, most_delay=1, jitter=0)
    with Stage() as stage:
        troupe = Troupe(stage, "a", limits=one_in_long)
        troupe.branch = troupe.plan("top", "a", (troupe.plan("inner", "bc"),))
        troupe.begin()
        for fall in range(4):
            assert troupe.ref.is_alive(), fall
            troupe.tell("b", Fall())
            stage.clock.advance(1)
        assert [path for _, path in troupe.events("escalated")] == ["top/inner", "top/inner", "top"]
        assert troupe.written() == "+a +b +c +b -c +b +c +b -c -a"
        assert [fell.error for fell in stage.fallen()] == ["Escalation"]
        assert troupe.timers() == []


def test_a_supervisor_that_is_stopped_or_falls_leaves_nobody_behind() -> None:
    for how in ("stop", "fall"):
        with Stage() as stage:
            troupe = Troupe(stage, "a")
            troupe.branch = troupe.plan("top", "a", (troupe.plan("inner", "bc"),))
            troupe.begin()
            troupe.tell("a", Fall())
            if how == "stop":
                troupe.ref.stop(block=False)
            else:
                troupe.ref.tell("nonsense")
            stage.settle()
            assert troupe.written() == "+a +b +c -c -b"
            assert troupe.timers() == []
            assert len(stage.fallen()) == (how == "fall")


def test_what_the_journal_says_of_a_fall() -> None:
    with Stage() as stage:
        troupe = Troupe(stage, "a").begin()
        troupe.tell("a", Fall())
        stage.clock.advance(1)
        records = troupe.journal.got(Record)
        assert [(r.event, r.path, r.kind) for r in records] == [
            ("started", "top/a", "Extra"),
            ("fell", "top/a", "Extra"),
            ("restarted", "top/a", "Extra"),
        ]
        assert records[1].details["class"] == "ValueError"
        assert records[1].details["message"] == "a"
        assert "raise" in records[1].details["traceback"]
        assert records[2].at == records[1].at + 1


@pytest.mark.live
@pytest.mark.parametrize("where", ["handler", "on_stop"])
def test_a_greenlet_that_waits_for_ever_is_killed_on_the_wall_clock(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first kill ends the handler, and if on_stop waits as well the next one ends that."""
    monkeypatch.setattr(descent, "PATIENCE", 0.02)
    inside, journal, ear, address = Event(), Probe("journal"), Ear(), Address("a")

    def wait(_: object) -> None:
        inside.set()
        Event().wait()

    def start(parent: Address, heir: Address, path: str) -> pykka.ActorRef[WaitingPlayer]:
        ref = WaitingPlayer.start(parent=parent, heir=heir, path=path)
        if where == "on_stop":
            ref._actor_weakref().at_stop = wait  # type: ignore[union-attr]
        return ref

    top = Branch(Address("top"), (Child(address, start, shutdown=0.02),))
    ref = Supervisor.start(top, WallClock(), journal, parent=ear, path="top")
    address.tell(Do(wait))
    assert inside.wait(SOON)
    ref.ask(ShutDown(), timeout=SOON)
    kills = [record for record in journal.got(Record) if record.event == "killed"]
    assert len(kills) >= (2 if where == "on_stop" else 1)
    assert [type(news) for news in ear.wait()] == [Ended]
