"""Words of strangers made fit for a line: cleaned, measured, cut with an ellipsis, or broken into lines. Pure.

A card does not know the reader's font. It asks for Helvetica, Arial or Liberation Sans, whose letters are equally
wide, and measures by widths.json (Liberation Sans 1.07, in thousandths of the font's size). What that font lacks is
guessed generously, and said to be a guess.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import wcwidth

LONGEST = 256
"""Code points of a text that are looked at: no slot of a card holds so many."""
ELLIPSIS = "…"

_GUESS_WIDE, _GUESS_EMOJI, _GUESS_LEFTWARD, _GUESS_CELL = 1000, 1350, 570, 700
_VARIATION_16 = "\ufe0f"

_UNFIT = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are no space
    "\u200b\u2060-\u206f\ufeff\ufff9-\ufffb"  # what nobody sees
    "\u202a-\u202e"  # what turns other text round
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"  # what is no character of XML
)

_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]"
_HEAPED = re.compile(f"({_MARKS}{{4}}){_MARKS}+")
"""More marks on one letter than any language has: they would stain the lines above and below."""


def _widths(weight: str, document: dict[str, Any]) -> dict[int, int]:
    return {start + place: width for start, run in document[weight] for place, width in enumerate(run)}


_TABLES = {
    bold: _widths(weight, orjson.loads((Path(__file__).parent / "widths.json").read_bytes()))
    for bold, weight in ((False, "regular"), (True, "bold"))
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text that fits its slot; `width` in pixels. `sure` is False where letters had to be guessed."""

    text: str
    width: float
    sure: bool


def cleaned(text: str) -> str:
    """One line without anything that is no visible text; long ones are cut."""
    return _cleaned(text[: 2 * LONGEST])


@lru_cache(maxsize=2048)
def _cleaned(text: str) -> str:
    visible = _HEAPED.sub(r"\1", _UNFIT.sub("", text))
    return " ".join(visible.split())[:LONGEST]


def clusters(text: str) -> Iterator[str]:
    """What a reader takes for one letter each, so that no family, flag or accent is torn."""
    return wcwidth.iter_graphemes(text)


def fit(text: str, slot: float, size: float, *, bold: bool = False) -> Fitted:
    """The text, cleaned, in at most `slot` pixels at this font size; with an ellipsis where it was too long."""
    return _fit(cleaned(text), int(slot * 1000 / size), size, bold)


def lines(text: str, slot: float, size: float, most: int) -> list[Fitted]:
    """The text in at most so many lines, broken at spaces; the last one takes the ellipsis."""
    made: list[Fitted] = []
    left = cleaned(text).split(" ")
    while left and len(made) < most - 1:
        taken = 1
        while taken < len(left) and fit(line := " ".join(left[: taken + 1]), slot, size).text == line:
            taken += 1
        made.append(fit(" ".join(left[:taken]), slot, size))
        left = left[taken:]
    return [*made, fit(" ".join(left), slot, size)] if left else made


def is_right_to_left(text: str) -> bool:
    """By the first letter that has a direction, as browsers decide for `dir="auto"`."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


@lru_cache(maxsize=2048)
def _fit(text: str, slot: int, size: float, bold: bool) -> Fitted:
    table = _TABLES[bold]
    known = [table.get(ord(letter)) for letter in text]
    if None not in known and (width := sum(known)) <= slot:  # type: ignore[arg-type]  # there is no None in it
        return Fitted(text, width * size / 1000, sure=True)
    ellipsis, width, sure = table[ord(ELLIPSIS)], 0, True
    kept, kept_width, kept_sure = [], 0, True
    for cluster in clusters(text):
        wide, certain = _cluster_width(cluster, bold)
        width, sure = width + wide, sure and certain
        if width > slot:
            break
        if width + ellipsis <= slot:
            kept.append(cluster)
            kept_width, kept_sure = width, sure
    else:
        return Fitted(text, width * size / 1000, sure)
    cut = "".join(kept)
    lost = len(cut) - len(cut.rstrip())
    kept_width += ellipsis - lost * table[ord(" ")]
    return Fitted(cut.rstrip() + ELLIPSIS, kept_width * size / 1000, kept_sure)


@lru_cache(maxsize=8192)
def _cluster_width(cluster: str, bold: bool) -> tuple[int, bool]:
    first = _TABLES[bold].get(ord(cluster[0]))
    if first is not None and _VARIATION_16 not in cluster:
        return first, len(cluster) == 1
    return _guess(cluster), False


def _guess(cluster: str) -> int:
    if unicodedata.category(cluster[0]) == "So" or _VARIATION_16 in cluster:
        return _GUESS_EMOJI
    if unicodedata.east_asian_width(cluster[0]) in "WF":
        return _GUESS_WIDE
    # Hebrew is narrow, and what joins its letters takes less for each than it would alone.
    cell = _GUESS_LEFTWARD if unicodedata.bidirectional(cluster[0]) in {"R", "AL"} else _GUESS_CELL
    return cell * max(wcwidth.width(cluster), 0)
