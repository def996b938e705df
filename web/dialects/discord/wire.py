"""Wire: what Lantern's and Lanyard's sockets send, made of finished documents. Pure.

A dialect says in Words what stands around a document; one Wire for each (dialect, wire, compression), so that an
update is encoded once for all its readers.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import orjson

from actors.presence import Presence, Subject, Update
from actors.session import Gone
from web.dialects.discord.book import Book, Page
from web.dialects.discord.person import discord_id, is_there


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands before and behind the document, or the documents, in one kind of message."""

    head: bytes
    tail: bytes = b"}"


@dataclass(frozen=True, slots=True)
class Words:
    """The messages about users. `keyed` puts each user's id before its document in the message about several."""

    update: Frame
    joined: Frame
    everybody: Frame
    storage: Frame | None = None
    """None where a change of key-values is told as any other."""
    storage_is_map: bool = False
    keyed: bool = False
    nobody: bytes = b"{}"
    """In the place of the document of a user who is not there."""


class Wire:
    """An actors.session.Everybody."""

    every_report = False
    coalesces = False
    shows_pairs = True
    pause = 0.0

    def __init__(self, book: Book, words: Words, now: Callable[[], float], *, zipped: bool = False) -> None:
        """`now` gives seconds since the epoch, for what moves by itself in a document."""
        self.book = book
        self.words = words
        self.zipped = zipped
        self._now = now

    def pack(self, message: bytes) -> bytes:
        """A message as it goes out: "one complete, independent zlib stream" where that was asked for."""
        return zlib.compress(message) if self.zipped else message

    def snapshot(self, subject: Subject, presence: Presence) -> bytes | Gone:
        """See actors.session.Encoding; who watches has had a first message about the user, made by an Assembly."""
        page = self.book.page(subject, presence)
        return Gone.GONE if page is None else self._message(self.words.update, page.at(self._now()))

    def update(self, update: Update) -> bytes | Gone | None:
        """See actors.session.Encoding."""
        words = self.words
        was_there = is_there(update.was or update.subject, update.before)
        page, has_changed = self.book.turn(update)
        if page is None:
            return Gone.GONE if was_there else None
        if not was_there:
            return self._message(words.joined, page.at(update.at))
        if not has_changed:
            return None
        if update.was is not None and discord_id(update.was, update.before) != page.id:
            return Gone.GONE  # whoever asked for that id did not ask for this one
        if words.storage is not None and update.before.kept.pairs != update.after.kept.pairs:
            pairs = update.after.kept.pairs
            return self._message(words.storage, _map(pairs) if words.storage_is_map else page.at(update.at))
        return self._message(words.update, page.at(update.at))

    def instead(self, update: Update) -> tuple[bytes, ...]:
        """For who watches everybody, after the news that somebody left: who is there in their place, if anybody."""
        page = self.book.page(update.subject, update.after)
        return () if page is None else (self._message(self.words.joined, page.at(update.at)),)

    def everybody(self, now: float) -> "Listing":
        """See actors.session.Everybody."""
        return Listing(self, self.words.everybody, now)

    def _message(self, frame: Frame, document: bytes) -> bytes:
        return self.pack(frame.head + document + frame.tail)


class Listing:
    """An actors.session.Assembly: a message about several users, compressed as it grows."""

    def __init__(self, wire: Wire, frame: Frame, now: float) -> None:
        self._wire = wire
        self._frame = frame
        self._now = now
        self._zip = zlib.compressobj() if wire.zipped else None
        self._parts: list[bytes] = []
        self._append(frame.head)
        self._first = True

    def add(self, subject: Subject, presence: Presence) -> None:
        """See actors.session.Assembly."""
        page = self._wire.book.page(subject, presence)
        if page is None:
            return
        comma, self._first = b"" if self._first else b",", False
        self._append(comma + (b'"%b":' % page.id.encode() if self._wire.words.keyed else b"") + page.at(self._now))

    def done(self) -> bytes:
        """See actors.session.Assembly."""
        self._append(self._frame.tail)
        if self._zip is not None:
            self._parts.append(self._zip.flush())
        return b"".join(self._parts)

    def _append(self, data: bytes) -> None:
        self._parts.append(data if self._zip is None else self._zip.compress(data))


class Single:
    """An actors.session.Assembly: a message with the bare document of one user, or `nobody`."""

    def __init__(self, wire: Wire, frame: Frame, now: float) -> None:
        self._wire = wire
        self._frame = frame
        self._now = now
        self._page: Page | None = None

    def add(self, subject: Subject, presence: Presence) -> None:
        """See actors.session.Assembly."""
        self._page = self._wire.book.page(subject, presence)

    def done(self) -> bytes:
        """See actors.session.Assembly."""
        document = self._wire.words.nobody if self._page is None else self._page.at(self._now)
        return self._wire.pack(self._frame.head + document + self._frame.tail)


class Silent:
    """An actors.session.Assembly that says these words, whoever was gathered."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload

    def add(self, subject: Subject, presence: Presence) -> None:
        """Nothing is said of them."""

    def done(self) -> bytes:
        """See actors.session.Assembly."""
        return self._payload


def _map(pairs: tuple[tuple[str, str], ...]) -> bytes:
    return orjson.dumps(dict(pairs))
