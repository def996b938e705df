"""What Discord's events say of people, field by field, and what changes by them. Pure.

Source: spec/discord.md sections 4 to 7. "Types are not validated": a bad field loses that field alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.upstream.discord_frames import whole
from actors.upstream.discord_native import mapping, text

AT_ONCE = 128
"""Members of a long list that are looked at in one go."""

Document = Mapping[str, Any]
OFFLINE: Document = {}
"""The presence of whoever is not there, or of whom nothing was said."""


@dataclass(frozen=True, slots=True)
class Shown:
    """There is news of this member."""

    user: str


@dataclass(frozen=True, slots=True)
class Gone:
    """This one is a member no more."""

    user: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Say this to the gateway."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """For the log."""

    event: str
    details: Document = field(default_factory=dict)


Change = Shown | Gone | Ask | Told
Changes = Iterator[Change | None]
"""None: nothing has changed so far, and others may have their turn."""


@dataclass(slots=True)
class Member:
    """One person; `guilds` are those in which the bot sees them."""

    user: Document
    presence: Document
    joined_at: str | None
    guilds: frozenset[str]


def id_of(data: Any) -> str | None:
    """Whose member object or presence this is."""
    ident = text(mapping(mapping(data).get("user")).get("id"))
    return ident if ident and ident.isascii() and ident.isdigit() and len(ident) <= 20 else None


def gather(listed: Any, presences: dict[str, Document]) -> Iterator[None]:
    """Put a snapshot's presences in there, by user; of two for one user the last."""
    for number, part in enumerate(items_of(listed)):
        each = whole(part)
        ident = id_of(each)
        if ident is not None:
            presences[ident] = presence_in(each)
        if number % AT_ONCE == AT_ONCE - 1:
            yield None


def items_of(value: Any) -> list[Any]:
    """A list that is one; else an empty one."""
    return value if isinstance(value, list) else []


def presence_in(said: Document, known: Document = OFFLINE) -> Document:
    """Status, activities and platforms, each in place of what was known where it is what it should be."""
    told: dict[str, Any] = dict(known)
    for key, kind in (("status", str), ("activities", list), ("client_status", dict)):
        if isinstance(said.get(key), kind):
            told[key] = said[key]
    is_away = told.get("status", "offline") == "offline" and not told.get("activities")
    return OFFLINE if is_away and not told.get("client_status") else told


def with_id(user: Document, ident: str) -> Document:
    """The user object, whose id may have come as a number."""
    return user if user.get("id") == ident else {**user, "id": ident}
