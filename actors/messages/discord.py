"""Messages to the listener of Discord's gateway (actors/discord/gateway.py), and its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Relinked:
    """From the Directory: these Discord ids may mean another user from now on."""

    idents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Describe:
    """Answered with the GatewayFigures."""


@dataclass(frozen=True, slots=True)
class GatewayFigures:
    """What the listener does, and what it has lived through since it began. Times in seconds since the epoch."""

    state: str
    reason: str = ""
    """Why it is waiting."""
    next_try_at: float | None = None
    session: str | None = None
    members: int = 0
    guilds: int = 0
    identifies: int = 0
    resumes: int = 0
    sessions_left: int = 0
    """Of today's, as far as we use them."""
    last_event_at: float | None = None
    latency: float | None = None
    """Seconds that the last heartbeat's answer took."""
    closes: Mapping[int, int] = field(default_factory=dict)
    """How often by which code; 1005 is a close frame without one, 1006 an end without a close frame."""
