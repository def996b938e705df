"""Options: what the address of a card asks for, as one table that the parser, the embed page and the documents share.

Lantern's own come first, with its texts for what is wrong (spec/lantern.md section 4.1), then those that README
cards of Discord presences made popular (cnrad/lanyard-profile-readme), then ours. Pure.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

from actors.errors import Malformed
from web.cards.ground import MOST_STOPS, Ground, read_ground

REM = 16.0
MOST_ACTIVITIES = 5

_NUMBER = re.compile(r"[+-]?([0-9]{0,9}\.)?[0-9]{1,9}")
LENGTH = re.compile(r"([+-]?(?:[0-9]{0,9}\.)?[0-9]{1,9})(rem|em|px|)")
COLOUR = re.compile(r"#?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")
_FLAGS = {"0": False, "1": True, "false": False, "true": True}


class Section(Enum):
    """What becomes of the part about activities: Lantern's `1` says that there is none, `true` leaves it out."""

    SHOWN = "0"
    EMPTIED = "1"
    LEFT_OUT = "true"
    LEFT_OUT_WHEN_IDLE = "whenNotUsed"


@dataclass(frozen=True, slots=True)
class Options:
    """`radius` in pixels; colours are six hexadecimal digits; `no_activity_title` may be empty."""

    svg: bool = False
    theme: str = "dark"
    radius: float = 2 * REM
    hide_global_name: bool = False
    hide_status: bool = False
    hide_badges: bool = False
    activity: Section = Section.SHOWN
    hide_last_seen: bool = False
    hide_server_tag: bool = False
    no_activity_title: str = "No Activity"
    no_activity_message: str = "User is not currently doing anything."
    hide_timestamp: bool = False
    hide_profile: bool = False
    hide_spotify: bool = False
    animated: bool = True
    hide_decoration: bool = False
    animated_decoration: bool = True
    ignored_applications: frozenset[str] = frozenset()
    background: str | None = None
    ground: Ground | None = None
    tag_background: str | None = None
    activities: int = 2


@dataclass(frozen=True, slots=True)
class Option:
    """One name in the address.

    `shape` says how a form asks for it (`off` is a switch that is on without it), `label` and `says` in which words,
    `choices` what it may be, and its meaning.
    """

    name: str
    target: str
    read: Callable[[str, str], Any]
    shape: str
    label: str
    says: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    longest: int = 0
    """Of words, in characters."""


def _flag(name: str, text: str) -> bool:
    if text in _FLAGS:
        return _FLAGS[text]
    raise _wrong(f"{name} must be either 0 or 1." if _NUMBER.fullmatch(text) else f"{name} must be a number.")


def _strict_flag(name: str, text: str) -> bool:
    return text == "1" if text in {"0", "1"} else _flag(name, "2" if _NUMBER.fullmatch(text) else "")


def _shown(name: str, text: str) -> bool:
    return not _flag(name, text)


def _theme(_name: str, text: str) -> str:
    if text not in THEMES:
        raise _wrong('Theme must be either "light" or "dark".')
    return text


def _section(name: str, text: str) -> Section:
    if text == Section.LEFT_OUT_WHEN_IDLE.value:
        return Section.LEFT_OUT_WHEN_IDLE
    if _flag(name, text):
        return Section(text)
    return Section.SHOWN


def _radius(name: str, text: str) -> float:
    length = LENGTH.fullmatch(text)
    if length is None:
        raise _wrong(f"{name} must be a number.")
    return max(float(length[1]), 0.0) * (1.0 if length[2] == "px" else REM)


def _words(most: int) -> Callable[[str, str], str]:
    def read(name: str, text: str) -> str:
        if not 1 <= len(text) <= most:
            raise _wrong(f"{name} must be 1-{most} characters long.")
        return text

    return read


def _colour(name: str, text: str) -> str:
    digits = COLOUR.fullmatch(text)
    if digits is None:
        raise _wrong(f"{name} must be a colour of 3 or 6 hexadecimal digits.")
    short = digits[1].lower()
    return short if len(short) == 6 else "".join(2 * digit for digit in short)


def _ground(name: str, text: str) -> Ground:
    ground = read_ground(text)
    if ground is None:
        raise _wrong(f"{name} must be like linear-gradient(45deg, #1a2980, #26d0ce), of 2 to {MOST_STOPS} colours.")
    return ground


def _ids(name: str, text: str) -> frozenset[str]:
    found = frozenset(part.strip() for part in text.split(",") if part.strip())
    if len(text) > 1024 or not all(part.isascii() and part.isdecimal() for part in found):
        raise _wrong(f"{name} must be ids, separated by commas.")
    return found


def _count(name: str, text: str) -> int:
    if text not in map(str, range(1, MOST_ACTIVITIES + 1)):
        raise _wrong(f"{name} must be a number from 1 to {MOST_ACTIVITIES}.")
    return int(text)


def _wrong(sentence: str) -> Malformed:
    return Malformed("invalid-parameter", sentence)


THEMES = {"dark": "dark", "light": "light", "auto": "as the reader's screen", "transparent": "no ground of its own"}
_SECTIONS = {
    Section.SHOWN.value: "shown",
    Section.EMPTIED.value: "as if there were none",
    Section.LEFT_OUT.value: "left out",
    Section.LEFT_OUT_WHEN_IDLE.value: "left out while there is none",
}
SVG = Option("svg", "svg", _strict_flag, "hidden", "", "1 gives the card in place of the document")
TABLE = (
    Option("theme", "theme", _theme, "choice", "Theme", "auto and transparent follow the reader's screen", THEMES),
    Option("borderRadius", "radius", _radius, "length", "Corner radius", "in rem; 12px is understood too"),
    Option("hideGlobalName", "hide_global_name", _flag, "switch", "Display name", "only the @name is shown"),
    Option("hideStatus", "hide_status", _flag, "switch", "Status", "its icon, and the custom status"),
    Option("hideBadges", "hide_badges", _flag, "switch", "Badges"),
    Option("hideActivity", "activity", _section, "choice", "Activities", "", _SECTIONS),
    Option("hideLastSeen", "hide_last_seen", _flag, "switch", "Last seen", "said of who is offline"),
    Option("hideServerTag", "hide_server_tag", _flag, "switch", "Server tag"),
    Option("noActivityTitle", "no_activity_title", _words(64), "words", "While there is no activity", longest=64),
    Option("noActivityMessage", "no_activity_message", _words(256), "words", "And below that", longest=256),
    Option("hideTimestamp", "hide_timestamp", _flag, "switch", "Times", "and progress bars"),
    Option("hideProfile", "hide_profile", _flag, "switch", "Profile", "only activities are shown"),
    Option("hideSpotify", "hide_spotify", _flag, "switch", "Spotify"),
    Option("animated", "animated", _flag, "off", "Moving avatar", "it stands still"),
    Option("hideDecoration", "hide_decoration", _flag, "switch", "Avatar decoration"),
    Option("animatedDecoration", "animated_decoration", _flag, "off", "Moving decoration", "it stands still"),
    Option("ignoreAppId", "ignored_applications", _ids, "ids", "Applications to leave out", "ids, with commas"),
    Option("bg", "background", _colour, "colour", "Card colour", "such as 1a1c1f; text is made to be read on it"),
    Option("gradient", "ground", _ground, "gradient", "Gradient", "such as linear-gradient(45deg, #1a2980, #26d0ce)"),
    Option("clanBackgroundColor", "tag_background", _colour, "colour", "Server tag colour", "such as 5865f2"),
    Option("maxActivities", "activities", _count, "count", "Most activities", f"1 to {MOST_ACTIVITIES}"),
)
ALIASES = (
    Option("hideTag", "hide_server_tag", _flag, "switch", "", "hideServerTag"),
    Option("showDisplayName", "hide_global_name", _shown, "switch", "", "the opposite of hideGlobalName"),
    Option("idleMessage", "no_activity_message", _words(256), "words", "", "noActivityMessage, without a title"),
)


@lru_cache(maxsize=1024)
def read_options(query: str) -> Options:
    """What a query string asks for; names that nobody knows are passed over, of repeated ones the first counts.

    Malformed with a sentence for the first option, in the table's order, that cannot be.
    """
    given = parse_qs(query, keep_blank_values=True)
    said: dict[str, Any] = {}
    for option in (SVG, *TABLE, *ALIASES):
        if option.name in given:
            said.setdefault(option.target, option.read(option.name, given[option.name][0]))
    if len(given.get(SVG.name, ())) > 1:
        said["svg"] = False  # section 3.3: "Repeating `svg=1&svg=1` yields JSON"
    if "idleMessage" in given and "noActivityTitle" not in given:
        said["no_activity_title"] = ""
    return Options(**said)
