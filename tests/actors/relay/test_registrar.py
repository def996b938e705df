"""Registrar: durable before the answer; three days whether or not a stream stands; what ends a registration."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from actors.accounts import digest_of
from actors.bulletin import Notified
from actors.errors import Unavailable
from actors.leases import LeaseSupervisor
from actors.messages.courier import Abandon, Delayed, Delivered, Died, Knock
from actors.messages.relay import CaughtUp, Expired, Reload, StreamChanged, StreamRefused, Unregister
from actors.messages.streams import Close, Open
from actors.relay.ledger import Past
from actors.relay.maps import Maps
from actors.relay.registrar import AGAIN, Registrar
from actors.relay.registration import LEASE, CatchUpState, StreamState
from tests.actors.relay.cast import MAPS, Ledger, wish
from tests.clock import BEGINNING
from tests.stage import Stage

PLACE = ("https://a.example", "app", "tag")


class Office:
    """A registrar with its ledger, on a stage with real leases."""

    def __init__(self, stage: Stage, *, end_on_410: bool = False) -> None:
        self.stage = stage
        self.house: Any = stage.house()
        self.house.registrations.maps = MAPS
        self.ledger = Ledger()
        self.end_on_410 = end_on_410
        self.house.leases.move_in(stage.start(LeaseSupervisor, self.house, path="leases"))

    def open(self) -> "Office":
        wanted = {"end_on_410": self.end_on_410, "presence_seconds": 300.0}
        self.house.relay.move_in(self.stage.start(Registrar, self.house, self.ledger, **wanted, path="relay"))
        return self

    def restart(self) -> "Office":
        """As a new process would, with the same ledger."""
        later = Office(self.stage, end_on_410=self.end_on_410)
        later.ledger = self.ledger
        return later

    def ask(self, message: Any) -> Any:
        return self.stage.ask(self.house.relay, message)

    def tell(self, message: Any) -> None:
        self.stage.tell(self.house.relay, message)

    @property
    def known(self) -> Any:
        return self.house.registrations.at(PLACE)

    def ended(self, registration: Any) -> bool:
        """Whether everybody has heard that it is over."""
        gone = not self.ledger.entries and self.house.registrations.find(registration.id) is None
        told = (
            Close(registration.id) in self.house.streams.mail and Abandon(registration.queue) in self.house.courier.mail
        )
        assert gone is told
        return gone


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as stage:
        yield stage


@pytest.fixture
def office(stage: Stage) -> Office:
    return Office(stage).open()


def test_a_registration_is_kept_before_the_answer_and_a_stream_is_opened(office):
    made = office.ask(wish())
    assert (made.instance, made.app, made.tag, made.expires_at) == (*PLACE, BEGINNING + LEASE)
    assert [entry.registration for entry in office.ledger.entries.values()] == [made]
    assert office.known == made
    assert office.house.streams.take() == [Open(made)]
    assert office.house.courier.take() == []


def test_a_store_that_is_away_is_the_answer_and_changes_nothing(office):
    office.ledger.away = True
    with pytest.raises(Unavailable, match="store-away"):
        office.ask(wish())
    assert office.known is None
    assert office.house.streams.take() == []
    office.ledger.away = False
    made = office.ask(wish())
    office.ledger.away = True
    with pytest.raises(Unavailable, match="store-away"):
        office.ask(Unregister(*PLACE))
    assert office.known == made


def test_registering_again_renews_and_counts_at_once(office, stage):
    first = office.ask(wish(endpoint="user"))
    stage.clock.advance(60)
    office.house.streams.take()
    again = office.ask(wish(token="n3w", callback_url="https://app.example/new"))
    assert (again.id, again.token, again.endpoint) == (first.id, "n3w", None)
    assert again.expires_at == BEGINNING + 60 + LEASE
    assert office.house.streams.take() == [Open(again)]
    assert office.house.courier.take() == [Knock(first.queue)]
    destination = office.house.registrations.destination(first.queue, office.house.relay)
    assert (destination.url, destination.owner, destination.key) == (
        "https://app.example/new",
        office.house.relay,
        b"s1gn",
    )


def test_unregistering_ends_it_and_is_idempotent(office):
    made = office.ask(wish())
    assert office.ask(Unregister(*PLACE)) is True
    assert office.ended(made)
    assert office.house.registrations.destination(made.queue, office.house.relay) is None
    assert office.ask(Unregister(*PLACE)) is False


def test_three_days_and_not_a_second_less(office, stage):
    made = office.ask(wish())
    stage.clock.advance(LEASE - 1)
    assert office.known == made
    stage.clock.advance(1.1)
    assert office.ended(made)


def test_a_renewal_moves_the_end(office, stage):
    office.ask(wish())
    stage.clock.advance(LEASE - 1)
    made = office.ask(wish())
    stage.clock.advance(LEASE - 1)
    assert office.known == made
    stage.clock.advance(1.1)
    assert office.ended(made)


def test_an_end_that_comes_late_does_not_end_what_was_renewed(office, stage):
    made = office.ask(wish())
    office.tell(Expired(made.id, BEGINNING))
    assert office.known == made
    stage.clock.advance(LEASE + 0.1)
    assert office.ended(made)


def test_the_leases_come_back_with_the_supervisor(office, stage):
    made = office.ask(wish())
    stage.actor(office.house.leases.ref).stop()
    stage.settle()
    office.house.leases.move_in(stage.start(LeaseSupervisor, office.house, path="leases"))
    stage.clock.advance(LEASE + 0.1)
    assert office.ended(made)


def test_a_refused_token_ends_it_unless_there_is_a_newer_one(office):
    made = office.ask(wish())
    renewed = office.ask(wish(token="n3w"))
    office.tell(StreamRefused(made.id, "t0ken", "401"))
    assert office.known == renewed
    office.tell(StreamRefused(made.id, "n3w", "401"))
    assert office.ended(made)
    office.tell(StreamRefused(made.id, "n3w", "401"))


@pytest.mark.parametrize("end", [StreamRefused, Expired, Died])
def test_an_end_waits_for_a_store_that_is_away(stage, end):
    office = Office(stage, end_on_410=True).open()
    made = office.ask(wish())
    office.ledger.away = True
    message = {
        StreamRefused: StreamRefused(made.id, "t0ken", "401"),
        Died: Died(made.queue, "d", 410, None, 1),
        Expired: Expired(made.id, made.expires_at),
    }[end]
    if end is Expired:
        stage.clock.advance(LEASE + 0.1)
    else:
        office.tell(message)
    assert office.known == made
    office.ledger.away = False
    stage.clock.advance(AGAIN)
    assert office.ended(made)


def test_a_callbacks_410_ends_it_only_where_the_operator_wants_that(stage):
    for wanted in (False, True):
        office = Office(stage, end_on_410=wanted).open()
        made = office.ask(wish())
        office.tell(Died(made.queue, "d", 404, None, 1))
        assert office.known == made
        office.tell(Died(made.queue, "d", 410, None, 1))
        assert office.ended(made) is wanted


def test_the_figures(office, stage):
    made = office.ask(wish())
    figures = office.house.registrations.figures[made.id]
    office.tell(StreamChanged(made.id, StreamState.WAITING, "503", 5.0, 9.0))
    assert (figures.state, figures.reason, figures.since, figures.next_try_at) == (StreamState.WAITING, "503", 5.0, 9.0)
    office.tell(Delivered(made.queue, "1", 202, 0.1))
    office.tell(Delayed(made.queue, "2", 503, None, 77.0))
    assert (figures.delivered, figures.delayed, figures.last_failure, figures.next_callback_at) == (1, 1, "503", 77.0)
    office.tell(Delayed(made.queue, "2", None, "unreachable", 88.0))
    assert (figures.last_failure, figures.next_callback_at) == ("unreachable", 88.0)
    office.tell(Died(made.queue, "2", 404, None, 1))
    assert (figures.failed, figures.next_callback_at) == (1, None)
    office.ask(wish(token="n3w"))
    assert office.house.registrations.figures[made.id] is figures, "a renewal begins no new count"


def test_readers_by_a_token_leave_with_its_last_registration(office, monkeypatch):
    dismissed = []
    monkeypatch.setattr(type(office.house.bulletin), "dismiss", lambda _self, *about: dismissed.append(about[0]))
    topic = Notified(digest_of("t0ken"))
    made, other = office.ask(wish()), office.ask(wish("other"))
    assert office.house.registrations.has_token(topic.digest)
    office.ask(wish(token="n3w"))
    assert dismissed == [], "the other one has it still"
    office.tell(StreamRefused(other.id, "t0ken", "401"))
    assert dismissed == [topic]
    assert not office.house.registrations.has_token(topic.digest)
    office.tell(StreamRefused(made.id, "n3w", "401"))
    assert dismissed == [topic, Notified(digest_of("n3w"))]


def test_news_of_what_is_gone_is_read_over(office):
    made = office.ask(wish())
    figures = replace(office.house.registrations.figures[made.id])
    office.tell(StreamChanged("gone", StreamState.OPEN, "", 5.0))
    office.tell(Delivered("relay:gone", "1", 202, 0.1))
    office.tell(Died("relay:gone", "1", 410, None, 1))
    office.tell(Delayed("relay:gone", "1", 503, None, 1.0))
    office.tell(StreamRefused("gone", "t", "401"))
    office.tell(Expired("gone", 1.0))
    assert office.known == made
    assert office.house.registrations.figures == {made.id: figures}


def test_new_maps_leave_what_stands_alone_until_the_next_start(office):
    made = office.ask(wish())
    office.tell(Reload(Maps()))
    assert office.house.registrations.maps == Maps()
    assert office.known == made
    later = office.restart()
    later.house.registrations.maps = Maps()
    later.open()
    assert later.known is None
    assert later.ledger.entries == {}


def test_a_start_takes_up_what_is_kept(office, stage):
    made = office.ask(wish())
    stage.clock.advance(60)
    later = office.restart().open()
    assert later.known == made
    assert later.house.streams.take() == [Open(made)]
    stage.clock.advance(LEASE - 60 + 0.1)
    assert later.known is None


@pytest.mark.parametrize(
    "maps",
    [
        Maps({}, MAPS.instances),
        Maps(MAPS.apps, {}),
        Maps({"app": type(MAPS.apps["app"])("another secret")}, MAPS.instances),
    ],
)
def test_a_start_drops_what_the_maps_allow_no_more(office, maps):
    office.ask(wish())
    later = office.restart()
    later.house.registrations.maps = maps
    later.open()
    assert later.known is None
    assert later.ledger.entries == {}
    assert later.house.streams.take() == []
    (told,) = [record for record in later.house.journal.mail if record.event == "ended"]
    assert told.details == {"registration": "https://a.example:app:tag", "reason": "not allowed any more"}


def test_what_was_over_while_nothing_ran_ends_at_the_start(office, stage):
    made = office.ask(wish())
    office.house.relay.ref.stop(block=False)
    stage.actor(office.house.leases.ref).stop()
    stage.clock.advance(LEASE + 100)
    later = office.restart().open()
    stage.clock.advance(0.1)
    assert later.ended(made)


def test_a_start_without_a_store_waits_for_it(stage):
    office = Office(stage)
    office.ledger.register(wish(), "1", BEGINNING)
    office.ledger.away = True
    office.open()
    for ask in (wish(), Unregister(*PLACE)):
        with pytest.raises(Unavailable, match="store-away"):
            office.ask(ask)
    office.ledger.away = False
    with pytest.raises(Unavailable, match="store-away"):
        office.ask(wish())
    stage.clock.advance(AGAIN)
    assert office.known.id == "1"


def test_the_next_life_compares_with_what_is_kept(office, stage):
    made = office.ask(wish())
    other = office.ask(wish("other"))
    office.ledger.remove((made.id,))  # and then it fell, before anybody heard
    office.house.registrations.maps = Maps()  # reloaded meanwhile: that counts at the next start of the process only
    office.house.relay.ref.stop(block=False)
    stage.settle()
    office.open()
    assert office.known is None
    assert list(office.house.registrations) == [other]


def test_the_past_is_taken_up_once_and_this_process_knows_better_since(office, stage):
    kept = office.ask(wish())
    office.ledger.told = {kept.queue: Past("41", 7, 2), "relay:gone": Past("7")}
    later = office.restart().open()
    stage.settle()
    roll = later.house.registrations
    assert roll.marks == {kept.id: "41"}
    roll.note_mark(kept.id, "42")
    later.tell(Delivered(kept.queue, "id", 200, 0.1))
    later.open()  # its next life
    stage.settle()
    assert roll.marks == {kept.id: "42"}
    figures = roll.figures[kept.id]
    assert (figures.delivered, figures.failed) == (8, 2)


def test_the_figures_of_catching_up(office):
    kept = office.ask(wish())
    for state, brought in ((CatchUpState.ASKING, 0), (CatchUpState.COMPLETE, 3), (CatchUpState.INCOMPLETE, 2)):
        office.tell(CaughtUp(kept.id, state, "why", brought))
    figures = office.house.registrations.figures[kept.id]
    assert (figures.catch_up, figures.catch_up_reason) == (CatchUpState.INCOMPLETE, "why")
    assert (figures.caught_up, figures.incomplete) == (5, 1)
    office.tell(CaughtUp("gone", CatchUpState.COMPLETE))
