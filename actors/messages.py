"""Every message that may stand in an inbox, grouped by its receiver. Frozen; they carry values and addresses only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from actors.presence import Claim, Source

if TYPE_CHECKING:
    from pykka import ActorRef

# --- A parent: whoever started an actor hears of its end ------------------------------------------------------------


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


# --- Keeper ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remember:
    """Write behind: this claim is live. `until` is when a reader after a restart must stop believing it.

    For a lease that is the claim's own end; for a socket's claim (without end while the socket lives) it is 30 s from
    now, moved on in bulk by Renew.
    """

    user: str
    claim: Claim
    until: float


@dataclass(frozen=True, slots=True)
class Forget:
    """Write behind: this source says nothing of this user any more."""

    user: str
    source: Source


@dataclass(frozen=True, slots=True)
class Renew:
    """Write behind: every stored claim that lives as long as its source does is good until `until`."""

    until: float


@dataclass(frozen=True, slots=True)
class Record:
    """Write behind: a line for the supervision log. Times in seconds since the epoch."""

    at: float
    path: str
    """Where in the tree, `presence/directory/alice`."""
    kind: str
    """The actor's class or the branch's strategy."""
    event: str
    """`started`, `stopped`, `fell`, `restarted`, `parked`, `lease-granted`, `lease-expired`, ..."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON values: `class`, `message`, `traceback` of a fall; never a token or a payload."""


Behind = Remember | Forget | Renew | Record
"""What is written behind, within a second, in batches."""


# --- What a dialect's session asks of its connection (actors/subscriber.py carries it out) --------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Send this payload (UTF-8 text) to the client as one message."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Hang:
    """Close the connection with this RFC 6455 (or the dialect's 4xxx) code."""

    code: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Find out what this token allows; the session hears `authenticated`, and no message in between."""

    token: str


@dataclass(frozen=True, slots=True)
class Publish:
    """Make this claim about the user (an account's id, or a name); it dies with the connection."""

    user: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class Retract:
    """Take back what this source says of the user."""

    user: str
    source: Source


@dataclass(frozen=True, slots=True)
class Follow:
    """Watch the user of this name: a snapshot now and every update after it, in the session's encoding."""

    name: str


@dataclass(frozen=True, slots=True)
class Unfollow:
    """Stop watching the user of this name."""

    name: str


Effect = Say | Hang | Authenticate | Publish | Retract | Follow | Unfollow
