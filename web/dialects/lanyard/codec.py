"""Lanyard's presence object and its envelopes (spec/lanyard.md sections 1 and 5; HEAD 76b88a4). Pure."""

from collections.abc import Mapping
from typing import Any

from actors.errors import HouseError, Malformed, Overrun, Refused, Unavailable
from actors.upstream.discord_native import mapping, text
from web.dialects.discord.book import Heard
from web.dialects.discord.person import PLATFORMS, Doing, Person

SPOTIFY = "spotify:1"
_WEB = frozenset({"https", "http", "data"})
"""What other dialects' publishers say of a picture is an address already; Discord's never is."""


def form(shown: Person) -> tuple[dict[str, Any], Heard]:
    """The document, for a Book; nothing in it moves by itself."""
    return document(shown), None


def document(shown: Person) -> dict[str, Any]:
    """Section 5: "always exactly these eleven keys"."""
    song = next((each for each in shown.activities if each.document.get("id") == SPOTIFY), None)
    return {
        "discord_user": dict(shown.user),
        "discord_status": shown.status,
        "activities": [_activity(doing) for doing in shown.activities],
        "kv": dict(shown.pairs),
        # "true when that key exists in Discord's client_status, whatever its value"
        **{f"active_on_discord_{platform}": platform in shown.platforms for platform in PLATFORMS},
        "listening_to_spotify": song is not None,
        "spotify": None if song is None else _spotify(song),
    }


def parting(shown: Person) -> dict[str, Any]:
    """What is said at last of a user who is not there any more: offline, and nothing else of them."""
    return document(Person(shown.id, shown.user, "offline", {}, (), None, None, {}))


def _activity(doing: Doing) -> Mapping[str, Any]:
    """Discord's raw object; "integer application_id and integer emoji.id become strings"."""
    raw = doing.document
    changed: dict[str, Any] = {}
    if isinstance(raw.get("application_id"), int):
        changed["application_id"] = str(raw["application_id"])
    emoji = mapping(raw.get("emoji"))
    if isinstance(emoji.get("id"), int):
        changed["emoji"] = {**emoji, "id": str(emoji["id"])}
    return {**raw, **changed}


def _spotify(doing: Doing) -> dict[str, Any]:
    song = doing.document
    assets = mapping(song.get("assets"))
    art = (text(assets.get("large_image")) or "").split(":")
    return {
        "track_id": song.get("sync_id"),
        "song": song.get("details"),
        "artist": song.get("state"),
        "album": assets.get("large_text"),
        "album_art_url": doing.large_url if art[0] in _WEB else _art_url(art),
        "timestamps": song.get("timestamps"),
    }


def _art_url(art: list[str]) -> str | None:
    """The address is there "when large_image has exactly one colon (any prefix), else null (local files)"."""
    return f"https://i.scdn.co/image/{art[1]}" if len(art) == 2 else None


def monitoring(users: int) -> dict[str, Any]:
    """Section 2, `GET /`, in its envelope. There is nowhere to be invited to."""
    info = "Presences by Lanyard's API; /docs/ has every route."
    return {"success": True, "data": {"info": info, "monitored_user_count": users, "discord_invite": None}}


def failure(code: str, message: str) -> dict[str, Any]:
    """Section 1: the error envelope."""
    return {"success": False, "error": {"code": code, "message": message}}


NOT_MONITORED = failure("user_not_monitored", "User is not being monitored by Lanyard")
NO_PERMISSION = failure("no_permission", "You do not have permission to access this resource")

_FAILURES: dict[type[HouseError], tuple[int, dict[str, Any]]] = {
    Malformed: (404, failure("invalid_kv_value", "body must be an object")),
    Refused: (401, NO_PERMISSION),
    Overrun: (429, failure("rate_limited", "Too many requests")),
    Unavailable: (503, failure("unavailable", "Temporarily unavailable")),
}


BROKEN_RULE = "kv-rule"
"""The code of what breaks a rule of the key-values; its text goes to the client."""

NOT_FOUND = failure("not_found", "Route does not exist")
_NO_ROUTE = frozenset({"unknown-path", "wrong-method"})


def error(fault: HouseError) -> tuple[int, dict[str, Any]]:
    """Status and body of an error."""
    if fault.code == "upgrade-failed":
        return 400, failure("upgrade_failed", "Request failed to upgrade")
    if fault.code == BROKEN_RULE:
        return 404, failure("kv_validation_failed", str(fault))
    if fault.code in _NO_ROUTE:
        return 404, NOT_FOUND
    return next(
        (said for kind, said in _FAILURES.items() if isinstance(fault, kind)),
        (500, failure("internal", "Internal Server Error")),
    )
