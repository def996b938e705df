"""Ground: a gradient that a card stands on, in CSS's spelling, made such that text can be read all over it. Pure."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from web.cards.colours import BLACK, WHITE, contrast, mixed

MOST_STOPS = 6
READABLE = 5.5
"""Contrast of the ink to every point: above what text needs, so that quieter text has room too."""
BOX_SHARE = 0.14
"""How much of the ink's opposite lies over the ground where a box is."""

_GRADIENT = re.compile(r"linear-gradient\(([^()]{1,200})\)\s*;?", re.IGNORECASE)
_ANGLE = re.compile(r"(-?[0-9]{1,4}(?:\.[0-9]{1,3})?)deg")
_STOP = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?:\s+([0-9]{1,3})%)?")
_SIDES = {"to top": 0.0, "to right": 90.0, "to bottom": 180.0, "to left": 270.0}
_SAMPLES = 8
"""Points between two stops at which the ground is looked at."""


@dataclass(frozen=True, slots=True)
class Ground:
    """`angle` in degrees as CSS counts them: 0 to the top, 90 to the right. Stops are colours and places of 0 to 1."""

    angle: float
    stops: tuple[tuple[str, float], ...]

    @property
    def ink(self) -> str:
        """Black or white, whichever is read better where it is read worst."""
        return max((WHITE, BLACK), key=lambda ink: min(contrast(ink, colour) for colour in self.colours()))

    def colours(self) -> Iterator[str]:
        """Colours all along the way."""
        for (one, _), (other, _) in pairwise(self.stops):
            yield from (mixed(other, one, step / _SAMPLES) for step in range(_SAMPLES + 1))

    def line(self, wide: float, high: float) -> dict[str, float]:
        """From where to where it goes in such a box (CSS Images 3, section 3.1)."""
        turned = math.radians(self.angle)
        along, down = math.sin(turned), -math.cos(turned)
        reach = (abs(wide * along) + abs(high * down)) / 2
        x, y = wide / 2, high / 2
        return {"x1": x - along * reach, "y1": y - down * reach, "x2": x + along * reach, "y2": y + down * reach}


def read_ground(text: str) -> Ground | None:
    """A `linear-gradient(...)` of two to six colours in hexadecimal digits; None for what is none."""
    found = _GRADIENT.fullmatch(text.strip())
    if found is None:
        return None
    first, *rest = (piece.strip() for piece in found[1].split(","))
    angle = _ANGLE.fullmatch(first)
    if angle is None and first not in _SIDES:
        first, rest = "to bottom", [first, *rest]
    stops = [_STOP.fullmatch(piece) for piece in rest]
    if not 2 <= len(stops) <= MOST_STOPS or None in stops:
        return None
    placed = tuple(_stop(stop[1], stop[2], number / (len(stops) - 1)) for number, stop in enumerate(stops) if stop)
    return _readable(Ground(float(angle[1]) if angle else _SIDES[first], placed))


def _stop(colour: str, place: str | None, otherwise: float) -> tuple[str, float]:
    digits = colour.lower() if len(colour) == 6 else "".join(2 * digit for digit in colour.lower())
    return digits, otherwise if place is None else min(int(place) / 100, 1.0)


def _readable(ground: Ground) -> Ground:
    """The same, with as much of the ink's opposite in it as it takes."""
    ink = ground.ink
    opposite = BLACK if ink == WHITE else WHITE
    for tenth in range(11):
        tried = replace(ground, stops=tuple((mixed(opposite, each, tenth / 10), at) for each, at in ground.stops))
        if all(contrast(ink, colour) >= READABLE for colour in tried.colours()):
            return tried
    return tried
