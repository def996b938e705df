"""User and Watchers on the Stage: HOUSE law 2, 4, 5, 6."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors import audience as audiences
from actors.errors import Refused, Unavailable
from actors.messages import (
    Bequest,
    Deliver,
    Forget,
    Grant,
    Lapsed,
    Look,
    Record,
    Refresh,
    Release,
    Remember,
    Report,
    Unwatch,
    Watch,
    Withdraw,
)
from actors.presence import NOBODY, Source, Status
from actors.user import IDLE_SECONDS
from tests.actors.home import Home, Poison
from tests.actors.viewers import NotingLane, PlainEncoding
from tests.stage import Stage


@pytest.fixture
def home() -> Iterator[Home]:
    with Stage() as stage:
        yield Home(stage)


def ask(home: Home, user: str, message: Any) -> Any:
    return home.stage.ask(home.house.register.refs[user], message)


# Claims


def test_a_report_is_kept_and_answered_with_the_claim_as_it_stands(home: Home) -> None:
    first = home.claim("chess")
    home.report("alice", first)
    home.stage.clock.advance(5)
    later = replace(home.claim("go"), since=home.stage.clock.now())
    stands = ask(home, "alice", Report(later))
    assert stands == replace(later, since=first.since)
    assert home.look("alice").claims == (stands,)
    assert home.house.board.claims("alice") == (stands,)
    assert home.probe("keeper").got(Remember)[-1] == Remember("alice", stands, stands.expires_at)
    assert home.probe("leases").got(Grant) == [Grant("alice", first.source, first.expires_at)]


def test_only_known_refuses_a_stranger_and_one_whose_lease_is_over(home: Home) -> None:
    home.report("alice", home.claim(lasts=10))
    with pytest.raises(Refused, match="unknown-source"):
        ask(home, "alice", Report(home.claim(source="2"), only_known=True))
    assert ask(home, "alice", Report(home.claim("go", lasts=10), only_known=True)).activities[0].name == "go"
    home.stage.clock.elapsed += 10  # the news of the end has not come yet
    with pytest.raises(Refused, match="unknown-source"):
        ask(home, "alice", Report(home.claim(), only_known=True))


def test_a_silent_report_tells_nobody(home: Home) -> None:
    lane = home.watch("alice", PlainEncoding(every_report=True))
    lane.take()
    home.deliver("alice", Report(home.claim(""), silent=True))
    assert lane.take() == []
    assert len(home.look("alice").claims) == 1


def test_a_refresh_moves_the_end_and_makes_no_update(home: Home) -> None:
    """Seen to fail when refresh published like report."""
    lane = home.watch("alice", PlainEncoding(every_report=True))
    home.report("alice", home.claim(lasts=10))
    lane.take()
    end = home.stage.clock.now() + 100
    assert ask(home, "alice", Refresh(Source("session", "1"), end)).expires_at == end
    assert lane.take() == []
    home.stage.clock.advance(99)
    assert home.look("alice").claims
    home.stage.clock.advance(1.1)
    assert home.look("alice").claims == ()
    with pytest.raises(Refused, match="unknown-source"):
        ask(home, "alice", Refresh(Source("session", "1"), end))


def test_a_withdrawn_claim_is_gone_everywhere(home: Home) -> None:
    home.report("alice", home.claim())
    lane = home.watch("alice")
    assert ask(home, "alice", Withdraw(Source("session", "1"))) is True
    assert lane.take() == ["snapshot alice chess", "update alice"]
    assert home.house.board.claims("alice") == ()
    assert home.probe("leases").got(Release) == [Release("alice", Source("session", "1"))]
    assert home.probe("keeper").got(Forget) == [Forget("alice", Source("session", "1"))]
    assert ask(home, "alice", Withdraw(Source("session", "1"))) is False


def test_withdrawing_what_was_not_to_be_believed_any_more_says_so(home: Home) -> None:
    home.report("alice", home.claim(lasts=10))
    home.stage.clock.elapsed += 10
    assert ask(home, "alice", Withdraw(Source("session", "1"))) is False
    assert home.look("alice") == NOBODY


def test_a_sooner_end_is_told_the_leases_and_no_end_takes_the_lease_back(home: Home) -> None:
    home.report("alice", home.claim(lasts=100))
    home.report("alice", sooner := home.claim(lasts=10))
    assert home.probe("leases").got(Grant)[-1].expires_at == sooner.expires_at
    home.report("alice", home.claim(lasts=None))
    assert home.probe("leases").got(Release) == [Release("alice", sooner.source)]
    home.stage.clock.advance(200)
    assert home.look("alice").claims


def test_a_user_that_starts_has_the_ends_of_what_it_finds_watched(home: Home) -> None:
    """Seen to fail without Tenure.take_up: an end that the last life fell over was never told again."""
    for source, lasts in (("1", 10.0), ("2", None), ("3", -5.0)):
        home.house.board.report("alice", home.claim(source=source, lasts=lasts))
    home.deliver("alice", Look())
    assert len(home.look("alice").claims) == 2
    home.stage.clock.advance(11)
    assert [claim.source.id for claim in home.house.board.claims("alice")] == ["2"]


def test_the_register_shows_what_is_known_of_whoever_is_awake(home: Home) -> None:
    presences = home.house.register.presences
    home.report("alice", home.claim())
    assert presences == {"alice": home.look("alice")}
    home.deliver("alice", Poison())
    assert len(presences["alice"].claims) == 1
    home.deliver("alice", Withdraw(Source("session", "1")))
    home.deliver("alice", Poison())
    assert presences == {}
    home.deliver("alice", Look())
    home.stage.clock.advance(IDLE_SECONDS + 1)
    assert presences == {}


def test_a_lease_renewed_while_its_end_is_under_way_goes_on(home: Home) -> None:
    home.report("alice", home.claim(lasts=10))
    renewed = home.claim("go", lasts=100)
    home.report("alice", renewed)
    home.deliver("alice", Lapsed("alice", renewed.source, renewed.since + 10))
    assert home.look("alice").activities[0].name == "go"
    assert home.probe("leases").got(Grant)[-1].expires_at == renewed.expires_at


# Watchers


def test_what_is_told_to_a_watcher_begins_with_the_snapshot_and_misses_nothing(home: Home) -> None:
    """Law 2. Seen to fail when Watch only seated the lane and the snapshot came with a second message."""
    lane = NotingLane(PlainEncoding())
    home.report("alice", home.claim("0"))
    for number in range(1, 20):
        if number == 7:
            home.house.directory.tell(Deliver("alice", Watch(lane)))  # type: ignore[arg-type]
        home.house.directory.tell(Deliver("alice", Report(home.claim(str(number)))))
    home.stage.settle()
    assert lane.take() == ["snapshot alice 6", *(f"update alice {number}" for number in range(7, 20))]


def test_encoded_once_per_encoding_however_many_watch(home: Home) -> None:
    """Law 5. Seen to fail when Audience.tell encoded for each lane."""
    encodings = PlainEncoding(), PlainEncoding()
    lanes = [home.watch("alice", encoding) for encoding in encodings for _ in range(50)]
    for encoding in encodings:
        encoding.encoded = 0
    home.report("alice", home.claim())
    assert [encoding.encoded for encoding in encodings] == [1, 1]
    assert all(lane.take() == ["snapshot alice", "update alice chess"] for lane in lanes)


def test_only_who_wants_every_report_is_told_of_one_that_changes_nothing(home: Home) -> None:
    every, changed = home.watch("alice", PlainEncoding(every_report=True)), home.watch("alice")
    for _ in range(3):
        home.report("alice", home.claim())
    assert len(every.take()) == 1 + 3
    assert len(changed.take()) == 1 + 1


def test_a_codec_that_raises_fells_only_its_own_subscribers(home: Home) -> None:
    """Law 5. Seen to fail when Watchers._send let the codec's error out: the User fell, and everybody with it."""
    bad, good = PlainEncoding(), PlainEncoding()
    felled = [home.watch("alice", bad) for _ in range(3)]
    spared = home.watch("alice", good)
    bad.error = ValueError("no such thing")
    home.report("alice", home.claim())
    assert all(lane.heard == [("codec", None)] for lane in felled)
    assert spared.heard == []
    assert spared.take() == ["snapshot alice", "update alice chess"]
    assert [r.event for r in home.probe("journal").got(Record) if r.kind == "User"] == ["codec-failed"]
    bad.error = None
    home.report("alice", home.claim("go"))
    assert all(lane.take() == ["snapshot alice"] for lane in felled)


def test_a_codec_that_raises_at_the_snapshot_leaves_the_user_alive(home: Home) -> None:
    encoding = PlainEncoding()
    encoding.error = ValueError("no such thing")
    lane = home.watch("alice", encoding)
    assert lane.heard == [("codec", None)]
    assert home.user("alice") is not None
    home.stage.clock.advance(IDLE_SECONDS + 1)
    assert home.user("alice") is None


def test_a_fan_out_goes_in_slices_between_which_other_mail_has_its_turn(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 6. Seen to fail when go_on went on until everybody was reached."""
    monkeypatch.setattr(audiences, "SLICE", 10)
    encoding = PlainEncoding()
    lanes = [home.watch("alice", encoding) for _ in range(35)]
    home.house.register.refs["alice"].tell(Report(home.claim()))
    home.stage.step()
    assert sum(len(lane.sent) == 2 for lane in lanes) == 10
    looked: list[Any] = []
    home.house.register.refs["alice"].ask(Look(), block=False).when_done(looked.append)  # type: ignore[attr-defined]
    while not looked:
        home.stage.step()
        gevent.sleep(0)
    assert sum(len(lane.sent) == 2 for lane in lanes) < 35
    home.stage.settle()
    assert all(len(lane.sent) == 2 for lane in lanes)


def test_a_snapshot_waits_under_no_key_and_updates_under_the_users(home: Home) -> None:
    """A snapshot that stands in an outbox must not give its place to an update: it may have another form."""
    lane = home.watch("alice")
    home.report("alice", home.claim())
    assert lane.keys == [None, "alice"]


def test_who_leaves_is_told_nothing_more(home: Home) -> None:
    lane = home.watch("alice")
    home.deliver("alice", Unwatch(lane))  # type: ignore[arg-type]
    home.report("alice", home.claim())
    assert lane.take() == ["snapshot alice"]


# Bursts


def test_the_first_of_a_burst_comes_at_once_and_the_newest_after_the_pause(home: Home) -> None:
    encoding = PlainEncoding(pause=0.25)
    alice, bob = home.watch("alice", encoding), home.watch("bob", encoding)
    plain = home.watch("alice")
    for number in range(5):
        home.report("alice", home.claim(str(number)))
    home.report("bob", home.claim("go"))
    assert alice.take() == ["snapshot alice", "update alice 0"]
    assert bob.take() == ["snapshot bob", "update bob go"]
    assert len(plain.take()) == 6
    home.stage.clock.advance(0.24)
    assert alice.take() == []
    home.stage.clock.advance(0.02)
    assert alice.take() == ["update alice 4"]
    home.report("alice", home.claim("5"))
    assert alice.take() == []
    home.stage.clock.advance(0.25)
    assert alice.take() == ["update alice 5"]
    home.stage.clock.advance(0.25)
    home.report("alice", home.claim("6"))
    assert alice.take() == ["update alice 6"]


@pytest.mark.parametrize("early", [0.5, 0.9, 0.999])
def test_a_timer_that_rings_early_neither_loses_nor_reorders_a_burst(
    home: Home, monkeypatch: pytest.MonkeyPatch, early: float
) -> None:
    """Seen to fail when resume ignored a ring before its time: the newest waited for ever, or came after a newer one.

    A loop's timer counts from the loop's own idea of now, which may be some milliseconds old.
    """
    after = home.stage.clock.after
    monkeypatch.setattr(home.stage.clock, "after", lambda seconds, *rest: after(seconds * early, *rest))
    lane = home.watch("alice", PlainEncoding(pause=0.25))
    for number in range(3):
        home.report("alice", home.claim(str(number)))
    home.stage.clock.advance(0.3)
    assert lane.take() == ["snapshot alice", "update alice 0", "update alice 2"]
    home.stage.clock.advance(0.3)
    home.report("alice", home.claim("3"))
    home.stage.clock.advance(1)
    assert lane.take() == ["update alice 3"]


def test_a_held_update_says_what_was_before_the_whole_burst(home: Home) -> None:
    encoding = PlainEncoding(pause=1.0, every_report=True)
    seen: list[Any] = []
    encoding.update = seen.append  # type: ignore[method-assign, assignment]
    home.watch("alice", encoding)
    for what in ("0", "1", "2", "2"):
        home.report("alice", home.claim(what))
    home.stage.clock.advance(1)
    (burst,) = seen[1:]
    assert (burst.before.activities[0].name, burst.after.activities[0].name, burst.changed) == ("0", "2", True)


# Life


def test_claims_come_back_from_the_board_and_watchers_get_a_fresh_snapshot_after_a_fall(home: Home) -> None:
    home.report("alice", home.claim("chess"))
    home.report("alice", home.claim("go", source="2", lasts=None))
    lane = home.watch("alice")
    lane.take()
    fallen = home.user("alice")
    home.deliver("alice", Poison())
    assert lane.heard == [("fell", "alice")]
    home.deliver("alice", Watch(lane))  # type: ignore[arg-type]
    assert home.user("alice") is not fallen
    assert lane.take() == ["snapshot alice chess go"]
    home.stage.clock.advance(61)
    assert lane.take() == ["update alice go"]


def test_mail_that_a_fallen_user_had_not_come_to_goes_to_its_next_life_in_order(home: Home) -> None:
    """Seen to fail when it was dropped: a Withdraw lost there was a ghost, a Watch lost there a silent socket."""
    lane = NotingLane(PlainEncoding())
    home.report("alice", home.claim())
    ref = home.house.register.refs["alice"]
    for message in (
        Poison(),
        Report(home.claim("go", source="2", lasts=None)),
        Watch(lane),  # type: ignore[arg-type]
        Withdraw(Source("session", "1")),
        Report(home.claim("chess", source="3")),
        Withdraw(Source("session", "2")),
    ):
        ref.tell(message)
    while ref.is_alive():
        home.stage.step()
    home.house.directory.tell(Deliver("alice", Withdraw(Source("session", "3"))))
    home.stage.settle()
    assert lane.take() == [
        "snapshot alice chess go",
        "update alice go",
        "update alice go chess",
        "update alice chess",
        "update alice",
    ]
    assert home.look("alice") == NOBODY
    assert home.house.board.claims("alice") == ()
    assert len(home.probe("directory").got(Bequest)) == 1


@given(st.sets(st.integers(0, 20), max_size=7), st.lists(st.integers(0, 5), max_size=200))
@settings(max_examples=60, deadline=None)
def test_whoever_falls_whenever_the_last_word_stands_and_is_seen(poisoned: set[int], turns: list[int]) -> None:
    """Whoever's turn it is. More than five falls make the user rest: what comes then is held in its order."""
    with Stage() as stage:
        home = Home(stage)
        lane = home.watch("alice")
        lane.user_fell = lambda _: home.house.directory.tell(Deliver("alice", Watch(lane)))  # type: ignore[method-assign, arg-type]
        for number in range(19):
            if number in poisoned:
                home.house.directory.tell(Deliver("alice", Poison()))
            home.house.directory.tell(Deliver("alice", Report(home.claim(str(number), source="socket", lasts=None))))
            if number % 3:
                home.house.directory.tell(Deliver("alice", Withdraw(Source("session", "socket"))))
        for turn in turns:
            stage.step(turn)
        stage.clock.advance(61)
        assert [activity.name for activity in home.look("alice").activities] == ["18"]
        assert [claim.activities[0].name for claim in home.house.board.claims("alice")] == ["18"]
        assert lane.take()[-1].split()[1:] == ["alice", "18"]


def test_whoever_asks_a_user_that_falls_hears_that_it_did_and_may_ask_the_next(home: Home) -> None:
    home.report("alice", home.claim())
    ref = home.house.register.refs["alice"]
    with pytest.raises(Unavailable):
        home.stage.ask(ref, Poison())
    home.deliver("alice", Report(home.claim("go")))
    assert home.look("alice").activities[0].name == "go"


def test_a_user_whom_nobody_needs_ends_and_comes_back(home: Home) -> None:
    home.report("alice", home.claim(lasts=10))
    lane = home.watch("alice")
    home.stage.clock.advance(300)
    assert home.user("alice") is not None
    home.deliver("alice", Unwatch(lane))  # type: ignore[arg-type]
    home.stage.clock.advance(IDLE_SECONDS - 1)
    assert home.user("alice") is not None
    home.stage.clock.advance(2)
    assert home.user("alice") is None
    assert "alice" not in home.house.register.refs
    home.report("alice", home.claim(status=Status.DND))
    assert home.look("alice").status is Status.DND


def test_a_user_asked_just_as_it_would_end_ends_later(home: Home) -> None:
    """Seen to fail when rest, finding mail, forgot to look again: such a user stayed for ever."""
    home.report("alice", home.claim(lasts=10))
    home.deliver("alice", Withdraw(Source("session", "1")))
    ref = home.house.register.refs["alice"]
    home.stage.clock.between = lambda: None
    home.stage.clock.advance(IDLE_SECONDS + 1)
    ref.tell(Look())
    home.stage.clock.between = home.stage.settle
    home.stage.settle()
    assert home.user("alice") is not None
    home.stage.clock.advance(IDLE_SECONDS + 1)
    assert home.user("alice") is None
