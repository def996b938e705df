"""Streams: one for each registration; it falls alone, comes back after its back-off, or is parked and says why."""

from collections.abc import Iterator
from typing import Any

import pykka
import pytest
from gevent.event import Event
from pykka.messages import _ActorStop

from actors.clock import WallClock
from actors.falls import Limits
from actors.house import House
from actors.messages.relay import Finish, StreamChanged
from actors.messages.streams import Close, Open
from actors.relay.registration import Instance, Registration, StreamState
from actors.relay.streams import Streams
from actors.runtime import WaitingActor, handles
from storage.board import LocalBoard
from tests.actors.relay.cast import MAPS, QuietStream
from tests.clock import BEGINNING
from tests.stage import Stage

LIMITS = Limits(falls=2, period=60.0, first_delay=1.0, jitter=0.0)


def registration(ident: str = "1", token: str = "t0ken") -> Registration:
    return Registration(ident, "https://a.example", "app", ident, token, "https://c.example", None, BEGINNING + 60)


class Poison:
    """A message that no stream knows."""


class Water:
    """Streams on a stage, and whoever lives in them."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.house: Any = stage.house()
        self.house.registrations.maps = MAPS
        self.begin()

    def begin(self) -> None:
        self.house.streams.move_in(self.stage.start(Streams, self.house, LIMITS, start_quiet, path="streams"))

    def open(self, made: Registration) -> None:
        self.house.registrations.learn(made, BEGINNING)
        self.stage.tell(self.house.streams, Open(made))

    def stream(self, ident: str = "1") -> Any:
        ref = self.house.registrations.refs.get(ident)
        return self.stage.actor(ref) if ref is not None and ref.is_alive() else None

    def fell(self, ident: str = "1") -> None:
        self.stage.tell(self.house.registrations.refs[ident], Poison())


def start_quiet(made: Registration, instance: Instance, parent: Any, path: str) -> Any:
    return QuietStream.start(made, instance, parent=parent, path=path)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage


@pytest.fixture
def water(stage: Stage) -> Iterator[Water]:
    water = Water(stage)
    yield water
    for ref in water.house.registrations.refs.values():  # on the stage nobody may be waited for
        ref.stop(block=False)
    stage.settle()


def test_a_stream_knows_its_registration_and_its_instance(water):
    water.open(registration())
    assert water.stream().registration == registration()
    assert water.stream().instance == Instance("https://a.example", endpoint="user")
    assert water.stream().path == "streams/1"


def test_one_that_stands_hears_of_a_renewal(water):
    water.open(registration())
    stream = water.stream()
    water.open(registration(token="n3w"))
    assert water.stream() is stream
    assert stream.renewals == [registration(token="n3w")]


def test_what_is_closed_ends_and_is_not_missed(water, stage):
    water.open(registration())
    ref = water.house.registrations.refs["1"]
    water.house.registrations.forget("1")
    stage.tell(water.house.streams, Close("1"))
    assert not ref.is_alive()
    stage.clock.advance(600)
    assert water.stream() is None
    assert water.house.relay.mail == []
    stage.tell(water.house.streams, Close("1"))


def test_one_falls_alone_and_comes_back_after_its_back_off(water, stage):
    water.open(registration("1"))
    water.open(registration("2"))
    other = water.stream("2")
    water.fell("1")
    assert water.stream("1") is None
    assert water.stream("2") is other
    assert water.house.relay.take() == [
        StreamChanged("1", StreamState.WAITING, "TypeError", BEGINNING, BEGINNING + 1.0)
    ]
    stage.clock.advance(1.0)
    assert water.stream("1").registration == registration("1")


def test_one_that_ends_by_itself_comes_back_too(water, stage):
    water.open(registration())
    water.house.registrations.refs["1"].stop(block=False)
    stage.settle()
    assert water.stream() is None
    stage.clock.advance(1.0)
    assert water.stream() is not None


def test_after_too_many_falls_it_is_parked_until_it_is_registered_again(water, stage):
    water.open(registration())
    for delay in (1.0, 2.0):
        water.fell()
        stage.clock.advance(delay)
    water.house.relay.take()
    water.fell()
    (told,) = water.house.relay.take()
    assert (told.state, told.reason) == (StreamState.PARKED, "TypeError")
    stage.clock.advance(3_600)
    assert water.stream() is None
    water.open(registration())
    assert water.stream() is not None
    water.fell()
    assert water.house.relay.take()[-1].state is StreamState.WAITING, "its falls are forgiven"


def test_what_was_renewed_during_its_back_off_begins_at_once_and_once(water, stage):
    water.open(registration())
    water.fell()
    water.open(registration(token="n3w"))
    stream = water.stream()
    assert stream.registration.token == "n3w"
    stage.clock.advance(10)
    assert water.stream() is stream


def test_what_ended_during_its_back_off_stays_away(water, stage):
    water.open(registration())
    water.fell()
    water.house.registrations.forget("1")
    stage.tell(water.house.streams, Close("1"))
    stage.clock.advance(10)
    assert water.stream() is None


def test_the_next_life_takes_over_who_lives_and_starts_who_does_not(water, stage):
    for ident in ("1", "2"):
        water.open(registration(ident))
    stays = water.stream("1")
    water.stage.tell(water.house.streams, Poison())
    assert stage.fallen()
    water.house.registrations.refs["2"].stop(block=False)
    stage.settle()
    water.begin()
    assert water.stream("1") is stays
    assert water.stream("2") is not None


class BusyStream(WaitingActor):
    """Handles `str` until its gate opens, as a stream hands over what it has read."""

    def __init__(self, work: "Work") -> None:
        super().__init__()
        self.work = work

    def on_stop(self) -> None:
        self.work.ended.set()

    @handles(Finish)
    def finish(self, _: Finish) -> None:
        self.stop()

    @handles(str)
    def hand_over(self, what: str) -> None:
        self.work.begun.set()
        self.work.gate.wait()
        self.work.done.append(what)


class Work:
    """Live streams, whose only one is busy."""

    def __init__(self) -> None:
        self.begun, self.gate, self.ended = Event(), Event(), Event()
        self.done: list[str] = []
        house = House(WallClock(), LocalBoard())
        house.registrations.learn(registration(), 0.0)
        self.streams = Streams.start(house, LIMITS, self.start, path="streams")

    def start(self, _made: Registration, _instance: Instance, parent: Any, path: str) -> Any:
        ref = BusyStream.start(self, parent=parent, path=path)
        ref.tell("a notification")
        return ref


def test_its_end_waits_for_what_streams_have_in_hand():
    work = Work()
    assert work.begun.wait(5)
    stopped = work.streams.ask(_ActorStop(), block=False)
    assert not work.ended.wait(0.05)
    with pytest.raises(pykka.Timeout):
        stopped.get(timeout=0.0)
    work.gate.set()
    stopped.get(timeout=5)
    assert work.done == ["a notification"]
    assert work.ended.is_set()


def test_and_not_for_ever(monkeypatch):
    monkeypatch.setattr("actors.relay.streams.STOP_WITHIN", 0.05)
    work = Work()
    assert work.begun.wait(5)
    work.streams.ask(_ActorStop(), block=False).get(timeout=5)
    assert work.ended.wait(5)
    assert work.done == []


def test_a_fall_is_written_down_without_the_token(water):
    water.open(registration())
    water.fell()
    assert [record.event for record in water.house.journal.mail] == ["fell"]
    assert "t0ken" not in str(water.house.journal.mail)
