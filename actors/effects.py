"""What a dialect's session asks of its connection; actors/subscriber.py carries it out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actors.bulletin import About, Wording
from actors.presence import Claim, Source, Update

if TYPE_CHECKING:
    from actors.session import Assembly


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


@dataclass(frozen=True, slots=True)
class Listen:
    """Tell this connection what happens to everybody, in these words (actors/bulletin.py)."""

    topic: About
    wording: Wording


@dataclass(frozen=True, slots=True)
class Unlisten:
    """Tell it nothing of this any more."""

    topic: About


Left = Callable[[Update, float], Iterable["Effect"]]
"""What a session answers when a user it watches is not there any more; with the time, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Gather:
    """Watch all users of these ids or names, and send one message about them all, which the assembly puts together.

    Nothing else reaches the client before that message. With `watch` False the message alone is wanted.
    """

    users: tuple[str, ...]
    assembly: "Assembly"
    left: Left
    watch: bool = True


@dataclass(frozen=True, slots=True)
class GatherAll:
    """Watch everybody who is listed; with `snapshot` one message about them all first (session.Everybody)."""

    left: Left
    snapshot: bool = True
    watch: bool = True


@dataclass(frozen=True, slots=True)
class UnfollowAll:
    """Stop watching everybody, and each single user too."""


@dataclass(frozen=True, slots=True)
class Remind:
    """Do this after so many seconds; a new reminder takes the place of the one before it."""

    seconds: float
    then: Callable[[float], Iterable["Effect"]]


Effect = (
    Say
    | Hang
    | Authenticate
    | Publish
    | Retract
    | Follow
    | Unfollow
    | Listen
    | Unlisten
    | Gather
    | GatherAll
    | UnfollowAll
    | Remind
)
