"""Activities that are kept: posted with a lease of their own, durable, with a history; values and what may be asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.errors import HouseError
from actors.presence import Claim, Source

KIND = "dyson"
"""The kind of source that a kept activity is. Its row is the only thing stored of it, so the two cannot disagree."""


def source_of(activity: str) -> Source:
    """The activity of this id as a source of claims."""
    return Source(KIND, activity)


@dataclass(frozen=True, slots=True)
class Posted:
    """One activity as it is kept, times in seconds since the epoch; `content` is JSON by the dialect's own names."""

    id: str
    account: str
    manual_id: str | None
    content: Mapping[str, Any]
    lease_minutes: int
    expires_at: float
    created_at: float
    updated_at: float

    def active(self, now: float) -> bool:
        """True until the very instant `expires_at`."""
        return self.expires_at > now


ClaimOf = Callable[[Posted], Claim]
"""How the dialect makes a claim of an activity; handed in by run.py."""


@dataclass(frozen=True, slots=True)
class Upsert:
    """Replace the whole content of the account's active activity of this manual id, or else make a new one.

    Without a manual id always a new one, with the id given here. Malformed (`type-required`) where a new one would
    have no `type` in its content.
    """

    account: str
    id: str
    manual_id: str | None
    content: Mapping[str, Any]
    lease_minutes: int


@dataclass(frozen=True, slots=True)
class Amend:
    """Replace of an activity what the content names; the rest stays, the lease too unless minutes are given.

    Either `id` or `manual_id` names it; Refused with `unknown-activity`, or `manual-id-taken` for a new manual id that
    another active activity has.
    """

    account: str
    id: str | None
    manual_id: str | None
    content: Mapping[str, Any]
    new_manual_id: str | None = None
    lease_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Remove:
    """End an activity and hide it; with `keep_history` an active one only ends. Refused with `unknown-activity`.

    By `manual_id` only an active one is found.
    """

    account: str
    id: str | None
    manual_id: str | None
    keep_history: bool = False


Change = Upsert | Amend | Remove

Outcome = Posted | HouseError
"""What became of a change: the activity as it is now kept (ended, for Remove), or why nothing was changed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which activities of an account are asked for; None: any. Newest first, `take` of them after `offset`."""

    account: str
    include_expired: bool = False
    query: str | None = None
    """Is in a text, letter by letter, or is one of the terms but for case."""
    type: int | None = None
    provider: str | None = None
    reference_id: str | None = None
    term: str | None = None
    offset: int = 0
    take: int = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Some of an account's activities, and how many there were before paging."""

    activities: tuple[Posted, ...] = field(default=())
    total: int = 0
