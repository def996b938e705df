"""The lower part of a card: a box for each activity, or one that says that there is none. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from actors.presence import Kind
from web.cards import icons
from web.cards.avatar import SLICE
from web.cards.face import Doing
from web.cards.options import Options
from web.cards.scene import Scene
from web.cards.spans import clock
from web.cards.svg import Drawn, part, write
from web.cards.words import cleaned, fit, lines

_PAD = 16.0
_ART = 88.0
_SMALL, _SMALL_CUT = 15.0, 19.0
_BAR = 5.0
_VERBS = {
    Kind.PLAYING: "Playing",
    Kind.STREAMING: "Streaming",
    Kind.LISTENING: "Listening to",
    Kind.WATCHING: "Watching",
    Kind.COMPETING: "Competing in",
}

Line = Callable[[Drawn, float, float, float], None]
"""Draws itself below the parent from the corner (x, y) on, in so many pixels."""


@dataclass(frozen=True, slots=True)
class Row:
    """A box: how high it is, and how to draw it at (x, y), so wide."""

    high: float
    draw: Line


def titles(doing: Doing) -> tuple[str, str, tuple[str, ...]]:
    """What stands small above, what is large, and the lines below it; each cleaned, none empty but perhaps the first.

    Of music the song is large, of a game its name; what another dialect's publisher says is headed by its name.
    """
    name, details, state, album = map(cleaned, (doing.name, doing.details, doing.state, doing.album))
    verb = _VERBS.get(doing.kind, "")
    if details and doing.kind in {Kind.LISTENING, Kind.UNKNOWN}:
        below = (state, album if album not in {details, state} else "")
        return f"{verb} {name}".strip(), details, tuple(filter(None, below))
    said = tuple(filter(None, (name, details, state)))
    return (verb, said[0], said[1:]) if said else ("", verb or "Something", ())


def activity(doing: Doing, scene: Scene, place: int) -> Row:
    """An activity; `place` counts them, so that each can name what is its own."""
    above, large, below = titles(doing)
    texts: list[tuple[float, Line]] = []
    if above:
        texts.append((17.0, _text(above, 12, 12, "quiet", bold=True)))
    texts.append((22.0, _text(large, 17, 17, "ink", bold=True)))
    texts += [(19.0, _text(line, 14, 14, "ink")) for line in below]
    if not scene.options.hide_timestamp:
        texts += _times(doing, scene.now)
    tall = sum(high for high, _ in texts)
    high = max(tall, _ART) + 2 * _PAD

    def draw(parent: Drawn, x: float, y: float, wide: float) -> None:
        _box(parent, scene.options, x, y, width=wide, height=high)
        _picture(parent, doing, scene, (x + _PAD, y + (high - _ART) / 2), f"art{place}")
        left = x + 2 * _PAD + _ART
        top = y + (high - tall) / 2
        for line_high, line in texts:
            line(parent, left, top, wide - 3 * _PAD - _ART)
            top += line_high

    return Row(high, draw)


def nothing(options: Options) -> Row:
    """That there is no activity, in the words of the options."""
    title = fit(options.no_activity_title, 500, 18, bold=True)
    message = lines(options.no_activity_message, 500, 14, 4)
    tall = (26 if title.text else 0) + 20 * len(message)
    high = max(tall + 2 * _PAD, 80.0)

    def draw(parent: Drawn, x: float, y: float, wide: float) -> None:
        _box(parent, options, x, y, width=wide, height=high)
        top, middle = y + (high - tall) / 2, x + wide / 2
        if title.text:
            write(parent, title, middle - title.width / 2, top + 18, 18, class_="ink", slot=500, bold=True)
            top += 26
        for number, line in enumerate(message):
            write(parent, line, middle - line.width / 2, top + 14 + 20 * number, 14, class_="quiet", slot=500)

    return Row(high, draw)


def _box(parent: Drawn, options: Options, x: float, y: float, **size: float) -> None:
    part(parent, "rect", x=x, y=y, rx=min(16.0, options.radius / 2), class_="box", **size)


def _text(text: str, size: float, rise: float, class_: str, *, bold: bool = False) -> Line:
    def line(parent: Drawn, x: float, y: float, wide: float) -> None:
        write(parent, fit(text, wide, size, bold=bold), x, y + rise, size, class_=class_, slot=wide, bold=bold)

    return line


def _times(doing: Doing, now: float) -> list[tuple[float, Line]]:
    """How long it has gone on and how long it will: a bar with both where both ends are known."""
    start, end = doing.started_ms, doing.ends_ms
    gone = None if start is None else now - start / 1000
    left = None if end is None else end / 1000 - now
    if doing.paused:
        return [(18.0, _text("Paused", 13, 14, "quiet"))]
    if gone is not None and left is not None and gone + left > 0:
        return [(32.0, _progress(min(max(gone, 0.0), gone + left), gone + left))]
    if gone is not None:
        return [(18.0, _text(f"{clock(gone)} elapsed", 13, 14, "quiet"))]
    if left is not None:
        return [(18.0, _text(f"{clock(left)} left", 13, 14, "quiet"))]
    return []


def _progress(gone: float, length: float) -> Line:
    """A bar and what it says in figures; seconds."""

    def line(parent: Drawn, x: float, y: float, wide: float) -> None:
        done = max(wide * gone / length, _BAR)
        part(parent, "rect", x=x, y=y + 8, width=wide, height=_BAR, rx=_BAR / 2, class_="track")
        part(parent, "rect", x=x, y=y + 8, width=done, height=_BAR, rx=_BAR / 2, class_="bar")
        write(parent, fit(f"{clock(gone)} elapsed", wide / 2, 12), x, y + 28, 12, class_="quiet")
        remaining = fit(f"{clock(length - gone)} left", wide / 2, 12)
        write(parent, remaining, x + wide, y + 28, 12, class_="quiet", anchor="end")

    return line


def _picture(parent: Drawn, doing: Doing, scene: Scene, corner: tuple[float, float], mask: str) -> None:
    """The activity's picture with its small one in the corner; alone, the small one takes the place of the large."""
    x, y = corner
    large, small = scene.picture(doing.picture), scene.picture(doing.small)
    both = large is not None and small is not None
    centre = {"cx": x + _ART - _SMALL + 5, "cy": y + _ART - _SMALL + 5}
    shape = part(parent, "mask", id=mask)
    part(shape, "rect", x=x, y=y, width=_ART, height=_ART, rx=min(12.0, scene.options.radius * 3 / 8), fill="#fff")
    if both:
        part(shape, "circle", r=_SMALL_CUT, fill="#000", **centre)
    inside = part(parent, "g", mask=f"url(#{mask})")
    if shown := large or small:
        part(inside, "image", href=shown, x=x, y=y, width=_ART, height=_ART, preserveAspectRatio=SLICE)
    else:
        icons.art(inside, doing.kind, x, y, _ART)
    if both:
        _round(parent, small or "", f"{mask}s", centre["cx"], centre["cy"])


def _round(parent: Drawn, picture: str, clip: str, x: float, y: float) -> None:
    part(part(parent, "clipPath", id=clip), "circle", cx=x, cy=y, r=_SMALL)
    side = 2 * _SMALL
    place = {"x": x - _SMALL, "y": y - _SMALL, "width": side, "height": side}
    part(parent, "image", href=picture, preserveAspectRatio=SLICE, clip_path=f"url(#{clip})", **place)
