"""Messages to those who write to storage: the Keeper (actors/keeper.py) and the Committer (actors/committer.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actors import keyvalues
from actors.activities import Change
from actors.deeds import Done
from actors.presence import Claim, Source


@dataclass(frozen=True, slots=True)
class Remember:
    """Write behind: this claim is live. `until` is when a reader after a restart must stop believing it.

    For a lease that is the claim's own end; for a socket's claim (without end while the socket lives) it is 30 s from
    now, moved on in bulk by Renew.
    """

    user: str
    claim: Claim
    until: float
    first: bool = field(default=False, compare=False, repr=False)
    """True where the source said nothing before, so that nothing of it is stored unless it is to be forgotten yet."""


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


@dataclass(frozen=True, slots=True)
class Seen:
    """Write behind: the user pinged at that second since the epoch, with this raw status."""

    user: str
    at: int
    status: str


@dataclass(frozen=True, slots=True)
class LastSeen:
    """Write behind: the user stopped being seen at that time, in seconds since the epoch."""

    user: str
    at: float


@dataclass(frozen=True, slots=True)
class Flush:
    """Write now what is waiting to be written; answered when that is done."""


@dataclass(frozen=True, slots=True)
class Prune:
    """Delete what has been kept for long enough; the Keeper's own reminder, once a day."""


@dataclass(frozen=True, slots=True)
class RecallValues:
    """Answered with what the module of this name keeps: JSON texts by name (actors/values.py)."""

    module: str


@dataclass(frozen=True, slots=True)
class KeepValue:
    """Keep this value of a module, None for none any more; answered after the commit."""

    module: str
    name: str
    text: str | None


Behind = Remember | Forget | Renew | Record | Seen | LastSeen | Done
"""What is written behind, within a second, in batches."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Make this change; answered, after the commit, with the activity or the storage as it is then kept."""

    change: Change | keyvalues.Change
