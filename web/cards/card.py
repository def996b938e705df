"""Card: a face as one SVG picture, for an `<img>` in anybody's README. Pure.

Text and shapes only: no foreignObject, no script, nothing that is fetched; nothing moves but an avatar and its
decoration, for readers to whom motion is welcome.
"""

from xml.etree.ElementTree import Element

from web.cards import rows
from web.cards.avatar import AVATAR, has_status
from web.cards.face import Doing, Face
from web.cards.header import header
from web.cards.icons import STATUS_WORDS
from web.cards.options import Options, Section
from web.cards.scene import Art, Scene
from web.cards.style import sheet
from web.cards.svg import finished, part, root
from web.cards.words import cleaned

WIDE = 600.0
LARGE, SMALL = 192, 64
"""Pixels of the longer side of pictures: twice what is seen of them, for fine screens."""
MOVING = 128
"""Of what moves, which is heavy enough."""
_EDGE, _GAP, _AFTER_HEADER = 24.0, 12.0, 20.0


def draw(seen: Face, options: Options, art: Art, now: float) -> bytes:
    """The card as it is at that time, in seconds since the epoch; `art` has the pictures that could be had."""
    scene = Scene(options, art, now)
    boxes = _boxes(seen, scene)
    body = Element("g")
    y = _EDGE
    if not (options.hide_profile and boxes):
        header(body, seen, scene, (_EDGE, y), WIDE - 2 * _EDGE)
        y += AVATAR + (_AFTER_HEADER if boxes else 0)
    for box in boxes:
        box.draw(body, _EDGE, y, WIDE - 2 * _EDGE)
        y += box.high + _GAP
    high = y + _EDGE - (_GAP if boxes else 0)
    card = root(WIDE, high, *described(seen, options))
    part(card, "style", sheet(options, moves=body.find(".//image[@class='moving']") is not None))
    _panel(card, options, high)
    card.append(body)
    return finished(card)


def _panel(card: Element, options: Options, high: float) -> None:
    corner = min(options.radius, high / 2)
    if options.ground is None:
        part(card, "rect", width=WIDE, height=high, rx=corner, class_="panel")
        return
    line = options.ground.line(WIDE, high)
    gradient = part(card, "linearGradient", id="ground", gradientUnits="userSpaceOnUse", **line)
    for colour, place in options.ground.stops:
        part(gradient, "stop", offset=place, stop_color=f"#{colour}")
    part(card, "rect", width=WIDE, height=high, rx=corner, fill="url(#ground)")


def doings(seen: Face, options: Options) -> tuple[Doing, ...]:
    """The activities that are shown, in their order."""
    if options.activity in {Section.EMPTIED, Section.LEFT_OUT}:
        return ()
    left = (
        doing
        for doing in seen.doings
        if doing.application not in options.ignored_applications and not (options.hide_spotify and doing.is_spotify)
    )
    return tuple(left)[: options.activities]


def wanted(seen: Face, options: Options) -> dict[str, int]:
    """The addresses of the pictures that will be drawn, each with the side in pixels that it is needed in."""
    small = [seen.tag.icon if seen.tag else None, seen.mood.picture if seen.mood else None]
    large = [seen.avatar, None if options.hide_decoration else seen.decoration]
    for doing in doings(seen, options):
        # The small one takes the place of a large one that is not there.
        (small if doing.picture else large).append(doing.small)
        large.append(doing.picture)
    return {**{url: SMALL for url in small if url}, **{url: LARGE for url in large if url}}


def moving(seen: Face, options: Options) -> dict[str, int]:
    """The addresses of what may move beside its still, as `wanted`."""
    avatar = seen.moving_avatar if options.animated else None
    shown = options.animated_decoration and not options.hide_decoration
    decoration = seen.moving_decoration if shown else None
    return {url: MOVING for url in (avatar, decoration) if url}


def described(seen: Face, options: Options) -> tuple[str, str]:
    """The card's name and the sentence for those who do not see it."""
    name = cleaned(f"@{seen.handle}" if options.hide_global_name and seen.handle else seen.name)
    if not seen.known:
        return name, "Nobody is known by this name here."
    title = f"{name}: {STATUS_WORDS[seen.status]}" if has_status(seen, options) else name
    said = [
        ". ".join(filter(None, (above, ", ".join((large, *below))))) for above, large, below in _told(seen, options)
    ]
    mood = cleaned(seen.mood.text) if seen.mood is not None and not options.hide_status else ""
    return title, " ".join(f"{sentence}." for sentence in (mood, *said) if sentence) or "No activity."


def _told(seen: Face, options: Options) -> list[tuple[str, str, tuple[str, ...]]]:
    return [rows.titles(doing) for doing in doings(seen, options)]


def _boxes(seen: Face, scene: Scene) -> list[rows.Row]:
    options = scene.options
    shown = doings(seen, options)
    if not seen.known or options.activity is Section.LEFT_OUT:
        return []
    if shown:
        return [rows.activity(doing, scene, place) for place, doing in enumerate(shown)]
    return [] if options.activity is Section.LEFT_OUT_WHEN_IDLE else [rows.nothing(options)]
