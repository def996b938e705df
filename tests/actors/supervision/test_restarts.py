"""Each strategy with each kind of restart: who is stopped, who is started, in which order, and after how long."""

from typing import Any

import gevent
import pykka
import pytest

from actors.messages.keeper import Record
from actors.messages.supervision import Revive
from actors.runtime import Address
from actors.supervision import Branch, Child, Excess, Restart, Strategy, Supervisor
from actors.supervision.place import State
from tests.actors.supervision.cast import STEADY, End, Fall, Troupe
from tests.stage import Stage

PERMANENT, TRANSIENT, TEMPORARY = Restart.PERMANENT, Restart.TRANSIENT, Restart.TEMPORARY


@pytest.mark.parametrize(
    ("strategy", "stopped", "started"),
    [
        (Strategy.ONE_FOR_ONE, "", "+b"),
        (Strategy.REST_FOR_ONE, "-d -c", "+b +c +d"),
        (Strategy.ONE_FOR_ALL, "-d -c -a", "+a +b +c +d"),
    ],
)
@pytest.mark.parametrize("restart", Restart)
@pytest.mark.parametrize("way", [Fall(), End()])
def test_strategies(strategy: Strategy, stopped: str, started: str, restart: Restart, way: Fall | End) -> None:
    restarted = restart is PERMANENT or (restart is TRANSIENT and way == Fall())
    with Stage() as stage:
        troupe = Troupe(stage, "abcd", {"b": restart}, strategy).begin()
        assert troupe.written() == "+a +b +c +d"
        troupe.tell("b", way)
        gone = "-b " if way == End() else ""
        assert troupe.written() == (gone + (stopped if restarted else "")).strip()
        stage.clock.advance(0.99)
        assert troupe.written() == ""
        stage.clock.advance(0.02)
        assert troupe.written() == (started if restarted else "")
        assert troupe.supervisor.places["b"].alive is restarted
        assert troupe.addresses["b"].closed is not restarted
        troupe.shut_down()
        assert troupe.written() == ("-d -c -b -a" if restarted else "-d -c -a")
        assert troupe.timers() == []


def test_a_temporary_child_is_stopped_with_its_group_and_not_started_again() -> None:
    with Stage() as stage:
        troupe = Troupe(stage, "abc", {"c": TEMPORARY}, Strategy.ONE_FOR_ALL).begin()
        troupe.tell("a", Fall())
        stage.clock.advance(1)
        assert troupe.written() == "+a +b +c -c -b +a +b"
        assert troupe.states() == "a:running b:running c:stopped"
        assert troupe.addresses["c"].closed


def test_a_second_fall_while_a_group_is_stopping_joins_the_restart() -> None:
    """A falls, and B falls of itself before its turn to be stopped has come: A must not be forgotten."""
    with Stage() as stage:
        troupe = Troupe(stage, "abcd", strategy=Strategy.REST_FOR_ONE).begin()
        for name in "ab":
            troupe.addresses[name].tell(Fall())
        stage.settle()
        assert troupe.states() == "a:backing off b:backing off c:backing off d:backing off"
        stage.clock.advance(2)
        assert troupe.written() == "+a +b +c +d -d -c +a +b +c +d"
        assert troupe.states() == "a:running b:running c:running d:running"
        assert len(troupe.supervisor.back_offs.under_way) == 0


def test_a_larger_group_takes_a_waiting_smaller_one_along() -> None:
    """C and D wait for their back-off when A falls: nobody is started twice, and all in order."""
    with Stage() as stage:
        troupe = Troupe(stage, "abcd", strategy=Strategy.REST_FOR_ONE).begin()
        troupe.tell("c", Fall())
        stage.clock.advance(0.5)
        troupe.tell("a", Fall())
        stage.clock.advance(1.9)
        assert troupe.written() == "+a +b +c +d -d -b"
        stage.clock.advance(0.2)
        assert troupe.written() == "+a +b +c +d"
        stage.clock.advance(60)
        assert troupe.written() == ""


def test_a_revived_child_that_falls_takes_its_whole_group_along() -> None:
    with Stage() as stage:
        troupe = Troupe(stage, "abc", strategy=Strategy.REST_FOR_ONE).begin()
        troupe.tell("a", Fall())
        assert stage.ask(troupe.ref, Revive("c")) is True
        troupe.tell("c", Fall())
        stage.clock.advance(60)
        assert troupe.states() == "a:running b:running c:running"
        assert troupe.written() == "+a +b +c -c -b +c +a +b +c"


def test_the_back_off_doubles_and_a_healthy_life_resets_it() -> None:
    with Stage() as stage:
        troupe = Troupe(stage, "a").begin()
        for delay in (1, 2, 4):
            troupe.tell("a", Fall())
            assert troupe.timers() == [delay]
            stage.clock.advance(5)
        stage.clock.advance(59)
        troupe.tell("a", Fall())
        assert troupe.timers() == [1]
        stage.clock.advance(1)
        restarts = [record for record in troupe.journal.got(Record) if record.event == "restarted"]
        assert [record.details["falls"] for record in restarts] == [1, 2, 3, 4]


@pytest.mark.parametrize("excess", Excess)
def test_a_fatal_cause_parks_the_child_and_says_why(excess: Excess) -> None:
    with Stage() as stage:
        troupe = Troupe(stage, excess=excess).begin()
        troupe.tell("b", Fall(fatal=True))
        stage.clock.advance(100)
        assert troupe.states() == "a:running b:parked c:running"
        assert troupe.place("b").reason == "Fatal: hopeless"
        (parked,) = (record for record in troupe.journal.got(Record) if record.event == "parked")
        assert (parked.path, parked.kind, parked.details) == ("top/b", "Extra", {"reason": "Fatal: hopeless"})
        assert troupe.addresses["b"].closed
        assert stage.ask(troupe.ref, Revive("b")) is True
        assert troupe.states() == "a:running b:running c:running"


def test_excess_parks_only_that_child() -> None:
    with Stage() as stage:
        troupe = Troupe(stage, excess=Excess.PARK).begin()
        for _ in range(3):
            troupe.tell("b", Fall())
            assert stage.ask(troupe.ref, Revive("b"))
            troupe.place("b").falls.streak = 0
        for name in "aab":
            troupe.tell(name, Fall())
            stage.clock.advance(2)
        assert "parked" not in troupe.states(), "falls are counted for each, and a revival forgives them"
        for _ in range(4):
            troupe.tell("a", Fall())
            stage.clock.advance(0)
            troupe.place("a").falls.streak = 0
            stage.clock.advance(1)
        assert troupe.states() == "a:parked b:running c:running"
        assert troupe.ref.is_alive()


def test_only_what_can_be_revived_is() -> None:
    with Stage() as stage:
        troupe = Troupe(stage).begin()
        assert stage.ask(troupe.ref, Revive("nobody")) is False
        assert stage.ask(troupe.ref, Revive("a")) is False
        troupe.tell("a", Fall())
        assert stage.ask(troupe.ref, Revive("a")) is True
        troupe.unborn.add("a")
        troupe.tell("a", Fall())
        assert stage.ask(troupe.ref, Revive("a")) is False
        assert troupe.states() == "a:backing off b:running c:running"


@pytest.mark.parametrize("how", ["unborn", "stillborn"])
@pytest.mark.parametrize("strategy", Strategy)
def test_a_child_that_cannot_start_backs_off_then_fells_the_branch(strategy: Strategy, how: str) -> None:
    with Stage() as stage:
        troupe = Troupe(stage, "abc", strategy=strategy)
        getattr(troupe, how).add("b")
        troupe.begin()
        for delay in (1, 2, 4):
            assert troupe.timers() == [delay]
            assert troupe.ref.is_alive()
            stage.clock.advance(delay)
        (fell,) = stage.fallen()
        assert (fell.error, fell.message) == ("Escalation", "more than 3 falls in 10 s")
        falls = [record for record in troupe.journal.got(Record) if record.event == "fell"]
        assert len(falls) == 4
        assert "cannot" in falls[0].details["message"]
        assert "Traceback" in falls[0].details["traceback"]
        assert troupe.timers() == []
        assert not any(place.alive for place in troupe.supervisor.places.values())
        assert troupe.diary.count("+a") - troupe.diary.count("-a") == 0


def test_nobody_is_started_while_a_group_is_being_stopped() -> None:
    with Stage() as stage:
        troupe = Troupe(stage, "abc", strategy=Strategy.ONE_FOR_ALL)
        troupe.unborn.add("b")
        troupe.begin()
        assert troupe.written() == "+a -a"
        troupe.unborn.clear()
        stage.clock.advance(1)
        assert troupe.written() == "+a +b +c"


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    "error",
    [SystemExit(3), gevent.Timeout(1), RuntimeError("at /x?token=s3cr3t"), Unspeakable()],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_constructor_raises_is_a_fall_of_that_child(error: BaseException) -> None:
    """Seen to fail: what is no Exception, or has no words, felled the branch, and secrets stood in the reason."""

    def start(*_: object) -> pykka.ActorRef[Any]:
        raise error

    with Stage() as stage:
        journal, unborn = stage.probe("journal"), Child(Address("a"), start)
        branch = Branch(Address("top"), (unborn,), excess=Excess.PARK, limits=STEADY)
        supervisor = stage.actor(stage.start(Supervisor, branch, stage.clock, journal, path="top"))
        stage.clock.advance(100)
        assert supervisor.places["a"].state is State.PARKED
        *falls, parked = journal.got(Record)
        assert [fall.details["class"] for fall in falls] == [type(error).__name__] * 4
        assert parked.details == {"reason": f"{type(error).__name__}: {falls[0].details['message']}"}
        assert "s3cr3t" not in str(journal.mail)
