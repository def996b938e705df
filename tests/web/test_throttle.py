import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Overrun
from web.throttle import Throttle


def allowed(throttle: Throttle, key: str, now: float) -> bool:
    try:
        throttle.spend(key, now)
    except Overrun as over:
        return not 0 < (over.retry_after or 0) <= 60
    return True


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 40)), max_size=60), st.integers(1, 5))
def test_nobody_tries_more_often_than_allowed_in_a_span_of_its_own(steps: list[tuple[str, float]], most: int) -> None:
    throttle, now = Throttle(most, 60), 0.0
    spans: dict[str, tuple[float, int]] = {}
    for key, pause in steps:
        now += pause
        began, tries = spans.get(key, (now, 0))
        if now >= began + 60:
            began, tries = now, 0
        may = tries < most
        assert allowed(throttle, key, now) is may
        spans[key] = began, tries + may


def test_a_rightful_try_is_given_back() -> None:
    throttle = Throttle(1, 60)
    for _ in range(3):
        assert allowed(throttle, "ann", 0.0)
        throttle.give_back("ann")
    assert allowed(throttle, "ann", 0.0)
    assert not allowed(throttle, "ann", 59.9)
    throttle.give_back("stranger")


def test_who_is_refused_is_told_when_the_span_of_the_first_try_is_over() -> None:
    throttle = Throttle(2, 60)
    throttle.spend("ben", 0.0)
    throttle.spend("ann", 5.0)
    throttle.spend("ann", 50.0)
    with pytest.raises(Overrun, match=r"^too-many-tries$") as refused:
        throttle.spend("ann", 58.0)
    assert refused.value.retry_after == 7.0
    throttle.spend("ben", 60.0)  # and whoever is over is forgotten, which ann is not yet
    for _ in range(2):
        throttle.spend("ann", 65.0)


def test_nought_is_no_limit() -> None:
    throttle = Throttle(0, 60)
    assert all(allowed(throttle, "ann", 0.0) for _ in range(1000))


def test_who_came_long_ago_is_forgotten() -> None:
    throttle = Throttle(1, 60)
    for number in range(1000):
        throttle.spend(str(number), 0.0)
    throttle.spend("last", 121.0)
    assert len(throttle._tries) == 1
