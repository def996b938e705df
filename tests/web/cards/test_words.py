"""Words on a card: whatever somebody calls themselves, it is one clean line that stays in its slot."""

import json
import unicodedata
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from tests.texts import any_text
from web.cards import words
from web.cards.words import cleaned, clusters, fit, is_right_to_left, lines

FONTS = Path("/usr/share/fonts/truetype/liberation")
FAMILY = "👨‍👩‍👧‍👦"
anything = any_text(most=60)


@given(anything)
def test_what_is_left_is_one_line_of_xml(text: str) -> None:
    line = cleaned(text)
    assert not [letter for letter in line if unicodedata.category(letter) in {"Cc", "Cs"}]
    written = ET.tostring(ET.Element("a", {"b": line}))
    assert ET.fromstring(written).get("b") == line
    assert cleaned(line) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\x00b\x1b[0m", "ab[0m"),
        ("two\r\nlines\tand\u2028more", "two lines and more"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\ud800b\ufffe\uffff", "ab"),
        ("a\u200bb\u2066c\ufeff", "abc"),
        (f"{FAMILY} e\u0301", f"{FAMILY} e\u0301"),
        ("Z" + "\u0335" * 40, "Z" + "\u0335" * 4),
        ("x" * 10_000, "x" * words.LONGEST),
    ],
)
def test_what_is_cleaned_away(text: str, line: str) -> None:
    assert cleaned(text) == line


@given(anything, st.integers(20, 400), st.sampled_from((12, 14, 24)), st.booleans())
def test_nothing_is_wider_than_its_slot(text: str, slot: int, size: int, bold: bool) -> None:
    found = fit(text, slot, size, bold=bold)
    assert found.width <= max(slot, fit("…", 100, size, bold=bold).width)
    if found.text != cleaned(text):
        assert found.text.endswith("…")


def test_what_fits_is_left_as_it_is_and_what_does_not_ends_in_an_ellipsis() -> None:
    assert fit("Alice", 100, 20).text == "Alice"
    assert fit("Alice in Wonderland", 100, 20).text == "Alice in…"
    assert fit("", 100, 20).text == ""


def test_no_family_flag_or_accent_is_torn() -> None:
    text = f"{FAMILY}🇩🇪e\u0301नि" * 5
    whole = list(clusters(text))
    for slot in range(20, 400, 7):
        kept = fit(text, slot, 20).text.removesuffix("…")
        assert list(clusters(kept)) == whole[: len(list(clusters(kept)))]


def test_what_the_font_lacks_is_said_to_be_a_guess() -> None:
    assert fit("Łukasz Ωμέγα Жук", 999, 20).sure
    for text in ("日本語", "مرحبا", "שלום", "👍", "❤\ufe0f", "नमस्ते"):
        assert not fit(text, 999, 20).sure
        assert fit(text, 999, 20).width > 0


def test_lines_break_at_spaces_and_the_last_one_is_cut() -> None:
    broken = lines("one two three four five six seven eight nine ten", 80, 14, 3)
    assert [line.text for line in broken] == ["one two", "three four", "five six se…"]
    assert [line.text for line in lines("short", 80, 14, 3)] == ["short"]
    assert [line.text for line in lines("", 80, 14, 3)] == [""]


@pytest.mark.parametrize(
    ("text", "backwards"),
    [("abc", False), ("שלום", True), ("مرحبا abc", True), ("abc مرحبا", False), ("🔥 שלום", True), ("1 … 2", False)],
)
def test_the_direction_is_that_of_the_first_letter_that_has_one(text: str, backwards: bool) -> None:
    assert is_right_to_left(text) is backwards


@pytest.mark.skipif(not FONTS.is_dir(), reason="needs the Liberation fonts")
@pytest.mark.parametrize(("weight", "file"), [("regular", "Regular"), ("bold", "Bold")])
def test_the_table_says_what_the_font_says(weight: str, file: str) -> None:
    font = ImageFont.truetype(str(FONTS / f"LiberationSans-{file}.ttf"), 1000, layout_engine=ImageFont.Layout.BASIC)
    table = json.loads((Path(words.__file__).parent / "widths.json").read_text("utf-8"))
    for start, run in table[weight]:
        for place, width in enumerate(run):
            assert abs(font.getlength(chr(start + place)) - width) <= 2, chr(start + place)
