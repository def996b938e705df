"""A gradient in CSS's spelling, on which every text can be read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.cards.colours import BLACK, WHITE, contrast, mixed
from web.cards.ground import BOX_SHARE, Ground, read_ground
from web.cards.options import Options
from web.cards.style import palettes

colours = st.integers(0, 0xFFFFFF).map("{:06x}".format)


@pytest.mark.parametrize(
    ("text", "angle", "places"),
    [
        ("linear-gradient(45deg, #000, #101010)", 45.0, (0.0, 1.0)),
        ("linear-gradient(#000, #010101, #020202)", 180.0, (0.0, 0.5, 1.0)),
        ("LINEAR-GRADIENT(to right, #000 20%, #000000 80%);", 90.0, (0.2, 0.8)),
        ("linear-gradient(-90.5deg,#000,#000 300%)", -90.5, (0.0, 1.0)),
    ],
)
def test_what_is_understood(text: str, angle: float, places: tuple[float, ...]) -> None:
    ground = read_ground(text)
    assert ground is not None
    assert (ground.angle, tuple(place for _, place in ground.stops)) == (angle, places)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "red",
        "#000",
        "linear-gradient()",
        "linear-gradient(#000)",
        "linear-gradient(45deg, #000)",
        "linear-gradient(red, blue)",
        "linear-gradient(url(https://e.org), #000)",
        "linear-gradient(#000, #000, #000, #000, #000, #000, #000)",
        "radial-gradient(#000, #fff)",
    ],
)
def test_what_is_not(text: str) -> None:
    assert read_ground(text) is None


@pytest.mark.parametrize(
    ("angle", "line"),
    [(0, (300, 200, 300, 0)), (90, (0, 100, 600, 100)), (180, (300, 0, 300, 200)), (45, (100, 300, 500, -100))],
)
def test_it_goes_where_css_says(angle: float, line: tuple[float, ...]) -> None:
    found = Ground(angle, ()).line(600, 200)
    assert [found[name] for name in ("x1", "y1", "x2", "y2")] == pytest.approx(line)


@given(st.lists(colours, min_size=2, max_size=6))
def test_every_text_can_be_read_all_over_it(chosen: list[str]) -> None:
    ground = read_ground(f"linear-gradient({', '.join(f'#{colour}' for colour in chosen)})")
    assert ground is not None
    (palette,) = palettes(replace(Options(), ground=ground))
    opposite = BLACK if palette.ink == WHITE else WHITE
    assert contrast(palette.tag_ink, palette.tag) >= 4.5
    for colour in ground.colours():
        for point in (colour, mixed(opposite, colour, BOX_SHARE)):
            for ink in (palette.ink, palette.quiet):
                assert contrast(ink, point) >= 4.5
            for sign in (palette.online, palette.idle, palette.dnd, palette.offline):
                assert contrast(sign, point) >= 3


def test_colours_on_which_it_can_be_read_are_left_as_they_are() -> None:
    ground = read_ground("linear-gradient(#1a2980, #102050)")
    assert ground is not None
    assert [colour for colour, _ in ground.stops] == ["1a2980", "102050"]
