"""Pace: never more than so many in a second, in their order, and nobody waits without need."""

from hypothesis import given
from hypothesis import strategies as st

from actors.upstream.pace import Pace

GAPS = st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=200)


@given(GAPS, st.sampled_from([1.0, 3.0, 50.0]))
def test_never_more_than_so_many_in_a_second(gaps: list[float], per_second: float) -> None:
    pace, now, turns = Pace(per_second), 0.0, []
    for gap in gaps:
        now += gap
        turns.append(pace.turn(now))
        assert turns[-1] >= now
    assert turns == sorted(turns)
    for first in turns:
        assert sum(first <= turn < first + 1 - 1e-6 for turn in turns) <= per_second


def test_nobody_waits_without_need() -> None:
    pace = Pace(2.0)
    assert [pace.turn(at) for at in (0.0, 0.0, 0.0, 10.0)] == [0.0, 0.5, 1.0, 10.0]
