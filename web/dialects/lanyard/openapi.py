"""Lanyard's part of /openapi.json (spec/lanyard.md sections 1, 2 and 5)."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from actors.keyvalues import LONGEST_KEY, LONGEST_VALUE
from web.dialects.lanyard.quicklinks import EXTENSIONS
from web.openapi.operation import BINARY, PICTURES, TEXT, Body, Chapter, Operation, Parameter, Said, errors


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

LanyardValue = Annotated[str, Meta(description=f"At most {LONGEST_VALUE:,} of what a reader takes for one character.")]

_KV, _KEY = "/v1/users/<name>/kv", ("lanyard_key",)
_FIELD = Parameter("field", shape=Annotated[str, Meta(pattern=f"^[a-zA-Z0-9_]{{1,{LONGEST_KEY}}}$")], place="path")
_KEPT = {204: Said(), **errors(LanyardError, (401, 404, 413, 429, 503))}
_AVATAR = Operation(
    "A user's avatar, fetched from Discord's CDN, whose other statuses are passed on",
    {200: tuple(Said(BINARY, kind) for kind in PICTURES), **errors(LanyardError, (404, 429, 502, 503))},
)

CHAPTER = Chapter(
    "lanyard",
    "Presences of Discord users; `WS /socket` and `WS /lanyard/socket` tell of changes. A slash at the end is taken.",
    {
        "GET /v1/users/<name>": Operation(
            "A user by Discord id, or `@me`: the owner of the key, for which alone it is needed",
            {200: Said(LanyardAnswer), 304: Said(), **errors(LanyardError, (401, 404, 429, 503))},
        ),
        f"PATCH {_KV}": Operation("Keep several values", _KEPT, body=Body(dict[str, LanyardValue]), opened_by=_KEY),
        f"PUT {_KV}/<field>": Operation(
            "Keep a value: the body as it is",
            _KEPT,
            (_FIELD,),
            Body(LanyardValue, (TEXT,), required=False),
            _KEY,
        ),
        f"DELETE {_KV}/<field>": Operation("Take a value away, if it is there", _KEPT, opened_by=_KEY),
        **{f"GET /<name>.{each}": _AVATAR for each in EXTENSIONS},
    },
    SCHEMES,
)
