"""Colours of a card: palettes that can be read, whatever the background. Pure.

Every text stands out from what is behind it by 4.5 to 1 at least, every sign by 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
Light and dark panels have the colours of Lantern's card; its grey text on light was too faint (3.8 to 1).
"""

from collections.abc import Iterable
from dataclasses import dataclass

TEXT, SIGN = 4.5, 3.0
BLACK, WHITE = "000000", "ffffff"


@dataclass(frozen=True, slots=True)
class Palette:
    """Six hexadecimal digits each; `panel` and `box` are None where the page shines through.

    `ink` and `quiet` are for text; `line` is for what only divides.
    """

    panel: str | None
    box: str | None
    line: str
    ink: str
    quiet: str
    tag: str
    tag_ink: str
    bar: str
    track: str
    online: str
    idle: str
    dnd: str
    offline: str


DARK = Palette(
    panel="17171c",
    box="1e1e24",
    line="33333d",
    ink="ffffff",
    quiet="a3a3ad",
    tag="2c2c33",
    tag_ink="ffffff",
    bar="ffffff",
    track="3d3d47",
    online="3fba6c",
    idle="f0b132",
    dnd="f4646a",
    offline="9a9aa5",
)
LIGHT = Palette(
    panel="e6e6e6",
    box="dcdcdc",
    line="c6c9cd",
    ink="242a31",
    quiet="4d545b",
    tag="d5d5d5",
    tag_ink="242a31",
    bar="242a31",
    track="b9bdc2",
    online="14743c",
    idle="8a5500",
    dnd="b8232a",
    offline="5d646b",
)
CLEAR_DARK = Palette(
    None,
    None,
    "3d444d",
    "f0f6fc",
    "9da7b1",
    "2c2c33",
    "ffffff",
    "f0f6fc",
    "3d444d",
    *(DARK.online, DARK.idle, DARK.dnd, DARK.offline),
)
"""Over a page that is dark; GitHub's is 0d1117."""
CLEAR_LIGHT = Palette(
    None,
    None,
    "d1d9e0",
    "1f2328",
    "59636e",
    "e6e6e6",
    "242a31",
    "1f2328",
    "c5cdd5",
    *(LIGHT.online, LIGHT.idle, LIGHT.dnd, LIGHT.offline),
)
"""Over a page that is light."""


_LINEAR = tuple(
    share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
    for share in (step / 255 for step in range(256))
)


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    red, green, blue = bytes.fromhex(colour)
    return 0.2126 * _LINEAR[red] + 0.7152 * _LINEAR[green] + 0.0722 * _LINEAR[blue]


def contrast(one: str, other: str) -> float:
    """From 1 for the same to 21 for black on white."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: str, other: str, share: float) -> str:
    """So much of the one, the rest of the other."""
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    return bytes([round(mine * share + theirs * (1 - share)) for mine, theirs in pairs]).hex()


def over(background: str) -> Palette:
    """A palette for a background of somebody's choice."""
    ink = ink_on(background)
    box = mixed(ink, background, 0.06)
    if contrast(ink, box) < TEXT:  # a background in the middle has no room: the box goes the other way
        box = mixed(_opposite(ink), background, 0.08)
    grounds = (background, box)
    tag = mixed(ink, background, 0.12) if contrast(ink, mixed(ink, background, 0.12)) >= TEXT else box
    return Palette(
        panel=background,
        box=box,
        line=mixed(ink, background, 0.2),
        ink=ink,
        quiet=_firm(mixed(ink, background, 0.7), ink, grounds, TEXT),
        tag=tag,
        tag_ink=ink_on(tag),
        bar=ink,
        track=mixed(ink, background, 0.25),
        **_signs(ink, grounds),
    )


def across(ink: str, grounds: tuple[str, ...]) -> Palette:
    """A palette for a ground of many colours, on each of which this ink can be read; a box is the ink's opposite."""
    opposite = _opposite(ink)
    middle = grounds[len(grounds) // 2]
    tag = mixed(opposite, middle, 0.4)
    return Palette(
        panel=None,
        box=opposite,
        line=mixed(ink, middle, 0.3),
        ink=ink,
        quiet=_firm(mixed(ink, middle, 0.8), ink, grounds, TEXT),
        tag=tag,
        tag_ink=ink_on(tag),
        bar=ink,
        track=mixed(ink, middle, 0.3),
        **_signs(ink, grounds),
    )


def ink_on(background: str) -> str:
    """Black or white, whichever is read better."""
    return max((WHITE, BLACK), key=lambda ink: contrast(ink, background))


def _opposite(ink: str) -> str:
    return BLACK if ink == WHITE else WHITE


def _signs(ink: str, grounds: tuple[str, ...]) -> dict[str, str]:
    """The colours of each status, as they stand out on all of these grounds."""
    known = LIGHT if ink == BLACK else DARK
    signs = {"online": known.online, "idle": known.idle, "dnd": known.dnd, "offline": known.offline}
    return {status: _firm(sign, ink, grounds, SIGN) for status, sign in signs.items()}


def _firm(colour: str, ink: str, grounds: Iterable[str], least: float) -> str:
    """The colour, with as much ink in it as it needs to stand out."""
    for share in (0.0, 0.2, 0.4, 0.6, 0.8):
        tried = mixed(ink, colour, share)
        if all(contrast(tried, ground) >= least for ground in grounds):
            return tried
    return ink
