"""DysonNetwork's activity objects, of what is kept and of what other dialects claim (spec/dyson.md section 1). Pure.

The two wires are data: `documented` spells as the README does, `deployed` as the running server.
"""

import math
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from actors.activities import KIND, Posted, source_of
from actors.presence import Activity, Claim, Kind, Link, Native, Picture, Presence, Subject
from web.dialects.dyson.spelling import TYPES, camel, instant, key_out, type_name

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TEXTS = ("title", "subtitle", "caption", "large_image", "small_image", "title_url", "subtitle_url")
DEFAULT_MINUTES = 5
SHA256 = "sha256:"
"""How the name of an uploaded image begins, in any case."""
_MEMBERS = (
    *("type", "provider", "reference_id", "manual_id", *TEXTS, "queryable_terms", "meta", "lease_minutes"),
    *("lease_expires_at", "account_id", "account", "created_at", "updated_at", "deleted_at"),
)
_KINDS = {1: Kind.PLAYING, 2: Kind.LISTENING}
_TYPES = {Kind.PLAYING: 1, Kind.STREAMING: 1, Kind.COMPETING: 1, Kind.LISTENING: 2}
_NAMESPACE = uuid.UUID("6f0f7e0b-5b5b-4d3b-9a55-3a3f0a1d2c11")
"""For ids of what has none of our own: the same claim has the same id each time."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One of the two wires."""

    deployed: bool

    def activity(self, posted: Posted, *, packed: bool = False) -> dict[str, Any]:
        """An activity object, "all nulls are written explicitly"; `packed` in a packet, where meta's keys stay."""
        values = _values(posted)
        if self.deployed:
            if values["meta"] and not packed:
                values["meta"] = {key_out(key): value for key, value in values["meta"].items()}
            return values
        values["type"] = type_name(values["type"])
        return {camel(name): value for name, value in values.items()}

    def activities(self, found: Iterable[Posted]) -> list[dict[str, Any]]:
        """An array of them."""
        return [self.activity(posted) for posted in found]


DOCUMENTED, DEPLOYED = Wire(deployed=False), Wire(deployed=True)


def _values(posted: Posted) -> dict[str, Any]:
    values: dict[str, Any] = {"id": posted.id, **dict.fromkeys(_MEMBERS)}
    values.update(posted.content)
    values |= {
        "manual_id": posted.manual_id,
        "queryable_terms": posted.content.get("queryable_terms") or [],
        "lease_minutes": posted.lease_minutes,
        "lease_expires_at": instant(posted.expires_at),
        "account_id": posted.account,
        "created_at": instant(posted.created_at),
        "updated_at": instant(posted.updated_at),
    }
    return values


# --- what is kept, as a claim, and back -------------------------------------------------------------------------------


def claim_of(posted: Posted, artworks: str | None = None) -> Claim:
    """The claim that an active activity is. Its lease and when it was renewed do not show: nobody is told of those.

    `artworks` is how the addresses of uploaded images begin, for other dialects; without it they see none.
    """
    return Claim(
        source_of(posted.id),
        since=posted.created_at,
        activities=(_canonical(posted, artworks),),
        expires_at=posted.expires_at,
        receipt={"lease_minutes": posted.lease_minutes, "updated_at": posted.updated_at},
    )


def _canonical(posted: Posted, artworks: str | None) -> Activity:
    content = posted.content
    return Activity(
        name=content.get("title") or _type_word(content["type"]),
        kind=_KINDS.get(content["type"], Kind.UNKNOWN),
        details=_link(content.get("subtitle"), content.get("subtitle_url")),
        state=tuple(filter(None, [_link(content.get("caption"), None)])),
        image=_picture(_address(content.get("large_image"), artworks), content.get("title_url")),
        small_image=_picture(_address(content.get("small_image"), artworks), None),
        id=posted.manual_id or posted.id,
        meta=content.get("meta"),
        native=Native(KIND, {"id": posted.id, "manual_id": posted.manual_id, "content": dict(content)}),
    )


def _type_word(number: int) -> str:
    """What stands for a title where none was given: others' clients show a name first, and an empty one as a gap."""
    return TYPES[number] if 0 <= number < len(TYPES) else TYPES[0]


def _address(image: str | None, artworks: str | None) -> str | None:
    """An upload's hash means something in this dialect alone."""
    if image is None or not image.lower().startswith(SHA256):
        return image
    return artworks + image.lower() if artworks else None


def _link(text: str | None, url: str | None) -> Link | None:
    return Link(text, url) if text else None


def _picture(source: str | None, url: str | None) -> Picture | None:
    return Picture(source, url=url) if source else None


def active(subject: Subject, presence: Presence, now: float) -> list[Posted]:
    """Everything the user does now, as activities: "created_at descending"; what has ended by `now` is not in it."""
    found = [posted for claim in presence.at(now).claims for posted in _of_claim(subject, claim, now)]
    return sorted(found, key=lambda posted: posted.created_at, reverse=True)


def _of_claim(subject: Subject, claim: Claim, now: float) -> Iterable[Posted]:
    for place, activity in enumerate(claim.activities):
        native = activity.native
        if native is not None and native.dialect == KIND and claim.source.kind == KIND:
            yield _own(subject, claim, native.document)
        else:
            yield _foreign(subject, claim, activity, place, now)


def _own(subject: Subject, claim: Claim, document: Any) -> Posted:
    times = claim.expires_at or 0.0, claim.since, claim.receipt["updated_at"]
    minutes = claim.receipt["lease_minutes"]
    return Posted(document["id"], subject.id, document["manual_id"], document["content"], minutes, *times)


def _foreign(subject: Subject, claim: Claim, activity: Activity, place: int, now: float) -> Posted:
    """What another dialect's publisher said, by the table of WIRES section 3; one without end is good for a while."""
    expires_at = now + DEFAULT_MINUTES * 60 if claim.expires_at is None else claim.expires_at
    minutes = min(max(math.ceil((expires_at - now) / 60), 1), 60)
    ident = str(uuid.uuid5(_NAMESPACE, f"{subject.id} {claim.source.kind} {claim.source.id} {place}"))
    return Posted(ident, account_id(subject), None, _projected(activity), minutes, expires_at, claim.since, claim.since)


def account_id(subject: Subject) -> str:
    """The account's UUID; for somebody without an account one made of the name, since clients insist on a GUID."""
    known = subject.account or _GUID.fullmatch(subject.id)
    return subject.id if known else str(uuid.uuid5(_NAMESPACE, subject.id))


def _projected(activity: Activity) -> dict[str, Any]:
    details, image, small = activity.details, activity.image, activity.small_image
    said = {
        "started_ms": activity.started_ms,
        "ends_ms": activity.ends_ms,
        "paused": activity.paused,
        "gradient": activity.gradient,
    }
    meta = {**(activity.meta or {}), **{name: value for name, value in said.items() if value is not None}}
    return {
        "type": _TYPES.get(activity.kind, 0),
        "title": activity.name or None,
        "subtitle": details.text if details else None,
        "subtitle_url": details.url if details else None,
        "caption": "\n".join(line.text for line in activity.state) or None,
        "large_image": image.source if image else None,
        "title_url": image.url if image else None,
        "small_image": small.source if small else None,
        "meta": meta or None,
    }
