"""Messages to the Directory (actors/directory.py)."""

from dataclasses import dataclass
from typing import Any

from actors.messages.fit import MustFit
from actors.presence import Subject


@dataclass(frozen=True, slots=True)
class Find:
    """Answered with the ActorRef of the user of this id, started if need be."""

    user: str


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand this message to the user of this id, started if need be."""

    user: str
    message: Any


@dataclass(frozen=True, slots=True)
class DeliverAll(MustFit):
    """Deliver each of these: one message, however many users, so that a crowd that leaves floods no mailbox."""

    parcels: tuple[Deliver, ...]


@dataclass(frozen=True, slots=True)
class Bequest(MustFit):
    """What this user had been told and did not come to; it is delivered before anything that has come since."""

    user: str
    messages: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Learn:
    """An account was added or altered."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Unlearn:
    """The account of this id is gone; its name is nobody's."""

    id: str
