"""What a parent hears of its children, and a supervisor of whoever commands it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pykka import ActorRef


@dataclass(frozen=True, slots=True)
class Ended:
    """An actor stopped as it was asked to."""

    ref: "ActorRef[Any]"
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Fell:
    """An actor ended by an error."""

    ref: "ActorRef[Any]"
    path: str
    kind: str
    error: str
    """The error's class."""
    message: str
    traceback: str
    cause: type[BaseException]


@dataclass(frozen=True, slots=True)
class Flooded:
    """An actor's mailbox is full and began to refuse."""

    ref: "ActorRef[Any]"
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class ShutDown:
    """Stop the children in reverse order, then yourself; answered when all are down."""


@dataclass(frozen=True, slots=True)
class Revive:
    """Start the child of this name now, its falls forgiven: one that is parked, backing off or has ended.

    Answered with whether it was started.
    """

    name: str
