"""Watchers of a User, on the Stage: HOUSE laws 2, 5 and 6."""

from typing import Any

import pytest

from actors import audience as audiences
from actors.messages.directory import Deliver
from actors.messages.keeper import Record
from actors.messages.user import Look, Report, Unwatch, Watch
from actors.user import IDLE_SECONDS
from tests.actors.home import Home
from tests.actors.viewers import NotingLane, PlainEncoding
from tests.hub import turn


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
    (record,) = (each for each in home.probe("journal").got(Record) if each.kind == "User")
    assert (record.event, record.details["class"], record.details["encoding"]) == (
        "codec-failed",
        "ValueError",
        "PlainEncoding",
    )
    assert "in update" in record.details["traceback"], "whose fault it was, and where: nobody else tells"
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
        turn()
    assert sum(len(lane.sent) == 2 for lane in lanes) < 35
    home.stage.settle()
    assert all(len(lane.sent) == 2 for lane in lanes)


def test_reports_that_wait_in_the_mail_are_told_in_one_send_and_none_is_left_out(home: Home) -> None:
    """As many publishers as like: more than may wait (ROUNDS) go out before another's place is taken."""
    lane = home.watch("alice", PlainEncoding(every_report=True))
    lane.take()
    for number in range(3 * audiences.ROUNDS + 2):
        home.house.register.refs["alice"].tell(Report(home.claim(str(number))))
    home.stage.settle()
    assert len(lane.sent) == 4
    assert lane.take() == [f"update alice {number}" for number in range(3 * audiences.ROUNDS + 2)]


def test_a_lone_report_is_told_at_once(home: Home) -> None:
    lane = home.watch("alice")
    lane.take()
    home.house.register.refs["alice"].tell(Report(home.claim()))
    home.stage.step()
    assert lane.take() == ["update alice chess"]


def test_the_hub_looks_at_its_sockets_between_two_slices(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a publisher is answered before all are reached. Seen to fail when the next slice was mail like any other."""
    monkeypatch.setattr(audiences, "SLICE", 10)
    encoding = PlainEncoding()
    lanes = [home.watch("alice", encoding) for _ in range(35)]
    home.house.register.refs["alice"].tell(Report(home.claim()))
    while home.stage.step():
        continue
    assert sum(len(lane.sent) == 2 for lane in lanes) == 10
    assert home.stage.clock.ring_due()
    while home.stage.step():
        continue
    assert sum(len(lane.sent) == 2 for lane in lanes) == 20


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
