import re
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from actors import audience as audiences
from actors.audience import ROUNDS, Audience
from actors.burst import Writes
from actors.presence import NOBODY, Activity, Claim, Presence, Source, Subject, Update
from tests.actors.viewers import NotingLane, PlainEncoding

ALICE = Subject("id-a", "alice")


def doing(what: object) -> Presence:
    return NOBODY.with_claim(Claim(Source("session", "1"), 0.0, activities=(Activity(str(what)),)))


def update(number: int) -> Update:
    return Update(ALICE, doing(number - 1), doing(number), changed=True, at=0.0)


def audience_of(*lanes: NotingLane, coalesces: bool = False) -> tuple[Any, PlainEncoding]:
    encoding = PlainEncoding(coalesces=coalesces)
    audience: Any = Audience(encoding)
    for lane in lanes:
        audience.join(lane)
    return audience, encoding


@pytest.fixture(autouse=True)
def _two_sends_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiences, "SLICE", 2)


class FanOut(RuleBasedStateMachine):
    """Lanes come and go while rounds are under way; each is sent what it should be and nothing else."""

    coalesces = False

    def __init__(self) -> None:
        super().__init__()
        self.audience, self.encoding = audience_of(coalesces=self.coalesces)
        self.lanes = [NotingLane(self.encoding) for _ in range(7)]
        self.told: dict[NotingLane, list[int]] = {}
        """Lane -> what was told since it sat down."""
        self.number = 0

    @rule(which=st.integers(0, 6))
    def come(self, which: int) -> None:
        lane = self.lanes[which]
        lane.take()
        self.told[lane] = []  # its snapshot has the rest, also where it was here already
        self.audience.join(lane)

    @rule(which=st.integers(0, 6))
    def go(self, which: int) -> None:
        lane = self.lanes[which]
        self.audience.leave(lane)
        self.told.pop(lane, None)
        lane.take()

    @rule()
    def tell(self) -> None:
        self.number += 1
        encoded = self.encoding.encoded
        self.audience.tell(update(self.number))
        assert self.encoding.encoded <= encoded + 1
        for told in self.told.values():
            told.append(self.number)

    @rule()
    def send(self) -> None:
        self.audience.send_slice("id-a", Writes())

    @rule()
    def reach_everybody(self) -> None:
        while self.audience.send_slice("id-a", Writes()):
            pass
        for lane, told in self.told.items():
            assert _numbers(lane)[-1:] == told[-1:]
            if not self.coalesces and len(told) <= ROUNDS:
                assert _numbers(lane) == told
        assert not self.audience._left

    @invariant()
    def nobody_is_sent_what_is_not_meant_for_them_nor_anything_out_of_order(self) -> None:
        for lane in self.lanes:
            assert _numbers(lane) == sorted(set(_numbers(lane)))
            assert set(_numbers(lane)) <= set(self.told.get(lane, []))

    @invariant()
    def what_waits_is_bounded(self) -> None:
        assert len(self.audience._frames) <= ROUNDS


def _numbers(lane: NotingLane) -> list[int]:
    return [int(number) for number in re.findall(rb"(\d+)>", b"".join(lane.sent))]


class CoalescingFanOut(FanOut):
    coalesces = True


TestFanOut = FanOut.TestCase
TestCoalescingFanOut = CoalescingFanOut.TestCase
TestFanOut.settings = TestCoalescingFanOut.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_whoever_has_not_been_reached_skips_to_the_newest_where_the_dialect_coalesces() -> None:
    """Law 5. Seen to fail when only waiting rounds were replaced: the round under way went on with its old frame."""
    lanes = [NotingLane(PlainEncoding()) for _ in range(5)]
    audience, _ = audience_of(*lanes, coalesces=True)
    audience.tell(update(1))
    audience.send_slice("id-a", Writes())
    audience.tell(update(2))
    assert audience.send_slice("id-a", Writes())
    assert [_numbers(lane) for lane in lanes] == [[1], [1], [2], [2], []]
    while audience.send_slice("id-a", Writes()):
        pass
    assert [_numbers(lane) for lane in lanes] == [[1, 2], [1, 2], [2], [2], [2]]


def test_updates_faster_than_the_fan_out_starve_nobody() -> None:
    lanes = [NotingLane(PlainEncoding()) for _ in range(9)]
    audience, _ = audience_of(*lanes, coalesces=True)
    for number in range(9):
        audience.tell(update(number))
        audience.send_slice("id-a", Writes())
    assert all(lane.sent for lane in lanes)


def test_one_encoding_serves_all_and_a_snapshot_all_who_come_to_the_same_presence() -> None:
    lanes = [NotingLane(PlainEncoding()) for _ in range(5)]
    audience, encoding = audience_of(*lanes)
    audience.tell(update(1))
    while audience.send_slice("id-a", Writes()):
        pass
    assert encoding.encoded == 1
    assert len({id(lane.sent[0]) for lane in lanes}) == 1
    here = doing(1)
    first = audience.snapshot(ALICE, here, lanes[0].frame)
    assert audience.snapshot(ALICE, here, lanes[0].frame) is first
    assert encoding.encoded == 2
    assert audience.snapshot(ALICE, doing(2), lanes[0].frame) == b"<snapshot alice 2>"


def test_a_snapshot_is_made_anew_when_its_subject_has_another_name() -> None:
    """Seen to fail when the snapshot was kept by presence alone: whoever came after a renaming read the old name."""
    audience, _ = audience_of()
    here = doing(1)
    assert audience.snapshot(ALICE, here, NotingLane.frame) == b"<snapshot alice 1>"
    assert audience.snapshot(Subject("id-a", "bob"), here, NotingLane.frame) == b"<snapshot bob 1>"


def test_nothing_is_encoded_for_nobody() -> None:
    audience, encoding = audience_of()
    audience.tell(update(1))
    assert encoding.encoded == 0
    assert not audience.busy


def test_who_comes_again_during_a_round_is_sent_nothing_older_than_its_snapshot() -> None:
    lanes = [NotingLane(PlainEncoding()) for _ in range(5)]
    audience, _ = audience_of(*lanes)
    audience.tell(update(1))
    audience.send_slice("id-a", Writes())
    audience.join(lanes[4])
    while audience.send_slice("id-a", Writes()):
        pass
    assert lanes[4].sent == []
    assert _numbers(lanes[3]) == [1]


def test_rounds_that_wait_for_the_same_lanes_reach_each_in_one_send() -> None:
    """Fewer system calls, and nobody misses one. Seen to fail when rounds of other lanes were taken along."""
    lanes = [NotingLane(PlainEncoding()) for _ in range(2)]
    audience, _ = audience_of(*lanes)
    for number in (1, 2, 3):
        audience.tell(update(number))
    late = NotingLane(PlainEncoding())
    audience.join(late)
    audience.tell(update(4))
    while audience.send_slice("id-a", Writes()):
        pass
    assert [len(lane.sent) for lane in lanes] == [2, 2]
    assert [_numbers(lane) for lane in (*lanes, late)] == [[1, 2, 3, 4], [1, 2, 3, 4], [4]]


def test_what_goes_out_as_one_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiences, "TOGETHER_BYTES", 2 * len("<update alice 1>"))
    lane = NotingLane(PlainEncoding())
    audience, _ = audience_of(lane)
    for number in range(1, 6):
        audience.tell(update(number))
    while audience.send_slice("id-a", Writes()):
        pass
    assert [data.count(b"<") for data in lane.sent] == [2, 2, 1]
    assert _numbers(lane) == [1, 2, 3, 4, 5]


def test_a_frame_beyond_what_goes_together_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiences, "TOGETHER_BYTES", 1)
    lane = NotingLane(PlainEncoding())
    audience, _ = audience_of(lane)
    audience.tell(update(1))
    audience.tell(update(2))
    assert audience.send_slice("id-a", Writes())
    assert _numbers(lane) == [1]
