"""Messages to the Registrar of the relay (actors/relay/registrar.py) and to a Stream (actors/relay/stream.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from actors.relay.registration import CatchUpState, Registration, StreamState

if TYPE_CHECKING:
    from actors.relay.maps import Maps


@dataclass(frozen=True, slots=True)
class Register:
    """Make this registration, or renew the one in its place; answered with the Registration, after the commit.

    Whoever sends this has checked that the maps allow it, and that `presence` (see Registration) may be given.
    """

    instance: str
    app: str
    tag: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    callback_url: str = field(repr=False)
    endpoint: str | None = None
    presence: str | None = None


@dataclass(frozen=True, slots=True)
class Unregister:
    """End the registration in this place; answered, after the commit, with whether there was one."""

    instance: str
    app: str
    tag: str


@dataclass(frozen=True, slots=True)
class Reload:
    """From now on these maps say who may register; what stands is not touched before the next start."""

    maps: "Maps"


@dataclass(frozen=True, slots=True)
class Expired:
    """From the leases: this registration was not renewed in its time."""

    registration_id: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class StreamRefused:
    """From a Stream: its token (the one named here, for the registration may have another by now) is good no more.

    The registration ends.
    """

    registration_id: str
    token: str = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """What a Stream has lived through since it began."""

    way: str = ""
    """How it listens: `websocket` or `event stream`."""
    opens: int = 0
    """Connections that came to be; all but the first are reconnects."""
    closes: Mapping[int, int] = field(default_factory=dict)
    """How often by which code; 1005 is a close frame without one, 1006 an end without a close frame."""
    events: int = 0
    """Notifications."""
    last_event_at: float | None = None
    """The last notification's time, in seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Describe:
    """To a Stream: answered with its StreamFigures as they are now."""


@dataclass(frozen=True, slots=True)
class StreamChanged:
    """From a Stream: what became of it, for its owner and for operators; `reason` holds no secret.

    Times in seconds since the epoch; `next_try_at` where it waits.
    """

    registration_id: str
    state: StreamState
    reason: str
    at: float
    next_try_at: float | None = None


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """From a Stream: how it stands with what was said while it did not listen; `brought` notifications, just now."""

    registration_id: str
    state: CatchUpState
    reason: str = ""
    brought: int = 0


@dataclass(frozen=True, slots=True)
class Sighted:
    """From a Stream: the linked account that its instance calls `author` was at work just now."""

    registration_id: str
    author: str


@dataclass(frozen=True, slots=True)
class Renewed:
    """To a Stream: the registration was made again and reads so now.

    The callback counts from the next notification on; the stream connects anew where token or endpoint differ.
    """

    registration: Registration


@dataclass(frozen=True, slots=True)
class Finish:
    """To a Stream: say good-bye, have kept whatever was said before, and stop; answered when that is done."""
