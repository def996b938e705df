"""Ledger: where registrations are kept, as the Registrar sees it (storage/registrations.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from actors.messages.relay import Register
from actors.relay.registration import Entry, Registration


@dataclass(frozen=True, slots=True)
class Past:
    """What a registration's callbacks have come to so far."""

    mark: str | None = None
    """The id of the last notification that was told (actors/relay/memory.py)."""
    delivered: int = 0
    failed: int = 0


class Ledger(Protocol):
    """Every method waits, and may raise Unavailable."""

    def register(self, wish: Register, new_id: str, now: float, /) -> Registration:
        """Make or renew it; `new_id` counts where nothing is in its place yet."""

    def remove(self, ids: tuple[str, ...], /) -> None:
        """Take these away."""

    def registrations(self) -> tuple[Entry, ...]:
        """All there are."""

    def past(self) -> Mapping[str, Past]:
        """By a registration's queue; of one of which nothing was ever told, nothing."""
