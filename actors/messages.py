"""Every message that may stand in an inbox, grouped by its receiver. Frozen; they carry values and addresses only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.presence import Claim, Source

# --- Keeper ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Remember:
    """Write behind: this claim is live. `until` is when a reader after a restart must stop believing it.

    For a lease that is the claim's own end; for a socket's claim (without end while the socket lives) it is 30 s from
    now, moved on in bulk by Renew.
    """

    user: str
    claim: Claim
    until: float


@dataclass(frozen=True, slots=True)
class Forget:
    """Write behind: this source says nothing of this user any more."""

    user: str
    source: Source


@dataclass(frozen=True, slots=True)
class Renew:
    """Write behind: every stored claim that lives as long as its source does is good until `until`."""

    until: float


@dataclass(frozen=True, slots=True)
class Record:
    """Write behind: a line for the supervision log. Times in seconds since the epoch."""

    at: float
    path: str
    """Where in the tree, `presence/directory/alice`."""
    kind: str
    """The actor's class or the branch's strategy."""
    event: str
    """`started`, `stopped`, `fell`, `restarted`, `parked`, `lease-granted`, `lease-expired`, ..."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON values: `class`, `message`, `traceback` of a fall; never a token or a payload."""


Behind = Remember | Forget | Renew | Record
"""What is written behind, within a second, in batches."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Do this in one transaction and answer when it is committed (asked, never told)."""

    change: Callable[[], Any]
