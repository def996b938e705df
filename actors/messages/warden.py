"""Messages to the Warden (actors/warden.py)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pykka import ActorRef


@dataclass(frozen=True, slots=True)
class Verify:
    """Tell `reply_to` Authenticated for this token."""

    token: str
    reply_to: "ActorRef[Any]"
