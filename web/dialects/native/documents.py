"""/v2's documents of Activities, Claims and Presences, and back; shapes in schemas.py. Pure.

A hidden user is told of exactly as an unknown one: offline, without a word more (PROMISES 3.13).
"""

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlsplit

from msgspec import UNSET, UnsetType

from actors import presence as house
from actors.presence import Kind, Presence, Source, Status, Subject
from web.dialects.native import schemas
from web.dialects.native.schemas import GivenActivity, GivenClaim, GivenLine, GivenPicture

Value = TypeVar("Value")

NATIVE = "native"
"""The kind of this dialect's sources."""

_TYPES: dict[schemas.Type, Kind] = {
    "playing": Kind.PLAYING,
    "streaming": Kind.STREAMING,
    "listening": Kind.LISTENING,
    "watching": Kind.WATCHING,
    "custom": Kind.CUSTOM,
    "competing": Kind.COMPETING,
}
_NAMES: dict[Kind, schemas.Type] = {kind: name for name, kind in _TYPES.items()}
_UNSEEN = frozenset({Status.OFFLINE, Status.INVISIBLE})


# --- in ---------------------------------------------------------------------------------------------------------------


def claim_in(given: GivenClaim, source: str, now: float) -> house.Claim:
    """What the source claims from now on."""
    return house.Claim(
        Source(NATIVE, source),
        since=now,
        status=None if given.status is UNSET else Status(given.status),
        activities=tuple(map(_activity_in, given.activities)),
        expires_at=now + given.lease_seconds,
    )


def _activity_in(given: GivenActivity) -> house.Activity:
    return house.Activity(
        name=given.name,
        kind=Kind.UNKNOWN if given.type is UNSET else _TYPES[given.type],
        details=_line_in(given.details),
        state=() if given.state is UNSET else tuple(house.Link(line.text, given_or(line.url)) for line in given.state),
        image=_picture_in(given.image),
        small_image=_picture_in(given.small_image),
        started_ms=given_or(given.started_ms),
        ends_ms=given_or(given.ends_ms),
        paused=given_or(given.paused),
        gradient=given_or(given.gradient),
        id=given_or(given.id),
        meta=given_or(given.meta),
    )


def given_or(value: Value | UnsetType) -> Value | None:
    """The value, None where none was given."""
    return None if value is UNSET else value


def _line_in(given: GivenLine | UnsetType) -> house.Link | None:
    return None if given is UNSET else house.Link(given.text, given_or(given.url))


def _picture_in(given: GivenPicture | UnsetType) -> house.Picture | None:
    return None if given is UNSET else house.Picture(given.source, given_or(given.text), given_or(given.url))


# --- out --------------------------------------------------------------------------------------------------------------


def is_seen(presence: Presence) -> bool:
    """True for whoever is not away and does not hide."""
    return presence.status not in _UNSEEN


def presence_out(subject: Subject, presence: Presence) -> schemas.Presence:
    """What everybody sees of a user who is or has just been seen; see `asked_out` for the others."""
    account = subject.id if subject.account else None
    if not is_seen(presence):
        return schemas.Presence(subject.name, account, "offline", [])
    return schemas.Presence(subject.name, account, _SEEN[presence.status], _activities_out(presence.activities))


def asked_out(asked: str, subject: Subject, presence: Presence) -> schemas.Presence:
    """What everybody gets who asks for somebody by this name or id; not even who that is, unless they are seen."""
    if is_seen(presence):
        return presence_out(subject, presence)
    return schemas.Presence(asked, None, "offline", [])


def own_presence_out(subject: Subject, presence: Presence) -> schemas.OwnPresence:
    """Why is this user online, until when, and by whose word."""
    return schemas.OwnPresence(
        subject.name,
        subject.id if subject.account else None,
        _STATUSES[presence.status],
        _activities_out(presence.activities),
        _ms(presence.kept.last_seen_at),
        [claim_out(claim) for claim in presence.claims],
    )


def claim_out(claim: house.Claim) -> schemas.Claim:
    """One claim."""
    return schemas.Claim(
        schemas.SourceOf(claim.source.kind, claim.source.id),
        None if claim.status is None else _STATUSES[claim.status],
        _activities_out(claim.activities),
        round(claim.since * 1000),
        _ms(claim.expires_at),
    )


def _activities_out(activities: Sequence[house.Activity]) -> list[schemas.Activity]:
    return [_activity_out(activity) for activity in activities]


def _activity_out(activity: house.Activity) -> schemas.Activity:
    return schemas.Activity(
        name=activity.name,
        type=_NAMES.get(activity.kind, UNSET),
        details=_line_out(activity.details) if activity.details else UNSET,
        state=[_line_out(line) for line in activity.state] or UNSET,
        image=_picture_out(activity.image),
        small_image=_picture_out(activity.small_image),
        started_ms=_said(activity.started_ms),
        ends_ms=_said(activity.ends_ms),
        paused=_said(activity.paused),
        gradient=_said(activity.gradient),
        id=_said(activity.id),
        meta=UNSET if activity.meta is None else dict(activity.meta),
    )


def _said(value: Value | None) -> Value | UnsetType:
    return UNSET if value is None else value


def _line_out(line: house.Link) -> schemas.Line:
    return schemas.Line(line.text, _address(line.url))


def _picture_out(picture: house.Picture | None) -> schemas.Picture | UnsetType:
    if picture is None:
        return UNSET
    source = picture.source if picture.source.startswith("data:image/") else _address(picture.source)
    if source is UNSET:
        return UNSET
    return schemas.Picture(source, _said(picture.text), _address(picture.url))


def _address(url: str | None) -> str | UnsetType:
    """The address if it leads to a host; other dialects' publishers may have written anything."""
    if not url:
        return UNSET
    try:
        parts = urlsplit(url)
    except ValueError:
        return UNSET
    return url if parts.scheme in {"http", "https"} and parts.netloc else UNSET


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


_STATUSES: dict[Status, schemas.Status] = {
    Status.ONLINE: "online",
    Status.IDLE: "idle",
    Status.DND: "dnd",
    Status.OFFLINE: "offline",
    Status.INVISIBLE: "invisible",
}
_SEEN: dict[Status, schemas.Seen] = {Status.ONLINE: "online", Status.IDLE: "idle", Status.DND: "dnd"}
