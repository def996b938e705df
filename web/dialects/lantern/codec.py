"""Lantern's user document (spec/lantern.md sections 5 and 9; HEAD dfc2847 and the README the project derives from).

The two wires differ in a few fields of an activity (WIRES section 1): `documented` names its type, gives seconds and
has the start beside it; what the README lacks goes as the deployed server sends it.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from actors.upstream.discord_native import mapping, number, text
from web.dialects.discord.book import HOLE, Heard, clock_text
from web.dialects.discord.cdn import avatar_url, default_avatar_url, emoji_url, tag_icon_url
from web.dialects.discord.flags import names
from web.dialects.discord.person import Doing, Person
from web.dialects.discord.times import instant, iso_ms, moment, snowflake_ms

_TYPES = {0: "PLAYING", 1: "STREAMING", 2: "LISTENING", 3: "WATCHING", 4: "CUSTOM", 5: "COMPETING", 6: "HANG"}
_ARTISTS = "; "
_COVERS = frozenset({"spotify", "https", "http", "data"})
"""Whose album cover is known: Spotify's own, and what other dialects' publishers give the address of."""


def monitoring(users: int) -> dict[str, Any]:
    """Section 2, `GET /`: what is inside `data`. There is nowhere to be invited to."""
    info = "Presences by Lantern's API; /docs/ has every route."
    return {"info": info, "discord_invite": None, "currently_monitoring_users": users}


def documented(shown: Person) -> tuple[dict[str, Any], Heard]:
    """The document as the READMEs have it."""
    return document(shown, deployed=False), _heard(shown)


def deployed(shown: Person) -> tuple[dict[str, Any], Heard]:
    """The document as the running server sends it."""
    return document(shown, deployed=True), _heard(shown)


def document(shown: Person, *, deployed: bool) -> dict[str, Any]:
    """Section 5: key order as sent."""
    platforms = {name: shown.platforms.get(name, "offline") for name in ("desktop", "mobile", "web")}
    return {
        "metadata": _metadata(shown),
        "active_platforms": {**platforms, "spotify": _spotify(shown)},
        "activities": [_activity(doing, deployed=deployed) for doing in shown.activities],
        "storage": dict(shown.pairs),
        "server_tag": _server_tag(shown.user),
        # "Clients treat anything that is not the string `offline` as online": never omitted.
        "status": shown.status,
        # "Clients compute last_seen_at.unix * 1000": always an object.
        "last_seen_at": moment(None if shown.last_seen_at is None else shown.last_seen_at * 1000),
    }


def _metadata(shown: Person) -> dict[str, Any]:
    user = shown.user
    avatar = text(user.get("avatar"))
    discriminator = text(user.get("discriminator")) or "0"
    address = avatar_url(shown.id, user)
    return {
        "id": shown.id,
        "username": user.get("username"),
        "discriminator": discriminator,
        "global_name": user.get("global_name"),
        "avatar": avatar,
        "avatar_url": address,
        "display_avatar_url": address or default_avatar_url(shown.id, user),
        "bot": user.get("bot") is True,
        "flags": _flags(user),
        "monitoring_since": moment(iso_ms(shown.joined_at)),
    }


def _flags(user: Mapping[str, Any]) -> dict[str, Any]:
    """The bitfield is "absent if Discord sent none"."""
    bits = number(user.get("public_flags"))
    if bits is None:
        return {"human_readable": []}
    return {"human_readable": names(int(bits)), "bitfield": int(bits)}


def _server_tag(user: Mapping[str, Any]) -> dict[str, Any] | None:
    """Section 5.5: "null unless the user has a primary guild with identity enabled"."""
    guild = mapping(user.get("primary_guild"))
    ident, badge = text(guild.get("identity_guild_id")), text(guild.get("badge"))
    if guild.get("identity_enabled") is not True or not ident:
        return None
    return {"guild_id": ident, "name": guild.get("tag"), "icon_url": tag_icon_url(ident, badge) if badge else None}


def _spotify(shown: Person) -> dict[str, Any] | None:
    """Section 5.3: "when an activity is *named* `Spotify` (first match; its type and id are not looked at)"."""
    heard_in = _song(shown)
    if heard_in is None:
        return None
    doing = heard_in.document
    artists = (text(doing.get("state")) or "").split(_ARTISTS)
    song: dict[str, Any] = {
        "track_id": text(doing.get("sync_id")),
        "song": text(doing.get("details")),
        "artist": artists if len(artists) > 1 else artists[0],
    }
    if "assets" in doing:
        assets = mapping(doing["assets"])
        prefix = (text(assets.get("large_image")) or "").partition(":")[0]
        song["album"] = text(assets.get("large_text"))
        song["album_cover"] = heard_in.large_url if prefix in _COVERS else None
    times, heard = mapping(doing.get("timestamps")), _heard(shown)
    return {
        **song,
        "start_time": instant(number(times.get("start"))) or {"unix": None},
        "end_time": instant(number(times.get("end"))) or {"unix": None},
        "time": {
            "current_human_readable": HOLE if heard else clock_text(0),
            "end_human_readable": clock_text(max(heard[1] - heard[0], 0.0) if heard else 0),
        },
    }


def _song(shown: Person) -> Doing | None:
    return next((each for each in shown.activities if each.document.get("name") == "Spotify"), None)


def _heard(shown: Person) -> Heard:
    song = _song(shown)
    times = mapping(song.document.get("timestamps")) if song is not None else {}
    start, end = number(times.get("start")), number(times.get("end"))
    return None if start is None or end is None else (start, end)


def _activity(doing: Doing, *, deployed: bool) -> dict[str, Any]:
    """Section 5.4."""
    document = doing.document
    if document.get("name") == "Custom Status":
        return _custom_status(document, deployed=deployed)
    created = number(document.get("created_at"))
    shown: dict[str, Any] = {
        "name": document.get("name"),
        "type": _type(document, deployed=deployed),
        "state": text(document.get("state")),
        "details": text(document.get("details")),
        "application_id": text(document.get("application_id")),
        "created_at": created if deployed or created is None else int(created // 1000),
    }
    if document.get("assets") is not None:
        assets = mapping(document["assets"])
        shown["assets"] = {
            "large_image": _picture(assets, "large", doing.large_url),
            "small_image": _picture(assets, "small", doing.small_url),
        }
    if document.get("timestamps") is not None:
        start = instant(number(mapping(document["timestamps"]).get("start")))
        shown["timestamps"] = {"start_time": start}
        if not deployed:
            shown["start_time"] = start
    return shown if deployed else {"id": text(document.get("id")), **shown}


def _type(document: Mapping[str, Any], *, deployed: bool) -> Any:
    kind = document.get("type")
    return kind if deployed else _TYPES.get(kind if isinstance(kind, int) else -1, "UNKNOWN")


def _picture(assets: Mapping[str, Any], size: str, address: str | None) -> dict[str, Any]:
    return {
        "hash": text(assets.get(f"{size}_image")),
        "image_url": address,
        "text": text(assets.get(f"{size}_text")),
    }


def _custom_status(document: Mapping[str, Any], *, deployed: bool) -> dict[str, Any]:
    return {
        "name": "Custom Status",
        "type": _type(document, deployed=deployed),
        "text": text(document.get("state")),
        "start_time": instant(number(document.get("created_at"))),
        "end_time": instant(number(mapping(document.get("timestamps")).get("end"))),
        "emoji": _emoji(document.get("emoji")),
    }


def _emoji(value: Any) -> dict[str, Any] | None:
    emoji = mapping(value)
    name, ident = text(emoji.get("name")), text(emoji.get("id"))
    if not name and not ident:
        return None
    if not ident:
        return {
            "animated": None,
            "name": name,
            "id": None,
            "createdTimestamp": None,
            "identifier": quote(name or "", safe=""),
            "imageURL": None,
        }
    animated = emoji.get("animated") is True
    return {
        "animated": animated,
        "name": name,
        "id": ident,
        "createdTimestamp": snowflake_ms(ident),
        "identifier": f"{'a:' if animated else ''}{name}:{ident}",
        "imageURL": emoji_url(ident),
    }
