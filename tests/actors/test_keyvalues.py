"""What a key is, and how long a value: as many as a reader takes for characters, in so many bytes at most."""

import pytest

from actors.keyvalues import LONGEST_VALUE, MOST_BYTES, fault_of
from tests.hub import WORST, watched_hub

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇩🇪"


@pytest.mark.parametrize("key", ["a", "Z_9", "k" * 255])
def test_a_key(key: str) -> None:
    assert fault_of(key, "") is None


@pytest.mark.parametrize("key", ["", "k" * 256, "a b", "a-b", "a.b", "\u00e9", "\u0663", "a\n", "a\0"])
def test_what_is_no_key(key: str) -> None:
    assert fault_of(key, "") == "a key has 1 to 255 of a-z A-Z 0-9 _"


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
