"""Lanyard's part of /openapi.json (spec/lanyard.md sections 1, 2 and 5)."""

from typing import Any, Literal

from msgspec import Struct

from web.openapi.operation import Chapter, Operation, Said, errors


class LanyardUser(Struct):
    """Discord's own user object, passed on."""

    id: str
    username: str
    discriminator: str
    global_name: str | None
    avatar: str | None
    bot: bool
    public_flags: int


class LanyardPresence(Struct):
    """A user's presence; activities are Discord's raw objects."""

    discord_user: LanyardUser
    discord_status: Literal["online", "idle", "dnd", "offline"]
    activities: list[dict[str, Any]]
    kv: dict[str, str]
    active_on_discord_web: bool
    active_on_discord_desktop: bool
    active_on_discord_mobile: bool
    active_on_discord_embedded: bool
    active_on_discord_vr: bool
    listening_to_spotify: bool
    spotify: dict[str, Any] | None


class LanyardAnswer(Struct):
    """The envelope of a presence."""

    success: Literal[True]
    data: LanyardPresence


class LanyardFault(Struct):
    """A word for programs and a sentence for people."""

    code: str
    message: str


class LanyardError(Struct):
    """The envelope of an error."""

    success: Literal[False]
    error: LanyardFault


SCHEMES = {
    "lanyard_key": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Bare, no scheme."}
}

CHAPTER = Chapter(
    "lanyard",
    "Presences of Discord users; `WS /socket` and `WS /lanyard/socket` tell of changes. A slash at the end is taken.",
    {
        "GET /v1/users/<name>": Operation(
            "A user by Discord id, or `@me`: the owner of the key, for which alone it is needed",
            {200: Said(LanyardAnswer), 304: Said(), **errors(LanyardError, (401, 404, 429, 503))},
        ),
    },
    SCHEMES,
)
