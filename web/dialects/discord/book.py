"""Book: each user's document as finished bytes, built once per change and read by REST and by every socket. Pure.

One part of Lantern's document moves by itself: how much of a song has been heard. A page has a hole there, which is
filled whenever the page is read, and its entity tag is weak then.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from actors.presence import Presence, Subject, Update
from web.dialects.discord.person import Person, person

PAGES = 50_000
"""Documents that are kept; beyond it the oldest is given up and built again when it is asked for."""

HOLE = "@"
_HOLE = b'"current_human_readable":"'
"""Inside a JSON text no quote stands unescaped, so only the key itself looks like this; of several it is the first."""

Heard = tuple[float, float] | None
"""From when to when a song is heard, in milliseconds since the epoch; None where the document has no hole."""

Form = Callable[[Person], tuple[Mapping[str, Any], Heard]]
"""The dialect's document of a person; where a song is heard, `time.current_human_readable` is HOLE."""


@dataclass(frozen=True, slots=True)
class Page:
    """One user's document. `started_ms` and `length_ms` are the song's, where one is heard."""

    id: str
    head: bytes
    tail: bytes = b""
    started_ms: float = 0.0
    length_ms: float = 0.0

    def at(self, now: float) -> bytes:
        """The document at that time, in seconds since the epoch."""
        if not self.tail:
            return self.head
        heard = min(max(now * 1000 - self.started_ms, 0.0), self.length_ms)
        return self.head + clock_text(heard).encode() + self.tail

    @property
    def etag(self) -> str:
        """The entity tag, with its quotes; weak where the document has a hole."""
        digest = blake2b(self.head + self.tail, digest_size=12).hexdigest()
        return f'W/"{digest}"' if self.tail else f'"{digest}"'


def clock_text(length_ms: float) -> str:
    """`mm:ss`; beyond an hour the minutes go on."""
    minutes, seconds = divmod(int(length_ms // 1000), 60)
    return f"{minutes:02}:{seconds:02}"


class Book:
    """The pages of one form."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._pages: dict[str, _Known] = {}

    def page(self, subject: Subject, presence: Presence) -> Page | None:
        """The user's document; None for whoever is not there for these dialects."""
        known = self._pages.get(subject.id)
        if known is not None and known.is_of(subject, presence):
            return known.page
        shown = person(subject, presence)
        page = None if shown is None else _page(shown.id, *self._form(shown))
        self._keep(_Known(subject, presence, page))
        return page

    def turn(self, update: Update) -> tuple[Page | None, bool]:
        """The document after an update, and False where it is the one before: not every claim shows in it.

        Whoever asks later of the same update is answered alike, and nothing is built twice for it.
        """
        known = self._pages.get(update.subject.id)
        if known is not None and known.is_of(update.subject, update.after):
            return known.page, known.unchanged_by is not update
        before = self.page(update.was or update.subject, update.before)
        after = self.page(update.subject, update.after)
        if after != before:
            return after, True
        self._keep(_Known(update.subject, update.after, before, update))
        return before, False

    def _keep(self, known: "_Known") -> None:
        self._pages[known.subject.id] = known
        if len(self._pages) > PAGES:
            del self._pages[next(iter(self._pages))]


@dataclass(frozen=True, slots=True)
class _Known:
    """A page, and of whom; `unchanged_by` is an update that led here from an equal one."""

    subject: Subject
    presence: Presence
    page: Page | None
    unchanged_by: Update | None = None

    def is_of(self, subject: Subject, presence: Presence) -> bool:
        if self.subject != subject:
            return False
        mine = self.presence
        return mine is presence or (mine == presence and mine.kept == presence.kept)


def _page(ident: str, document: Mapping[str, Any], heard: Heard) -> Page:
    data = orjson.dumps(document)
    if heard is None:
        return Page(ident, data)
    at = data.index(_HOLE) + len(_HOLE)
    started_ms, end_ms = heard
    return Page(ident, data[:at], data[at + len(HOLE) :], started_ms, max(end_ms - started_ms, 0.0))
