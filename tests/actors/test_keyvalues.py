"""How long a key-value is: as many as a reader takes for characters, in so many bytes at most."""

import pytest

from actors.keyvalues import LONGEST_VALUE, MOST_BYTES, fault_of
from tests.hub import WORST, watched_hub

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇩🇪"


@pytest.mark.parametrize("letter", ["x", "e\u0301", FLAG])
def test_a_value_may_have_so_many_of_any(letter: str) -> None:
    assert fault_of("k", letter * LONGEST_VALUE) is None
    assert fault_of("k", letter * (LONGEST_VALUE + 1)) == "a value has at most 30,000 characters"


def test_a_letter_with_marks_without_end_is_too_heavy() -> None:
    heavy = "e" + "\u0301" * ((MOST_BYTES - 1) // 2)
    assert fault_of("k", heavy) is None
    assert fault_of("k", heavy + "\u0301") == "a value has at most 30,000 characters, in 262,144 bytes"


def test_a_value_that_no_wire_can_say_is_refused() -> None:
    """Seen to fail: kept from a terminal that is not UTF-8, it cost its account every answer of two dialects."""
    assert fault_of("k", "a\udcffb") == "a value must be Unicode text"


@pytest.mark.live
@pytest.mark.parametrize("text", ["x", FAMILY, FLAG, "e\u0301", "\r\n", "क्षि"])
def test_counting_does_not_hold_the_hub(text: str) -> None:
    whole = text * (MOST_BYTES // len(text.encode()))
    with watched_hub() as turns:
        fault_of("k", whole)
    assert turns.worst < WORST
