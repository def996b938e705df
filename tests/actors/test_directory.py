import pytest

from actors import directory as directories
from actors.directory import Directory
from actors.errors import Unavailable
from actors.falls import Limits
from actors.messages.directory import Bequest, Deliver, DeliverAll, Find
from actors.messages.keeper import Record
from actors.messages.supervision import Ended, Fell
from actors.messages.user import Look, Report, Unwatch, Withdraw
from actors.presence import Source, Subject
from tests.actors.home import ALICE, Home, Poison
from tests.actors.viewers import NotingLane, PlainEncoding


def test_anybody_is_found_and_started_on_first_need(home: Home) -> None:
    home.learn(ALICE)
    ref = home.stage.ask(home.house.directory, Find("alice"))
    assert ref is home.stage.ask(home.house.directory, Find("id-a"))
    assert home.stage.actor(ref).subject == ALICE
    assert home.stage.actor(home.stage.ask(home.house.directory, Find("bob"))).subject == Subject("bob", "bob")


def test_who_is_started_and_who_ends_is_counted(home: Home) -> None:
    """HOUSE 7: they are counted, not written singly."""
    for name in ("alice", "bob", "alice"):
        home.stage.ask(home.house.directory, Find(name))
    assert home.house.headcount.users_begun == 2
    home.fall("alice", 1)
    assert (home.house.headcount.users_begun, home.house.headcount.users_ended) == (2, 1)


def test_one_falls_alone_and_is_there_again_with_the_next_message(home: Home) -> None:
    home.report("alice", home.claim())
    home.report("bob", home.claim())
    bob = home.user("bob")
    home.fall("alice", 5)
    home.report("alice", home.claim("go"))
    assert home.look("alice").activities[0].name == "go"
    assert home.user("bob") is bob
    falls = [record for record in home.probe("journal").got(Record) if record.event == "fell"]
    assert {(record.path, record.details["class"]) for record in falls} == {("directory/alice", "TypeError")}


def test_after_too_many_falls_a_user_rests_and_what_comes_is_held_in_its_order(home: Home) -> None:
    home.fall("alice", 6)
    for number in range(50):
        home.report("alice", home.claim(str(number), source="socket", lasts=None))
        home.deliver("alice", Withdraw(Source("session", "socket")))
    lane = home.watch("alice", PlainEncoding(every_report=True))
    gone = home.watch("alice")
    home.deliver("alice", Unwatch(gone))  # type: ignore[arg-type]
    home.report("alice", home.claim("chess"))
    assert home.user("alice") is None
    with pytest.raises(Unavailable) as refused:
        home.stage.ask(home.house.directory, Find("alice"))
    assert refused.value.retry_after == pytest.approx(16.0)
    home.stage.clock.advance(15.9)
    assert home.user("alice") is None
    home.stage.clock.advance(0.2)
    assert lane.take() == ["snapshot alice", "update alice chess"]
    assert home.user("alice").watchers.lanes == [lane]
    assert home.house.directory.ref is not None
    directory = home.stage.actor(home.house.directory.ref)
    assert directory.held == {}
    assert directory.resting_until == {}


def test_a_clock_that_is_set_back_lets_nobody_rest_longer(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail: who rested as the clock was set back by an hour did so for an hour more."""
    home.fall("alice", 6)
    now = home.stage.clock.now
    monkeypatch.setattr(home.stage.clock, "now", lambda: now() - 3_600)
    home.report("alice", home.claim("chess"))
    home.stage.clock.advance(17)
    assert home.look("alice").activities[0].name == "chess"


def test_one_timer_waits_for_one_who_rests_however_much_comes(home: Home) -> None:
    """Seen to fail when each message had a timer of its own: order was left to chance, and memory to the sender."""
    home.fall("alice", 6)
    waiting = len(home.stage.clock.pending)
    for _ in range(100):
        home.report("alice", home.claim())
    assert len(home.stage.clock.pending) <= waiting + 1


def test_what_is_held_is_bounded_and_the_journal_says_so_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directories, "HELD", 3)
    home.fall("alice", 6)
    for number in range(10):
        home.report("alice", home.claim(str(number), source=str(number)))
    assert [record.event for record in home.probe("journal").got(Record)].count("flooded") == 1
    home.stage.clock.advance(17)
    assert [activity.name for activity in home.look("alice").activities] == ["0", "1", "2"]


def test_a_bequest_reaches_the_next_life_even_when_the_directory_falls_before_the_news_of_the_end(home: Home) -> None:
    home.report("alice", home.claim())
    directory, ref = home.house.directory, home.house.register.refs["alice"]
    home.stage.actor(directory.ref).heir = directory
    directory.ref.tell(Poison())
    ref.tell(Poison())
    ref.tell(Report(home.claim("go")))
    while ref.is_alive():
        home.stage.step(1)
    home.stage.settle()
    assert [fell.kind for fell in home.stage.fallen()] == ["Directory"]
    assert home.probe("directory").got(Bequest)
    directory.move_in(home.stage.start(Directory, home.house, Limits(), path="directory"))
    home.stage.settle()
    assert home.look("alice").activities[0].name == "go"


def test_nobody_is_started_to_hear_that_somebody_left(home: Home) -> None:
    home.deliver("alice", Unwatch(NotingLane(PlainEncoding())))  # type: ignore[arg-type]
    assert home.user("alice") is None


def test_a_crowd_that_leaves_floods_no_mailbox(home: Home) -> None:
    parcels = tuple(Deliver(f"user-{number}", Report(home.claim())) for number in range(500))
    home.house.directory.ref.actor_inbox.limit = 1
    home.stage.tell(home.house.directory, DeliverAll(parcels))
    home.house.directory.ref.actor_inbox.limit = 1_000
    assert len(home.house.register.refs) == 500


def test_what_ends_something_fits_into_a_full_mailbox_or_ghosts_would_stay(home: Home) -> None:
    """Seen to fail: a claim whose withdrawal or end was refused in a flood was believed for ever."""
    for number in range(4):
        home.report("alice", home.claim(f"chess {number}", source=str(number), lasts=None))
    directory, alice = home.house.directory.ref, home.house.register.refs["alice"]
    for mailbox in (directory.actor_inbox, alice.actor_inbox):
        mailbox.limit = 1
    for message in (Look(), Look()):
        alice.tell(message)
    alice.tell(Withdraw(Source("session", "0")))
    for message in (Look(), Look(), Withdraw(Source("session", "1"))):
        directory.tell(Deliver("alice", message))
    directory.tell(DeliverAll((Deliver("alice", Withdraw(Source("session", "2"))),)))
    home.stage.settle()
    assert [activity.name for activity in home.look("alice").activities] == ["chess 3"]
    assert directory.actor_inbox.refused
    assert alice.actor_inbox.refused


def test_users_outlive_the_directory_and_its_next_life_knows_them(home: Home) -> None:
    home.report("alice", home.claim())
    alice = home.user("alice")
    directory = home.house.directory
    old = directory.ref
    old.tell(Poison())
    home.stage.settle()
    assert [fell.kind for fell in home.stage.fallen()] == ["Directory"]
    ref = home.stage.start(Directory, home.house, Limits(), path="directory", heir=directory)
    directory.move_in(ref)
    home.report("alice", home.claim("go"))
    assert home.user("alice") is alice
    assert home.look("alice").activities[0].name == "go"
    home.fall("alice")
    assert home.user("alice") is None


def test_a_directory_that_stops_takes_its_users_along(home: Home) -> None:
    home.report("alice", home.claim())
    ref = home.house.register.refs["alice"]
    home.house.directory.ref.stop(block=False)
    home.stage.settle()
    assert not ref.is_alive()
    assert home.probe("directory").got(Ended)
    assert not home.probe("directory").got(Fell)


def test_the_falls_of_a_user_who_ended_well_are_forgotten(home: Home) -> None:
    home.fall("alice", 3)
    home.deliver("alice", Look())
    home.stage.clock.advance(61)
    assert home.user("alice") is None
    assert home.stage.actor(home.house.directory.ref).falls == {}
