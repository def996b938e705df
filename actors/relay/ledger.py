"""Ledger: where registrations are kept, as the Registrar sees it (storage/registrations.py)."""

from collections.abc import Mapping
from typing import Protocol

from actors.messages.relay import Register
from actors.relay.registration import Entry, Registration


class Ledger(Protocol):
    """Every method waits, and may raise Unavailable."""

    def register(self, wish: Register, new_id: str, now: float, /) -> Registration:
        """Make or renew it; `new_id` counts where nothing is in its place yet."""

    def remove(self, ids: tuple[str, ...], /) -> None:
        """Take these away."""

    def registrations(self) -> tuple[Entry, ...]:
        """All there are."""

    def marks(self) -> Mapping[str, str]:
        """By a registration's queue: the id of the last notification that was told."""
