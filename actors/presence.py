"""What is known of a person: claims and their merge. Pure: the standard library only.

A claim is what one source says of one user and until when it may be believed. A presence is the merge of all claims
made about a user; it is a value, so a change is a new Presence and nobody reads a half-changed one.

Longer than other files: the values and the one rule by which they are merged are read together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Status(Enum):
    """How available somebody says they are; the values are Discord's words."""

    ONLINE = "online"
    IDLE = "idle"
    DND = "dnd"
    OFFLINE = "offline"
    INVISIBLE = "invisible"


class Kind(Enum):
    """What sort of thing an activity is; the values are Discord's activity types."""

    PLAYING = 0
    STREAMING = 1
    LISTENING = 2
    WATCHING = 3
    CUSTOM = 4
    COMPETING = 5
    UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Link:
    """Text that may lead somewhere: `url` is None when it does not."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """An image by address; `text` is what a reader without it should read, `url` where a click leads."""

    source: str
    text: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Native:
    """A document as it came: `dialect` names who speaks it, `document` is the parsed JSON, never changed."""

    dialect: str
    document: Any


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing somebody is doing, in the canonical form through which dialects see each other (WIRES section 3).

    Times are milliseconds since the epoch. None means that the publisher did not say. `native` is the publisher's own
    document, which goes out untouched in the dialect it came in.
    """

    name: str = ""
    kind: Kind = Kind.UNKNOWN
    details: Link | None = None
    state: tuple[Link, ...] = ()
    image: Picture | None = None
    small_image: Picture | None = None
    started_ms: float | None = None
    ends_ms: float | None = None
    paused: bool | None = None
    gradient: bool | None = None
    id: str | None = None
    meta: Mapping[str, Any] | None = None
    native: Native | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so: a kind such as `session`, `socket`, `module`, `discord`, and an id unique within it."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says of one user.

    `since` is when the source appeared and `expires_at` until when it may be believed, both in seconds since the
    epoch; an `expires_at` of None holds for as long as its source lives. A `status` of None makes no statement.
    `receipt` is JSON that the source's own dialect tells of the claim, such as when it was renewed: like the lease, it
    does not show. `credential` is the id of the token by whose grace it is made, where it ends with that.
    `activities` is a tuple, or an Unread (actors/unread.py), which is equal to one.
    """

    source: Source
    since: float
    status: Status | None = None
    activities: Sequence[Activity] = ()
    platform: str | None = None
    expires_at: float | None = None
    native: Native | None = None
    receipt: Any = None
    credential: str | None = None

    @property
    def effective_status(self) -> Status | None:
        """The status said, or online where only activities are shown (WIRES section 3)."""
        return self.status or (Status.ONLINE if self.activities else None)

    def aged(self, since: float) -> "Claim":
        """This claim by a source of that age; the same object where it is."""
        if since == self.since:
            return self
        return Claim(  # as dataclasses.replace, at a third of its cost
            self.source,
            since,
            self.status,
            self.activities,
            self.platform,
            self.expires_at,
            self.native,
            self.receipt,
            self.credential,
        )

    def expired(self, now: float) -> bool:
        """True from the very instant `expires_at` on."""
        return self.expires_at is not None and self.expires_at <= now


def merge_status(claims: Iterable[Claim]) -> Status:
    """Invisible wins, then do-not-disturb; else the most available; offline where nobody says anything."""
    merged = Status.OFFLINE
    for claim in claims:
        status = claim.status or (Status.ONLINE if claim.activities else None)
        if status is None or status is merged:
            continue
        if status is Status.INVISIBLE:
            return status
        if _outweighs(status, merged):
            merged = status
    return merged


def _outweighs(status: Status, merged: Status) -> bool:
    if status is Status.DND:
        return True
    if status is Status.ONLINE:
        return merged is not Status.DND
    return status is Status.IDLE and merged is Status.OFFLINE


def _age(claim: Claim) -> tuple[float, str, str]:
    return claim.since, claim.source.kind, claim.source.id


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered of a user beside what sources say, and outlives them.

    `pairs` are the key-values, in order of their making, as of that `revision` (actors/keyvalues.py); `last_seen_at`
    is when the user last stopped being seen, in seconds since the epoch, None where that was never noticed.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    last_seen_at: float | None = None
    revision: int = 0


NOTHING_KEPT = Kept()


@dataclass(frozen=True, slots=True)
class Presence:
    """All claims about one user, oldest source first, and what follows from them; and what is kept of the user."""

    claims: tuple[Claim, ...] = ()
    kept: Kept = field(default=NOTHING_KEPT, compare=False)
    """No claim: two presences are equal when the claims are."""
    status: Status = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "status", merge_status(self.claims))

    @property
    def activities(self) -> tuple[Activity, ...]:
        """Every activity, ordered by the age of its source."""
        return tuple(activity for claim in self.claims for activity in claim.activities)

    def claim_of(self, source: Source) -> Claim | None:
        """What this source says now, if anything."""
        for claim in self.claims:
            if claim.source == source:
                return claim
        return None

    def with_claim(self, claim: Claim) -> "Presence":
        """This presence with the claim in its source's one place; a source keeps the age it came with.

        The same claim twice is the same object.
        """
        known = self.claim_of(claim.source)
        if known is None:
            return Presence(tuple(sorted((*self.claims, claim), key=_age)), self.kept)
        claim = claim.aged(known.since)
        if claim.expires_at == known.expires_at and claim == known:  # a renewed lease alone tells them apart
            return self
        if len(self.claims) == 1:
            return Presence((claim,), self.kept)
        return Presence(tuple([claim if each is known else each for each in self.claims]), self.kept)

    def without(self, source: Source) -> "Presence":
        """This presence without what the source said; the same object where it said nothing."""
        left = tuple(claim for claim in self.claims if claim.source != source)
        return self if len(left) == len(self.claims) else Presence(left, self.kept)

    def at(self, now: float) -> "Presence":
        """This presence without what must no longer be believed; the same object where nothing has expired."""
        left = tuple(claim for claim in self.claims if not claim.expired(now))
        return self if len(left) == len(self.claims) else Presence(left, self.kept)

    def keeping(self, kept: Kept) -> "Presence":
        """The same claims, with this kept of the user."""
        return Presence(self.claims, kept)

    def looks_like(self, other: "Presence") -> bool:
        """True when nobody who watches could tell the two apart: leases and empty claims do not show."""
        if self.status is not other.status or self.kept.pairs != other.kept.pairs:
            return False
        mine, theirs = _shown(self), _shown(other)
        return len(mine) == len(theirs) and all(map(_look_alike, mine, theirs))


def _shown(presence: Presence) -> list[Claim]:
    return [claim for claim in presence.claims if claim.activities or claim.status is not None]


def _look_alike(one: Claim, other: Claim) -> bool:
    return one is other or (
        one.source == other.source
        and one.status is other.status
        and one.activities == other.activities
        and one.platform == other.platform
        and one.native == other.native
    )


NOBODY = Presence()
"""The presence of whoever nothing is claimed about."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a presence is of.

    `id` is the account's UUID, or the bare name where there is no account; `links` are (provider, id) pairs.
    """

    id: str
    name: str
    account: bool = False
    listed: bool = False
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """One accepted report: what was known before and what is known now; `at` in seconds since the epoch.

    `was` is who the user was before, where that has changed by name, link or account; else None.
    """

    subject: Subject
    before: Presence
    after: Presence
    changed: bool
    at: float
    was: Subject | None = None
