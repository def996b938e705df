"""Messages to the LeaseSupervisor (actors/leases.py)."""

from dataclasses import dataclass

from actors.messages.fit import MustFit
from actors.presence import Source


@dataclass(frozen=True, slots=True)
class Grant(MustFit):
    """Have the directory deliver Lapsed at `expires_at` (seconds since the epoch).

    A renewal need not be told: the user hears Lapsed at the old end and grants `again` up to the new one. An end that
    comes sooner must be. Of a registration of the relay (`source.kind` is `relay`, `user` its id) the registrar hears.
    """

    user: str
    source: Source
    expires_at: float
    again: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """The source has taken its claim back, or goes on without an end; nobody need be told."""

    user: str
    source: Source
    goes_on: bool = False
