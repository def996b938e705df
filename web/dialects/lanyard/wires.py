"""Lanyard's wire, plain and compressed: the words around a document (spec/lanyard.md section 6)."""

from collections.abc import Callable
from dataclasses import dataclass

from web.dialects.discord.book import Book
from web.dialects.discord.wire import Frame, Wire, Words
from web.dialects.lanyard import codec


def _frame(name: str) -> Frame:
    """No `seq` (WIRES section 1)."""
    return Frame(b'{"op":0,"t":"%b","d":' % name.encode())


INIT_STATE = _frame("INIT_STATE")
INIT_STATE_MAP = Frame(INIT_STATE.head + b"{", b"}}")
UPDATE = _frame("PRESENCE_UPDATE")

_WORDS = Words(update=UPDATE, joined=UPDATE, everybody=INIT_STATE_MAP, keyed=True)


@dataclass(frozen=True, slots=True)
class Wires:
    """The wires that all of Lanyard's connections share: one book, two ways of packing."""

    plain: Wire
    zipped: Wire


def wires(now: Callable[[], float]) -> Wires:
    """`now` gives seconds since the epoch."""
    book = Book(codec.form)
    return Wires(Wire(book, _WORDS, now), Wire(book, _WORDS, now, zipped=True))
