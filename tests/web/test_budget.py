from hypothesis import given
from hypothesis import strategies as st

from web.budget import Budget


@given(st.integers(1, 20), st.integers(1, 60), st.lists(st.floats(0, 30), max_size=80))
def test_no_stretch_of_time_lets_more_through_than_a_full_bucket_and_what_flows_in(
    allowed: int, seconds: int, pauses: list[float]
) -> None:
    budget, now, taken = Budget(allowed, float(seconds)), 0.0, []
    for pause in pauses:
        now += pause
        if budget.spend(now):
            taken.append(now)
    for first, start in enumerate(taken):
        for last, end in enumerate(taken[first:], 1):
            assert last <= allowed + (end - start) * allowed / seconds + 1e-6


@given(st.integers(1, 20), st.integers(1, 60), st.integers(1, 200))
def test_whoever_keeps_to_the_pace_is_never_refused(allowed: int, seconds: int, messages: int) -> None:
    budget, step = Budget(allowed, float(seconds)), seconds / allowed
    assert all(budget.spend(number * step * 1.000001) for number in range(messages))


def test_all_at_once_and_then_one_too_many() -> None:
    budget = Budget(60, 60.0)
    assert [budget.spend(5.0) for _ in range(61)] == [True] * 60 + [False]
    assert budget.spend(6.0)
    assert not budget.spend(6.0)


def test_nothing_allowed_means_no_limit() -> None:
    assert all(Budget(0, 60.0).spend(0.0) for _ in range(1_000))
