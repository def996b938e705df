"""Icons of our own drawing: the four statuses, badges, and what stands where a picture is missing. Pure.

Status is told by shape as well as by colour: a disc, a crescent, a disc with a bar, a ring.
"""

from actors.presence import Kind
from web.cards.svg import Drawn, part
from web.cards.words import cleaned, clusters

STATUS_WORDS = {"online": "online", "idle": "idle", "dnd": "do not disturb", "offline": "offline"}

_DISC = "M-1 0A1 1 0 1 1 1 0A1 1 0 1 1-1 0Z"
_STATUSES = {
    "online": _DISC,
    "idle": "M.11-.99A1 1 0 1 1-.99.11A.78.78 0 1 0 .11-.99Z",
    "dnd": _DISC + "M-.45-.2A.2.2 0 0 0-.45.2H.45A.2.2 0 0 0 .45-.2Z",
    "offline": _DISC + "M-.5 0A.5.5 0 1 0 .5 0A.5.5 0 1 0-.5 0Z",
}

_BUG = (
    "M8 5.7c1.6 0 2.4 1.4 2.4 3.1S9.5 11.8 8 11.8s-2.4-1.3-2.4-3S6.4 5.7 8 5.7zM5.7 7.4 4.4 6.5M5.5 9H4M5.8 10.6l-1.3 1"
    "M10.3 7.4l1.3-.9M10.5 9H12M10.2 10.6l1.3 1M7.1 5.4 6.4 4.4M8.9 5.4l.7-1"
)
_SHIELD = "M8 3.9l3.5 1.2v2.8c0 2.1-1.5 3.4-3.5 4.2-2-.8-3.5-2.1-3.5-4.2V5.1z"
_SOLID, _LINES = 0.8, 1.4
BADGES = {
    "Staff": (
        "5a62d6",
        _SOLID,
        "M10.9 4.7a2.5 2.5 0 0 0-3.2 3.2L4.9 10.7l1.4 1.4 2.8-2.8a2.5 2.5 0 0 0 3.2-3.2l-1.6 1.6-1.4-1.4z",
    ),
    "Partner": (
        "3d6fd1",
        _LINES,
        "M8.6 8a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0zM11.8 8a2.2 2.2 0 1 1-4.4 0 2.2 2.2 0 0 1 4.4 0z",
    ),
    "Hypesquad": ("ab6018", _SOLID, "M5.4 4.2v7.8M5.6 4.6l5.4 2.1-5.4 2.1z"),
    "BugHunterLevel1": ("3b7f3f", _SOLID, _BUG),
    "BugHunterLevel2": ("94701c", _SOLID, _BUG),
    "HypeSquadOnlineHouse1": ("8b5bd6", _LINES, "M4.9 8.1 8 5l3.1 3.1M4.9 11.3 8 8.2l3.1 3.1"),
    "HypeSquadOnlineHouse2": ("c8504a", _SOLID, "M8 4 9.1 6.9 12 8 9.1 9.1 8 12 6.9 9.1 4 8l2.9-1.1z"),
    "HypeSquadOnlineHouse3": ("1f7f76", _SOLID, "M8 4.4a3.6 3.6 0 0 0 0 7.2zM9.4 4.7a3.6 3.6 0 0 1 0 6.6"),
    "PremiumEarlySupporter": ("b8478f", _SOLID, "M8 11.6 5 8.6a1.9 1.9 0 0 1 2.7-2.7l.3.3.3-.3A1.9 1.9 0 0 1 11 8.6z"),
    "VerifiedBot": ("4f6bd0", _LINES, "M4.9 6.7h6.2v4.4H4.9zM8 6.5V4.6M6.9 8.6v.6M9.1 8.6v.6"),
    "VerifiedDeveloper": ("2f75b5", _LINES, "M4.7 8.3 7 10.6l4.4-4.9"),
    "CertifiedModerator": ("c0522f", _LINES, _SHIELD + "M6.5 8l1.1 1.1 2-2.2"),
    "ActiveDeveloper": ("2a8049", _LINES, "M6.5 5.7 4.2 8l2.3 2.3M9.5 5.7 11.8 8l-2.3 2.3"),
}
"""By Discord's name of the flag: colour, width of the line, path within 16 by 16. Flags without one have no badge."""

MONOGRAMS = ("5a62d6", "2f75b5", "1f7f76", "2a8049", "94701c", "ab6018", "c0522f", "b8478f", "8b5bd6")
"""White can be read on each of them, and each can be told from both panels."""

_NOTE = (
    "M9 17.6V6.2l9.4-2v11.3M9 17.6a2.3 2.3 0 1 1-4.6 0 2.3 2.3 0 0 1 4.6 0z"
    "M18.4 15.5a2.3 2.3 0 1 1-4.6 0 2.3 2.3 0 0 1 4.6 0z"
)
_SCREEN = "M4 5.5h16v11H4zM9 20h6M10.4 8.6v4.8l4-2.4z"
_CUP = (
    "M7.5 4.5h9v4.8a4.5 4.5 0 0 1-9 0zM7.5 6H4.8v.8a2.9 2.9 0 0 0 2.9 2.9M16.5 6h2.7v.8a2.9 2.9 0 0 1-2.9 2.9"
    "M12 13.8v3.6M8.8 19.5h6.4"
)
_PAD = (
    "M7.5 7.5h9a4.3 4.3 0 0 1 4.2 5.1l-.6 3a2.2 2.2 0 0 1-3.8 1L14.8 15H9.2l-1.5 1.6a2.2 2.2 0 0 1-3.8-1l-.6-3"
    "a4.3 4.3 0 0 1 4.2-5.1zM8.3 9.8v2.8M6.9 11.2h2.8M15.3 12.2v.01M17.2 10.3v.01"
)
_THINGS = "M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM13 16a3 3 0 1 0 6 0 3 3 0 0 0-6 0z"
_ART = {
    Kind.LISTENING: _NOTE,
    Kind.WATCHING: _SCREEN,
    Kind.STREAMING: _SCREEN,
    Kind.COMPETING: _CUP,
    Kind.PLAYING: _PAD,
}


def status(parent: Drawn, name: str, x: float, y: float, radius: float) -> None:
    """The icon of a status around this point."""
    placed = f"translate({x:g} {y:g}) scale({radius:g})"
    part(parent, "path", d=_STATUSES[name], class_=name, fill_rule="evenodd", transform=placed)


def badge(parent: Drawn, name: str, x: float, y: float, size: float) -> None:
    """The badge of a flag, with its corner here; it must have one."""
    colour, width, path = BADGES[name]
    token = part(parent, "g", transform=f"translate({x:g} {y:g}) scale({size / 16:g})")
    part(token, "title", name)
    part(token, "circle", cx=8, cy=8, r=8, fill=f"#{colour}")
    filled = "#fff" if width == _SOLID else "none"
    _line(token, path, width, fill=filled, stroke="#fff")


def art(parent: Drawn, kind: Kind, x: float, y: float, size: float) -> None:
    """What stands in a square where an activity has no picture."""
    part(parent, "rect", x=x, y=y, width=size, height=size, class_="track")
    inner = size / 2
    placed = f"translate({x + inner / 2:g} {y + inner / 2:g}) scale({inner / 24:g})"
    _line(part(parent, "g", transform=placed), _ART.get(kind, _THINGS), 1.6, fill="none", class_="glyph")


def monogram(parent: Drawn, name: str, x: float, y: float, size: float) -> None:
    """What stands in a circle where a person has no picture: a letter, in a colour that stays the name's."""
    visible = cleaned(name)
    letters = list(clusters(visible))
    letter = next((each for each in letters if each[0].isalnum()), next(iter(letters), ""))
    number = sum(map(ord, visible)) % len(MONOGRAMS)
    half = size / 2
    part(parent, "circle", cx=x + half, cy=y + half, r=half, fill=f"#{MONOGRAMS[number]}")
    middle = part(parent, "g", text_anchor="middle", fill="#fff", font_weight="700", font_size=half * 0.9)
    part(middle, "text", letter.upper(), x=x + half, y=y + half * 1.32)


def somebody(parent: Drawn, x: float, y: float, size: float) -> None:
    """Nobody in particular."""
    part(parent, "rect", x=x, y=y, width=size, height=size, class_="track")
    part(parent, "circle", cx=x + size / 2, cy=y + size * 0.4, r=size * 0.17, class_="quiet")
    part(parent, "circle", cx=x + size / 2, cy=y + size * 0.96, r=size * 0.34, class_="quiet")


def _line(parent: Drawn, path: str, width: float, **look: str) -> None:
    part(parent, "path", d=path, stroke_width=width, stroke_linecap="round", stroke_linejoin="round", **look)
