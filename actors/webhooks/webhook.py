"""Webhook: whose server is told of whom; and the words in which it is told, which a dialect has."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from actors.presence import Presence, Subject

WEBHOOK = "webhook"
"""The kind of queue in the outbox that a webhook is."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """`account` (a UUID) owns it; `users` are names, ids or links as they were given. Times in epoch seconds."""

    id: str
    account: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    """Signs what is sent, so that the receiver knows whose it is."""
    users: tuple[str, ...]
    created_at: float

    @property
    def queue(self) -> str:
        """Its queue in the outbox."""
        return f"{WEBHOOK}:{self.id}"


class Happened(Enum):
    """What is told of a user."""

    CAME = "came"
    CHANGED = "changed"
    WENT = "went"


@dataclass(frozen=True, slots=True)
class Notice:
    """What one webhook is told of a user who was `asked` for by that name; versions of one user grow by one."""

    webhook: str
    happened: Happened
    asked: str
    version: int
    at: float
    subject: Subject
    presence: Presence


class Words(Protocol):
    """How a dialect words it. Pure."""

    def shown(self, asked: str, subject: Subject, presence: Presence) -> str:
        """What everybody sees of the user, in so few characters that it can be compared; empty for one not seen."""

    def body(self, notice: Notice) -> bytes:
        """What is sent."""
