"""When a session may be begun: the budget of a day, and what a process that falls again and again does to it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.upstream.discord_budget import APART, DAY, MOST_APART, Budget

WALL = 1_800_000_000.0


def test_the_first_may_be_begun_at_once_and_the_next_five_seconds_later() -> None:
    budget = Budget()
    assert budget.wait(0.0) == 0
    budget.begun(0.0)
    assert budget.wait(1.0) == APART - 1
    assert not budget.exhausted(1.0)


def test_one_in_ten_is_never_used() -> None:
    budget, now = Budget(), 0.0
    while not budget.exhausted(now):
        now += budget.wait(now)
        budget.begun(now)
        budget.held()
    assert budget.count == 900
    assert budget.wait(now) == pytest.approx(DAY - now)


@pytest.mark.parametrize(
    ("limit", "wait"),
    [
        ({"total": 1000, "remaining": 999, "reset_after": 1000}, 0),
        ({"total": 1000, "remaining": 100, "reset_after": 1_000_000}, 1000),
        ({"total": 1000, "remaining": 0, "reset_after": 1_000_000}, 1000),
        ({"remaining": 0}, DAY),
        ({"remaining": "0"}, 0),
        ({"total": None, "remaining": 101, "reset_after": -1}, 0),
        ({}, 0),
    ],
)
def test_discords_word_counts(limit: dict[str, Any], wait: float) -> None:
    budget = Budget()
    budget.told(limit, 50.0)
    assert budget.wait(50.0) == wait


def test_how_many_are_left() -> None:
    budget = Budget()
    assert budget.left(0.0) == 900
    budget.begun(0.0)
    assert budget.left(1.0) == 899
    budget.told({"total": 1000, "remaining": 350}, 2.0)
    budget.begun(2.0)
    assert budget.left(3.0) == 249
    assert budget.left(3.0 + DAY) == 250, "until Discord is asked again"
    budget.told({"total": 1000, "remaining": 99}, 5.0)
    assert budget.left(6.0) == 0


def test_those_that_come_to_nothing_are_ever_farther_apart() -> None:
    budget, waits, now = Budget(), [], 0.0
    for _ in range(40):
        budget.begun(now)
        waits.append(budget.wait(now))
        now += waits[-1]
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == MOST_APART
    budget.held()
    budget.begun(now)
    assert budget.wait(now) == APART


@given(st.integers(0, 1000), st.integers(0, 40), st.floats(0, 1e6), st.floats(-1e6, 1e6))
def test_a_new_process_waits_as_the_old_one_would_have(count: int, streak: int, ago: float, shift: float) -> None:
    """Their monotonic clocks have nothing in common but the wall's time."""
    old = Budget(count, 1e6 - ago, 1e6 - ago, streak)
    new = Budget.of_values(old.as_values(1e6, WALL), 1e6 + shift, WALL)
    assert new.wait(1e6 + shift) == pytest.approx(old.wait(1e6), abs=0.01)


@pytest.mark.parametrize("values", [{}, [], "x", {"count": "many"}, {"count": 1, "streak": 0, "since": 0}])
def test_what_cannot_be_read_counts_as_one_that_was_just_begun(values: Any) -> None:
    assert Budget.of_values(values, 7.0, WALL).wait(7.0) == APART


def test_a_wall_clock_that_was_set_back_is_no_wait_for_days() -> None:
    values = {"count": 1, "streak": 1, "since": WALL + 10 * DAY, "last_at": WALL + 10 * DAY}
    assert Budget.of_values(values, 7.0, WALL).wait(7.0) == APART
    assert Budget.of_values(None, 7.0, WALL).wait(7.0) == 0
