"""What is remembered is bounded in weight and in age."""

from hypothesis import given
from hypothesis import strategies as st

from web.pictures.recent import Recent


def test_age_and_use() -> None:
    recent: Recent[str, int] = Recent(3)
    for number, key in enumerate("abc"):
        recent.put(key, number, 1, until=10.0 + number)
    assert recent.get("a", 9.9) == 0
    recent.put("d", 3, 1, until=20.0)
    assert recent.get("b", 0.0) is None  # the least lately used
    assert recent.get("a", 10.0) is None  # its time is over
    assert (len(recent), recent.weight) == (2, 2)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 12))))
def test_the_weight_is_never_above_the_bound(puts: list[tuple[int, int]]) -> None:
    recent: Recent[int, int] = Recent(10)
    for key, weight in puts:
        recent.put(key, weight, weight, until=1.0)
        assert recent.weight <= 10
        assert (recent.get(key, 0.0) == weight) == (weight <= 10)
    assert recent.weight == sum(recent.get(key, 0.0) or 0 for key in range(6))
