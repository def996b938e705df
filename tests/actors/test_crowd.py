"""The frames of many users to those who watch everybody: of each user the newest, in order, and few sends."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from actors import crowd as crowds
from actors.burst import Writes
from actors.crowd import Crowd
from actors.presence import NOBODY, Activity, Claim, Presence, Source, Subject, Update
from actors.session import Gone
from tests.actors.viewers import NotingLane, PlainEncoding, framed

USERS = ("ann", "bob", "carl")


class Words(PlainEncoding):
    """Shows whoever does something."""

    def update(self, update: Update) -> Any:
        return super().update(update) if update.after.claims else Gone.GONE


class Left(NotingLane):
    """A lane that notes who has left."""

    def user_left(self, update: Update) -> None:
        self.send(b"<gone %s>" % update.subject.name.encode())


def doing(what: object) -> Presence:
    return NOBODY.with_claim(Claim(Source("session", "1"), 0.0, activities=(Activity(str(what)),)))


def update(user: str, what: object = None) -> Update:
    after = NOBODY if what is None else doing(what)
    return Update(Subject(user, user), NOBODY, after, changed=True, at=0.0)


def crowd_of(*lanes: NotingLane) -> Crowd:
    crowd: Any = Crowd(Words(), framed)  # type: ignore[arg-type]
    for lane in lanes:
        crowd.join(lane)
    return crowd  # type: ignore[no-any-return]


class Noted:
    """A Burst that reaches everybody."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, bytes]] = []

    def __call__(self, descriptors: Sequence[int], frame: bytes) -> list[tuple[int, int]]:
        self.sent.append((len(descriptors), frame))
        return []


def test_frames_of_several_users_go_out_as_one() -> None:
    crowd, burst = crowd_of(NotingLane(PlainEncoding()), NotingLane(PlainEncoding())), Noted()
    for user in USERS:
        crowd.tell(update(user, 1))
    crowd.tell(update("bob", 2))
    assert not crowd.send_slice(burst)
    assert burst.sent == [(2, b"<update ann 1><update bob 2><update carl 1>")]


def test_what_goes_out_as_one_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowds, "TOGETHER_BYTES", 2 * len("<update ann 1>"))
    crowd, burst = crowd_of(NotingLane(PlainEncoding())), Noted()
    for user in USERS:
        crowd.tell(update(user, 1))
    lane = next(iter(crowd.lanes))
    assert not crowd.send_slice(burst)
    assert burst.sent == [(1, b"<update ann 1><update bob 1>")]
    assert lane.sent == [b"<update carl 1>"]  # type: ignore[attr-defined]  # a single frame to few goes without a burst


def test_frames_that_a_lane_does_not_take_at_once_wait_each_under_its_own_key() -> None:
    """So that the newest of each user can take its place. Seen to fail when the joined bytes waited as one."""
    lane = NotingLane(PlainEncoding())
    crowd = crowd_of(lane)
    crowd.tell(update("ann", 1))
    crowd.tell(update("bob", 1))
    assert not crowd.send_slice(Writes())
    assert (lane.keys, lane.sent) == (["ann", "bob"], [b"<update ann 1>", b"<update bob 1>"])


def test_who_has_gone_is_taken_out_of_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail when what was joined went out as it was: the second lane read of Ann after her leaving."""
    monkeypatch.setattr(crowds, "SLICE", 1)
    lanes = [Left(PlainEncoding()) for _ in range(2)]
    crowd, burst = crowd_of(*lanes), Noted()
    crowd.tell(update("ann", 1))
    crowd.tell(update("bob", 1))
    assert crowd.send_slice(burst)
    crowd.tell(update("ann"))
    assert not crowd.send_slice(burst)
    assert burst.sent == [(1, b"<update ann 1><update bob 1>")]
    assert [lane.sent for lane in lanes] == [[b"<gone ann>"], [b"<gone ann>", b"<update bob 1>"]]


def test_who_comes_later_is_not_told_what_its_snapshot_has() -> None:
    """Seen to fail when a frame was for whoever was there as its turn came."""
    early, late = NotingLane(PlainEncoding()), NotingLane(PlainEncoding())
    crowd = crowd_of(early)
    crowd.tell(update("ann", 1))
    crowd.join(late)  # type: ignore[arg-type]
    crowd.tell(update("bob", 2))
    assert not crowd.send_slice(Writes())
    assert (early.take(), late.take()) == (["update ann 1", "update bob 2"], ["update bob 2"])


def test_who_comes_again_is_not_told_what_its_new_snapshot_has() -> None:
    lane = NotingLane(PlainEncoding())
    crowd = crowd_of(lane)
    crowd.tell(update("ann", 1))
    crowd.leave(lane)  # type: ignore[arg-type]
    crowd.join(lane)  # type: ignore[arg-type]
    assert not crowd.send_slice(Writes())
    assert lane.take() == []


class Reaching:
    """A Burst that lanes 0, 1, 2 ... take wholly, or else not at all."""

    def __init__(self, lanes: Sequence[NotingLane]) -> None:
        self.lanes = lanes
        self.full = False

    def __call__(self, descriptors: Sequence[int], frame: bytes) -> list[tuple[int, int]]:
        if self.full:
            return [(position, 0) for position in range(len(descriptors))]
        for descriptor in descriptors:
            self.lanes[descriptor].sent.append(frame)
        return []


class Everybody(RuleBasedStateMachine):
    """Lanes and users come and go; after a user has gone nobody is told of what it did before."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(crowds, "SLICE", 1)
        self.patch.setattr(crowds, "TOGETHER_BYTES", 40)
        self.crowd = crowd_of()
        self.lanes = [Left(PlainEncoding()) for _ in range(3)]
        for number, lane in enumerate(self.lanes):
            lane._fd = number
        self.burst = Reaching(self.lanes)
        self.number = 0
        self.newest: dict[str, str] = {}
        """User -> the last word on it."""
        self.told: dict[NotingLane, set[str]] = {}
        """Lane -> users of whom there was news since it came."""
        self.came: dict[NotingLane, int] = {}
        """Lane -> the last update before it came: that and all before are in its snapshot."""
        for which in range(3):
            self.come(which)

    def teardown(self) -> None:
        self.patch.undo()

    @rule(which=st.integers(0, 2))
    def come(self, which: int) -> None:
        lane = self.lanes[which]
        if lane not in self.told:
            lane.take()
            self.told[lane] = set()
            self.came[lane] = self.number
            self.crowd.join(lane)  # type: ignore[arg-type]

    @rule(which=st.integers(0, 2))
    def go(self, which: int) -> None:
        lane = self.lanes[which]
        self.crowd.leave(lane)  # type: ignore[arg-type]
        self.told.pop(lane, None)
        lane.take()

    @rule(user=st.sampled_from(USERS[:2]), leaves=st.booleans())
    def tell(self, user: str, leaves: bool) -> None:
        self.number += 1
        self.crowd.tell(update(user, None if leaves else self.number))
        self.newest[user] = f"gone {user}" if leaves else f"update {user} {self.number}"
        for told in self.told.values():
            told.add(user)

    @rule(full=st.booleans())
    def send(self, full: bool) -> None:
        self.burst.full = full
        self.crowd.send_slice(self.burst)

    @rule()
    def reach_everybody(self) -> None:
        while self.crowd.send_slice(self.burst):
            continue
        for lane, users in self.told.items():
            words = _words(lane)
            for user in users:
                assert [word for word in words if word.split()[1] == user][-1] == self.newest[user]

    @invariant()
    def nothing_of_a_user_is_out_of_order(self) -> None:
        for lane in self.lanes:
            numbers = [int(word.split()[2]) for word in _words(lane) if word.startswith("update")]
            assert all(number > self.came[lane] for number in numbers)
            by_user = [[n for n, w in zip(numbers, _updates(lane), strict=True) if w.split()[1] == u] for u in USERS]
            assert all(each == sorted(set(each)) for each in by_user)


def _words(lane: NotingLane) -> list[str]:
    words = lane.take()
    lane.sent = [f"<{word}>".encode() for word in words]
    return words


def _updates(lane: NotingLane) -> list[str]:
    return [word for word in _words(lane) if word.startswith("update")]


TestEverybody = Everybody.TestCase
TestEverybody.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
