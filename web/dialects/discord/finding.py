"""Finding: who is meant by an id in Lantern's and Lanyard's requests, and their document; nobody is woken for it."""

from dataclasses import dataclass
from typing import Any

import orjson

from actors.house import House
from actors.upstream.discord_native import DIALECT
from web.cards.face import NOBODY_KNOWN, Face, face
from web.dialects.discord.book import Book, Page
from web.dialects.discord.person import Person, is_there, person
from web.views import Answer, Request

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Finding:
    """Looks users up in the house."""

    house: House

    def find(self, name: str) -> str | None:
        """The id in the house of whoever is called this, by Discord id first; None for who is not monitored."""
        user = self.house.register.resolve(name, DIALECT)
        return user if is_there(self.house.register.subject(user), self.house.known(user)) else None

    def face(self, name: str) -> Face:
        """What a card shows of whoever is called this; of who is not monitored, nothing."""
        user = self.house.register.resolve(name, DIALECT)
        subject, presence = self.house.register.subject(user), self.house.known(user)
        return face(subject, presence) if is_there(subject, presence) else NOBODY_KNOWN

    def person(self, name: str) -> Person | None:
        """Whoever is called this as Discord would show them; None for who is not monitored."""
        user = self.house.register.resolve(name, DIALECT)
        return person(self.house.register.subject(user), self.house.known(user))

    def page(self, book: Book, name: str) -> Page | None:
        """The document of whoever is called this; None for who is not monitored."""
        user = self.house.register.resolve(name, DIALECT)
        return book.page(self.house.register.subject(user), self.house.known(user))


def json_answer(document: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """JSON as both originals label it, with its charset."""
    return Answer(orjson.dumps(document), status, JSON, headers)


def tagged(request: Request, body: bytes, etag: str, headers: tuple[tuple[str, str], ...]) -> Answer:
    """A document with its entity tag, or 304 for whoever has it already (RFC 9110 section 13.1.2)."""
    fields = (("ETag", etag), ("Cache-Control", "no-cache"), *headers)
    wanted = request.header("IF_NONE_MATCH")
    if wanted is not None and matches(wanted, etag):
        return Answer(status=304, headers=fields)
    return Answer(body, 200, JSON, fields)


def matches(wanted: str, etag: str) -> bool:
    """True where If-None-Match names this tag; by the weak comparison, which it wants (RFC 9110 section 13.1.2)."""
    listed = {each.strip().removeprefix("W/") for each in wanted.split(",")}
    return "*" in listed or etag.removeprefix("W/") in listed
