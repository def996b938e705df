"""What Discord says of a member, as a claim (spec/discord.md sections 4, 5 and 7; gateway version 10). Pure.

The native form, which the listener makes and the Lantern and Lanyard dialects read:

    Claim(Source("discord", ...), since, status, activities, native=Native("discord", {
        "user":          Discord's user object as it came, merged key by key; ids are strings,
        "client_status": {"desktop" | "mobile" | "web" | "embedded" | "vr": "online" | "idle" | "dnd" | "offline"},
        "joined_at":     when the member joined the base guild, ISO 8601 as it came, or None,
    }))

Each of the claim's activities carries Discord's own object as `native=Native("discord", ...)`, in Discord's order.
A member who is offline has a claim too, with Status.OFFLINE and no activities: that is how the profile is known. A
member who has left has none. "Types are not validated" by Discord: whoever reads a field coerces it.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from actors.presence import Activity, Claim, Kind, Link, Native, Picture, Source, Status

DIALECT = "discord"

CDN = "https://cdn.discordapp.com"

_STATUSES = {"online": Status.ONLINE, "idle": Status.IDLE, "dnd": Status.DND, "offline": Status.OFFLINE}
_LARGEST = 1 << 63
_KINDS = {kind.value: kind for kind in Kind}


def member_claim(
    source: Source,
    since: float,
    user: Mapping[str, Any],
    presence: Mapping[str, Any] | None,
    joined_at: str | None = None,
) -> Claim:
    """The claim of a member with this user object and this presence (a PRESENCE_UPDATE's data); None is offline."""
    said = presence or {}
    platforms = said.get("client_status")
    activities = said.get("activities")
    return Claim(
        source,
        since,
        _STATUSES.get(text(said.get("status")) or "", Status.OFFLINE),
        tuple(activity_in(each) for each in activities if isinstance(each, dict))
        if isinstance(activities, list)
        else (),
        native=Native(
            DIALECT,
            {
                "user": dict(user),
                "client_status": dict(platforms) if isinstance(platforms, dict) else {},
                "joined_at": joined_at,
            },
        ),
    )


def activity_in(document: Mapping[str, Any]) -> Activity:
    """Discord's activity object in canonical form (section 7.1)."""
    times = mapping(document.get("timestamps"))
    assets = mapping(document.get("assets"))
    application = text(document.get("application_id"))
    return Activity(
        name=text(document.get("name")) or "",
        kind=_kind(document.get("type")),
        details=_link(document, "details"),
        state=tuple(filter(None, (_link(document, "state"),))),
        image=_picture(assets, "large", application),
        small_image=_picture(assets, "small", application),
        started_ms=number(times.get("start")),
        ends_ms=number(times.get("end")),
        id=text(document.get("id")),
        native=Native(DIALECT, document),
    )


def asset_url(asset: str | None, application: str | None, *, large: bool) -> str | None:
    """Where an activity's picture is (spec/lantern.md section 5.4); None where that cannot be said.

    The string is the user's: no address is made of what does not have one of the known forms.
    """
    if not asset:
        return None
    prefix, colon, rest = asset.partition(":")
    if not colon:
        return f"{CDN}/app-assets/{_part(application or 'null')}/{_part(asset)}.webp"
    rest = rest.partition(":")[0]  # "Only the text between the first and second colon is used."
    if prefix == "mp":
        return f"https://media.discordapp.net/{quote(rest, safe='/%=&?~!$*+,;@')}"
    template = _TEMPLATES.get(prefix)
    return template.format(_part(rest)) if template and large else None


_TEMPLATES = {
    "spotify": "https://i.scdn.co/image/{}",
    "youtube": "https://i.ytimg.com/vi/{}/hqdefault_live.jpg",
    "twitch": "https://static-cdn.jtvnw.net/previews-ttv/live_user_{}.png",
}


def text(value: Any) -> str | None:
    """A text that is one; a whole number is read as its digits, because ids come as both."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """A number that is one, or is written as one; none that JSON's readers could not hold."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if abs(value) < _LARGEST else None


def mapping(value: Any) -> Mapping[str, Any]:
    """An object that is one; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def _kind(value: Any) -> Kind:
    return _KINDS.get(value, Kind.UNKNOWN) if isinstance(value, int) else Kind.UNKNOWN


def _link(document: Mapping[str, Any], key: str) -> Link | None:
    said = text(document.get(key))
    return Link(said, text(document.get(f"{key}_url"))) if said else None


def _picture(assets: Mapping[str, Any], size: str, application: str | None) -> Picture | None:
    address = asset_url(text(assets.get(f"{size}_image")), application, large=size == "large")
    return Picture(address, text(assets.get(f"{size}_text")), text(assets.get(f"{size}_url"))) if address else None


def _part(piece: str) -> str:
    return quote(piece, safe="")
