"""Text: as long as a reader takes it for, and whether a wire can say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.text import is_longer, is_unicode
from tests.texts import any_text

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇩🇪"


@pytest.mark.parametrize(
    ("text", "length"),
    [("", 0), ("abc", 3), ("e\u0301" * 4, 4), (FAMILY, 1), (FLAG * 3, 3), ("\r\n", 1), ("한국", 2), ("👍🏽", 1)],
)
def test_what_a_reader_takes_for_one_character_is_one(text: str, length: int) -> None:
    assert not is_longer(text, length)
    assert length == 0 or is_longer(text, length - 1)


@given(st.text(max_size=30), st.integers(0, 30))
def test_nothing_is_longer_than_its_code_points(text: str, most: int) -> None:
    if len(text) <= most:
        assert not is_longer(text, most)


@pytest.mark.parametrize(
    ("text", "can_be_said"),
    [
        ("", True),
        ("abc", True),
        ("é\ud7ff\ue000😀", True),
        ("\ud800", False),
        ("a\udfff", False),
        ("\ud83d\ude00", False),
    ],
)
def test_lone_surrogates_cannot_be_said(text: str, can_be_said: bool) -> None:
    assert is_unicode(text) is can_be_said


@given(any_text(most=8))
def test_what_can_be_encoded_is_unicode_and_nothing_else(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        assert not is_unicode(text)
    else:
        assert is_unicode(text)
