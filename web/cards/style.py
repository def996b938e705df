"""Style of a card: one rule for each class, and for `auto` and `transparent` a second set for dark screens. Pure."""

from functools import lru_cache

from web.cards.colours import CLEAR_DARK, CLEAR_LIGHT, DARK, LIGHT, Palette, across, ink_on, over
from web.cards.ground import BOX_SHARE
from web.cards.options import Options

_THEMES = {"dark": (DARK,), "light": (LIGHT,), "auto": (LIGHT, DARK), "transparent": (CLEAR_LIGHT, CLEAR_DARK)}


def palettes(options: Options) -> tuple[Palette, ...]:
    """The palette that always holds; with a second one that one is for readers who prefer dark."""
    if options.ground is not None:
        return (across(options.ground.ink, tuple(options.ground.colours())),)
    return _THEMES[options.theme] if options.background is None else (over(options.background),)


_MOTION = (
    ".moving{display:none}@media (prefers-reduced-motion:no-preference){.moving{display:inline}.still{display:none}}"
)
"""Who has not said that motion is welcome, or whose viewer cannot say, sees the still."""


@lru_cache(maxsize=512)
def sheet(options: Options, *, moves: bool = False) -> str:
    """The style sheet; `moves` where there is anything that does."""
    chosen = palettes(options)
    text = _rules(chosen[0], options.tag_background)
    if options.ground is not None:
        text += f".box{{fill-opacity:{BOX_SHARE}}}"
    if len(chosen) > 1:
        text += "@media (prefers-color-scheme:dark){" + _rules(chosen[1], options.tag_background) + "}"
    return text + _MOTION if moves else text


def _rules(palette: Palette, tag: str | None) -> str:
    tag, tag_ink = (tag, ink_on(tag)) if tag else (palette.tag, palette.tag_ink)
    rules = {
        "panel": f"fill:#{palette.panel}" if palette.panel else "fill:none",
        "box": f"fill:#{palette.box}" if palette.box else f"fill:none;stroke:#{palette.line}",
        "ink": f"fill:#{palette.ink}",
        "quiet": f"fill:#{palette.quiet}",
        "glyph": f"stroke:#{palette.quiet}",
        "tag": f"fill:#{tag}",
        "tag-ink": f"fill:#{tag_ink}",
        "bar": f"fill:#{palette.bar}",
        "track": f"fill:#{palette.track}",
        "online": f"fill:#{palette.online}",
        "idle": f"fill:#{palette.idle}",
        "dnd": f"fill:#{palette.dnd}",
        "offline": f"fill:#{palette.offline}",
    }
    return "".join(f".{name}{{{rule}}}" for name, rule in rules.items())
