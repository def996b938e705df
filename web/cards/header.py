"""The upper part of a card: avatar, names, server tag, badges, custom status, last seen. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from web.cards import icons
from web.cards.avatar import AVATAR, avatar
from web.cards.face import Face, Mood, Tag
from web.cards.scene import Scene
from web.cards.spans import ago
from web.cards.svg import Drawn, part, write
from web.cards.words import fit

_GAP = 20.0
_BADGE, _BADGE_GAP, _MOST_BADGES = 18.0, 5.0, 12
_TAG_ICON, _TAG_HIGH = 15.0, 22.0
_EMOJI = 18.0
_BETWEEN = 9.0
_NOBODY = "Whoever this is has no presence here."

_Line = Callable[[Drawn, float, float, float], None]
"""Draws itself below the parent from x on, around the baseline y, in so many pixels."""


@dataclass(frozen=True, slots=True)
class _Second:
    """What stands on the line below the name."""

    handle: str
    tag: Tag | None
    badges: tuple[str, ...]


def header(parent: Drawn, seen: Face, scene: Scene, corner: tuple[float, float], wide: float) -> None:
    """Draw it from this corner on; it is AVATAR high."""
    x, y = corner
    avatar(parent, seen, scene, corner)
    rows = _rows(seen, scene)
    top = y + (AVATAR - sum(high for high, _ in rows)) / 2
    left = x + AVATAR + _GAP
    for high, line in rows:
        line(parent, left, top + high * 0.72, wide - AVATAR - _GAP)
        top += high


def _rows(seen: Face, scene: Scene) -> list[tuple[float, _Line]]:
    """The lines with their heights, from above."""
    options = scene.options
    if not seen.known:
        return [(32.0, _plain(seen.name, 24, "ink", bold=True)), (24.0, _plain(_NOBODY, 14, "quiet"))]
    tag = None if options.hide_server_tag else seen.tag
    badges = () if options.hide_badges else tuple(name for name in seen.badges if name in icons.BADGES)[:_MOST_BADGES]
    handle = f"@{seen.handle}" if seen.handle else ""
    alone = options.hide_global_name and bool(handle)
    name = handle if alone else seen.name
    # Where the name's width is a guess, the tag would stand anywhere: it goes below.
    beside = tag is not None and fit(name, 1000, 24, bold=True).sure
    rows: list[tuple[float, _Line]] = [(32.0, _titled(name, tag if beside else None, scene))]
    second = _Second("" if alone or seen.handle == seen.name else handle, None if beside else tag, badges)
    if any((second.handle, second.tag, badges)):
        rows.append((25.0, _named(second, scene)))
    if seen.mood is not None and not options.hide_status:
        rows.append((24.0, _mooded(seen.mood, scene)))
    if seen.last_seen_at is not None and not options.hide_last_seen:
        rows.append((24.0, _plain(f"Last seen {ago(scene.now - seen.last_seen_at)}", 13, "quiet")))
    return rows


def _plain(text: str, size: float, class_: str, *, bold: bool = False) -> _Line:
    def line(parent: Drawn, x: float, y: float, wide: float) -> None:
        write(parent, fit(text, wide, size, bold=bold), x, y, size, class_=class_, slot=wide, bold=bold)

    return line


def _titled(name: str, tag: Tag | None, scene: Scene) -> _Line:
    """The name, and the server tag behind it."""

    def line(parent: Drawn, x: float, y: float, wide: float) -> None:
        left = wide if tag is None else wide - _tag_width(tag, scene) - _BETWEEN
        written = fit(name, left, 24, bold=True)
        write(parent, written, x, y, 24, class_="ink", slot=left, bold=True)
        if tag is not None:
            _tag(parent, tag, scene, x + written.width + _BETWEEN, y - 8)

    return line


def _tag_width(tag: Tag, scene: Scene) -> float:
    return fit(tag.name, 90, 12, bold=True).width + 16 + (_TAG_ICON + 5 if scene.picture(tag.icon) else 0)


def _tag(parent: Drawn, tag: Tag, scene: Scene, x: float, middle: float) -> None:
    """A pill around this height."""
    wide = _tag_width(tag, scene)
    place = {"x": x, "y": middle - _TAG_HIGH / 2, "width": wide, "height": _TAG_HIGH}
    part(parent, "rect", rx=7, class_="tag", **place)
    x += 8
    if icon := scene.picture(tag.icon):
        part(parent, "image", href=icon, x=x, y=middle - _TAG_ICON / 2, width=_TAG_ICON, height=_TAG_ICON)
        x += _TAG_ICON + 5
    write(parent, fit(tag.name, 90, 12, bold=True), x, middle + 4.3, 12, class_="tag-ink", slot=90, bold=True)


def _named(second: _Second, scene: Scene) -> _Line:
    """The handle, a tag that found no place above, and badges."""

    def line(parent: Drawn, x: float, y: float, wide: float) -> None:
        left = wide - len(second.badges) * (_BADGE + _BADGE_GAP) - _BETWEEN
        if second.tag is not None:
            left -= _tag_width(second.tag, scene) + _BETWEEN
        written = fit(second.handle, left, 15)
        write(parent, written, x, y, 15, class_="quiet", slot=left)
        x += written.width + (_BETWEEN if second.handle else 0)
        if second.tag is not None:
            _tag(parent, second.tag, scene, x, y - 5.3)
            x += _tag_width(second.tag, scene) + _BETWEEN
        for place, name in enumerate(second.badges):
            icons.badge(parent, name, x + place * (_BADGE + _BADGE_GAP), y - 5.3 - _BADGE / 2, _BADGE)

    return line


def _mooded(mood: Mood, scene: Scene) -> _Line:
    """The custom status, its emoji before it."""

    def line(parent: Drawn, x: float, y: float, wide: float) -> None:
        if picture := scene.picture(mood.picture):
            part(parent, "image", href=picture, x=x, y=y - 14.5, width=_EMOJI, height=_EMOJI)
            x, wide = x + _EMOJI + 6, wide - _EMOJI - 6
        text = f"{mood.emoji} {mood.text}" if mood.emoji else mood.text
        write(parent, fit(text, wide, 14), x, y, 14, class_="ink", slot=wide)

    return line
