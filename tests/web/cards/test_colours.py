"""Every text of a card can be read: WCAG's 4.5 to 1, and 3 to 1 for signs, on every background."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.cards import colours, icons, style
from web.cards.colours import CLEAR_DARK, CLEAR_LIGHT, DARK, LIGHT, Palette, contrast, ink_on
from web.cards.options import Options

SIGNS = ("online", "idle", "dnd", "offline", "bar")
PAGES = {CLEAR_DARK: ("0d1117", "161b22", "000000"), CLEAR_LIGHT: ("ffffff", "f6f8fa")}
"""What a transparent card may stand on: GitHub's pages, and the plainest."""


def assert_readable(palette: Palette, *grounds: str | None) -> None:
    for ground in grounds:
        assert ground is not None
        assert contrast(palette.ink, ground) >= 4.5
        assert contrast(palette.quiet, ground) >= 4.5
        for sign in SIGNS:
            assert contrast(getattr(palette, sign), ground) >= 3
    assert contrast(palette.tag_ink, palette.tag) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("000000", "ffffff") == pytest.approx(21)
    assert contrast("777777", "ffffff") == pytest.approx(4.478, abs=0.001)
    assert contrast("6c757d", "e6e6e6") < 4.5, "Lantern's own grey on its light panel"


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_themes_with_a_panel(palette: Palette) -> None:
    assert_readable(palette, palette.panel, palette.box)


@pytest.mark.parametrize("palette", PAGES)
def test_themes_through_which_the_page_shines(palette: Palette) -> None:
    assert_readable(palette, *PAGES[palette])


@given(st.integers(0, 0xFFFFFF))
def test_any_background_that_somebody_chooses(colour: int) -> None:
    palette = colours.over(f"{colour:06x}")
    assert palette.panel == f"{colour:06x}"
    assert_readable(palette, palette.panel, palette.box)
    assert contrast(ink_on(f"{colour:06x}"), f"{colour:06x}") >= 4.5


@pytest.mark.parametrize("colour", [*icons.MONOGRAMS, *(colour for colour, *_ in icons.BADGES.values())])
def test_white_on_a_badge_or_behind_a_letter(colour: str) -> None:
    assert contrast("ffffff", colour) >= (4.5 if colour in icons.MONOGRAMS else 3)
    for panel in ("17171c", "e6e6e6"):
        assert contrast(colour, panel) >= 3, panel


def test_auto_is_light_unless_the_reader_prefers_dark() -> None:
    light, _, dark = style.sheet(Options(theme="auto")).partition("@media (prefers-color-scheme:dark)")
    assert f".panel{{fill:#{LIGHT.panel}}}" in light
    assert f".panel{{fill:#{DARK.panel}}}" in dark
    assert "@media" not in style.sheet(Options(theme="light")) + style.sheet(Options(theme="auto", background="ffffff"))
