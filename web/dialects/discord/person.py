"""A person as Discord would show them: the facts from which both dialects build their documents. Pure.

From a Discord claim in its native form (actors/upstream/discord_native.py), and from all other claims through the
canonical Activity (WIRES section 3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.presence import Activity, Claim, Kind, Picture, Presence, Status, Subject
from actors.upstream.discord_native import DIALECT, asset_url, mapping, text
from web.dialects.discord.times import whole

PLATFORMS = ("desktop", "mobile", "web", "embedded", "vr")
_AVAILABLE = ("offline", "dnd", "idle", "online")
_LINES = ", "


@dataclass(frozen=True, slots=True)
class Doing:
    """One activity: Discord's object, and where its pictures are."""

    document: Mapping[str, Any]
    large_url: str | None
    small_url: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """`status` is online, idle, dnd or offline; `platforms` has those that are in use. Times in seconds or ISO 8601."""

    id: str
    user: Mapping[str, Any]
    status: str
    platforms: Mapping[str, str]
    activities: tuple[Doing, ...]
    joined_at: str | None
    last_seen_at: float | None
    pairs: Mapping[str, str]


def discord_id(subject: Subject, presence: Presence) -> str | None:
    """The Discord id by which this user is known; None for whoever is not linked and is no member of the guild."""
    for provider, linked in subject.links:
        if provider == DIALECT:
            return linked
    member = _member(presence)
    return text(mapping(member.native.document["user"]).get("id")) if member is not None and member.native else None


def is_there(subject: Subject, presence: Presence) -> bool:
    """True for whoever has a document: known to Discord, and not hidden (PROMISES 3.13)."""
    return presence.status is not Status.INVISIBLE and discord_id(subject, presence) is not None


def person(subject: Subject, presence: Presence) -> Person | None:
    """None for whoever is not there."""
    ident = discord_id(subject, presence)
    if ident is None or presence.status is Status.INVISIBLE:
        return None
    member = _member(presence)
    said = mapping(member.native.document) if member is not None and member.native else {}
    status = presence.status.value
    return Person(
        ident,
        _user(ident, subject, mapping(said.get("user"))),
        status,
        _platforms(presence, mapping(said.get("client_status"))),
        tuple(_doing(activity) for activity in presence.activities),
        text(said.get("joined_at")),
        presence.kept.last_seen_at if status == "offline" else None,
        dict(presence.kept.pairs),
    )


def _member(presence: Presence) -> Claim | None:
    for claim in presence.claims:
        if claim.native is not None and claim.native.dialect == DIALECT:
            return claim
    return None


def _user(ident: str, subject: Subject, user: Mapping[str, Any]) -> Mapping[str, Any]:
    """Discord's own object grows with its API and is passed on; what clients count on is always there."""
    return {
        "username": subject.name,
        "discriminator": "0",
        "global_name": None,
        "avatar": None,
        "bot": False,
        "public_flags": 0,
        "avatar_decoration_data": None,
        "primary_guild": None,
        "collectibles": None,
        **user,
        "id": ident,
    }


def _platforms(presence: Presence, discords: Mapping[str, Any]) -> Mapping[str, str]:
    """Where the person is: Discord's word, and of other sources that name a platform the most available."""
    found = {platform: said for platform in PLATFORMS if (said := discords.get(platform)) in _AVAILABLE}
    for claim in presence.claims:
        status = claim.effective_status
        if claim.platform in PLATFORMS and status is not None and status is not Status.OFFLINE:
            known = found.get(claim.platform, "offline")
            found[claim.platform] = max(known, status.value, key=_AVAILABLE.index)
    return found


def _doing(activity: Activity) -> Doing:
    native = activity.native
    if native is not None and native.dialect == DIALECT:
        document = mapping(native.document)
        assets = mapping(document.get("assets"))
        application = text(document.get("application_id"))
        return Doing(
            document,
            asset_url(text(assets.get("large_image")), application, large=True),
            asset_url(text(assets.get("small_image")), application, large=False),
        )
    large, small = activity.image, activity.small_image
    return Doing(_projected(activity), large.source if large else None, small.source if small else None)


def _projected(activity: Activity) -> Mapping[str, Any]:
    """What another dialect's publisher said, as an activity object of Discord's."""
    kind = Kind.PLAYING if activity.kind is Kind.UNKNOWN else activity.kind
    state = _LINES.join(line.text for line in activity.state)
    document: dict[str, Any] = {
        "id": activity.id or "0",
        "name": activity.name,
        "type": kind.value,
        "state": state or None,
        "details": activity.details.text if activity.details else None,
    }
    if activity.details and activity.details.url:
        document["details_url"] = activity.details.url
    if url := next((line.url for line in activity.state if line.url), None):
        document["state_url"] = url
    times = {"start": whole(activity.started_ms), "end": whole(activity.ends_ms)}
    if told := {name: at for name, at in times.items() if at is not None}:
        document["timestamps"] = told
    assets = {**_assets("large", activity.image), **_assets("small", activity.small_image)}
    if assets:
        document["assets"] = assets
    return document


def _assets(size: str, picture: Picture | None) -> Mapping[str, Any]:
    if picture is None:
        return {}
    said = {f"{size}_image": picture.source, f"{size}_text": picture.text, f"{size}_url": picture.url}
    return {key: value for key, value in said.items() if value is not None}
