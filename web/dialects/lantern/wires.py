"""Lantern's two wires: the words around a document (spec/lantern.md section 6.1), and what differs between them."""

from collections.abc import Callable
from dataclasses import dataclass

from web.dialects.discord.book import Book
from web.dialects.discord.wire import Frame, Wire, Words
from web.dialects.lantern import codec


def _frame(name: str, number: int) -> Frame:
    """Key order t, op, d."""
    return Frame(b'{"t":"%b","op":%d,"d":' % (name.encode(), number))


INIT_ACK = _frame("INIT_ACK", 3)
INIT_ACK_LIST = Frame(INIT_ACK.head + b"[", b"]}")


def _words(*, storage_is_map: bool) -> Words:
    return Words(
        update=_frame("PRESENCE_UPDATE", 6),
        joined=_frame("USER_JOINED", 8),
        everybody=INIT_ACK_LIST,
        storage=_frame("STORAGE_UPDATE", 10),
        storage_is_map=storage_is_map,
        nobody=b"null",
    )


@dataclass(frozen=True, slots=True)
class Wires:
    """The wires that all of Lantern's connections share."""

    documented: Wire
    deployed: Wire

    def of(self, name: str) -> Wire:
        """The wire of this name; the documented one for any other."""
        return self.deployed if name == "deployed" else self.documented


def wires(now: Callable[[], float]) -> Wires:
    """`now` gives seconds since the epoch. The documented STORAGE_UPDATE is the map alone (section 9)."""
    return Wires(
        Wire(Book(codec.documented), _words(storage_is_map=True), now),
        Wire(Book(codec.deployed), _words(storage_is_map=False), now),
    )
