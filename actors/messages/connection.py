"""Messages to a Subscriber (actors/subscriber.py) and to the Connections that keep them (actors/connections.py)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actors.accounts import Credential
from actors.presence import Presence, Subject, Update

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.door import Door


@dataclass(frozen=True, slots=True)
class Heard:
    """One whole message came from the client: text or binary."""

    data: str | bytes


@dataclass(frozen=True, slots=True)
class Authenticated:
    """What the token allows; None for one that is unknown, expired or revoked."""

    credential: Credential | None


@dataclass(frozen=True, slots=True)
class UserFell:
    """A user that is watched fell; its next life knows nothing of its watchers."""

    user: str


@dataclass(frozen=True, slots=True)
class Seated:
    """From a user that was asked to gather: who it is and what is known now; every later update is on its way."""

    user: str
    subject: Subject
    presence: Presence


@dataclass(frozen=True, slots=True)
class UserLeft:
    """A user that is watched is not there any more for this connection's encoding."""

    update: Update


@dataclass(frozen=True, slots=True)
class Arrived:
    """A connection stands."""

    ref: "ActorRef[Any]"
    door: "Door"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A connection lives by this credential's grace."""

    ref: "ActorRef[Any]"
    credential: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """This credential, by id, opens nothing any more."""

    credential: str


@dataclass(frozen=True, slots=True)
class Drain:
    """Close every connection with 1012, spread over so many seconds; answered when the last is closed."""

    seconds: float
