"""What a Mastodon stream's protocol wants done; whoever runs it does it, in order (actors/relay/stream.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from actors.upstream.mastodon_address import Address


class Way(Enum):
    """The two ways in which an instance gives a stream."""

    WEBSOCKET = "websocket"
    EVENT_STREAM = "event stream"


@dataclass(frozen=True, slots=True)
class AskLeave:
    """Ask whether one may connect, and what the instance says of itself."""

    doubtful: bool


@dataclass(frozen=True, slots=True)
class Open:
    """Connect; what was open before is gone."""

    address: Address
    way: Way
    token: str = field(repr=False)
    token_in_query: bool = False
    """For a server that does not look at the headers."""


@dataclass(frozen=True, slots=True)
class Keep:
    """A notification: the connection is read again when this is safe."""

    payload: Any


@dataclass(frozen=True, slots=True)
class Seen:
    """The account that the instance calls `author` has just published, or edited at that time (since the epoch)."""

    author: str
    edited_at: float | None = None


@dataclass(frozen=True, slots=True)
class SendPing:
    """Ask whether anybody is there."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Give up whatever is open or being opened."""


@dataclass(frozen=True, slots=True)
class WakeIn:
    """Say that so many seconds are over; what was appointed before no longer counts."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    """The token is good no more, or the instance is gone: this stream is over for good."""

    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """For the log; without secrets."""

    event: str
    details: Mapping[str, Any] = field(default_factory=dict)


Effect = AskLeave | Open | Keep | Seen | SendPing | HangUp | WakeIn | End | Note
