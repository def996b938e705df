"""Messages to the Envoys (actors/envoys.py)."""

from collections.abc import Sequence
from dataclasses import dataclass

from actors.presence import Activity, Source


@dataclass(frozen=True, slots=True)
class Accredit:
    """A first party opens a session, good until `expires_at` (seconds since the epoch) or its credential's end."""

    source: Source
    expires_at: float
    credential: str = ""


@dataclass(frozen=True, slots=True)
class Accredited:
    """Answered with whether this session is a first party's and lives."""

    source: Source


@dataclass(frozen=True, slots=True)
class Speak:
    """A first party's session says this of a user, and is good until `expires_at`.

    Refused (`unknown-source`) where it is not alive, Overrun (`too-many-scopes`).
    """

    source: Source
    user: str
    activities: Sequence[Activity]
    expires_at: float


@dataclass(frozen=True, slots=True)
class Prolong:
    """A first party's session is good until `expires_at` instead. Refused (`unknown-source`) as in Speak."""

    source: Source
    expires_at: float


@dataclass(frozen=True, slots=True)
class Disavow:
    """The credential of this id opens nothing any more: end every session that was opened by it."""

    credential: str


@dataclass(frozen=True, slots=True)
class Dismiss:
    """A first party's session ends, with all it said; answered with whether it was alive."""

    source: Source
