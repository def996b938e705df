"""What the protocol of Discord's gateway wants done; whoever runs it does it, in order (actors/discord/gateway.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class AskGateway:
    """GET /gateway/bot: where the gateway is, and how many more sessions may be begun."""


@dataclass(frozen=True, slots=True)
class Connect:
    """Connect to this http or https URL by WebSocket; what was open before is gone."""

    url: str


@dataclass(frozen=True, slots=True)
class Send:
    """Say this; the limits are kept already."""

    text: bytes = field(repr=False)
    """It may hold the token."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Give up whatever is open or being opened, with this close code."""

    code: int


@dataclass(frozen=True, slots=True)
class WakeIn:
    """Say that so many seconds are over; what was appointed before no longer counts."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the gateway's, READY and RESUMED included, for whoever keeps the members."""

    name: str
    data: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class BudgetChanged:
    """A session is being begun, or has held: write the budget down before anything else happens."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nothing that we can do by ourselves will help; a sentence for the operator."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Note:
    """For the log; without secrets."""

    event: str
    details: Mapping[str, Any] = field(default_factory=dict)


Effect = AskGateway | Connect | Send | HangUp | WakeIn | Happened | BudgetChanged | GiveUp | Note
