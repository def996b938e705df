"""Lantern's part of /openapi.json (spec/lantern.md sections 2, 3 and 5; documents as the READMEs have them)."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from actors.keyvalues import LONGEST_KEY, LONGEST_VALUE
from web.cards.openapi import CARD, DRAWN
from web.dialects.lantern.routes import MOST_USERS
from web.openapi.operation import Body, Chapter, Operation, Parameter, Said, errors

Status = Literal["online", "idle", "dnd", "offline"]
ID = Annotated[str, Meta(pattern="^[0-9]{17,19}$", description="A Discord id.")]


class LanternInstant(Struct):
    """Seconds since the epoch and ISO 8601; both null where there is none."""

    unix: int | None
    raw: str | UnsetType | None = UNSET


class LanternFlags(Struct):
    """Badges by name; the bits as Discord has them, where it has."""

    human_readable: list[str]
    bitfield: int | UnsetType = UNSET


class LanternMetadata(Struct):
    """Who it is on Discord."""

    id: str
    username: str | None
    discriminator: str
    global_name: str | None
    avatar: str | None
    avatar_url: str | None
    display_avatar_url: str
    bot: bool
    flags: LanternFlags
    monitoring_since: LanternInstant


class LanternPlatforms(Struct):
    """How somebody is where; `spotify` is the song, null without one."""

    desktop: Status
    mobile: Status
    web: Status
    spotify: dict[str, Any] | None


class LanternServerTag(Struct):
    """The tag beside the name."""

    guild_id: str
    name: str | None
    icon_url: str | None


class LanternUser(Struct):
    """A user. `?wire=deployed` shapes activities as the running server does."""

    metadata: LanternMetadata
    active_platforms: LanternPlatforms
    activities: list[dict[str, Any]]
    storage: dict[str, str]
    server_tag: LanternServerTag | None
    status: Status
    last_seen_at: LanternInstant


class LanternValue(Struct):
    """What is kept under a key."""

    value: Annotated[str, Meta(max_length=LONGEST_VALUE)]


class LanternDone(Struct):
    """It is kept."""

    success: Literal[True]


class LanternError(Struct):
    """What is wrong; of a parameter under both names."""

    error: str
    errors: str | UnsetType = UNSET


_WIRE = Parameter("wire", "`deployed` for the running server's document; any other word for the READMEs'.")
_IDS = Annotated[list[ID], Meta(min_length=1, max_length=MOST_USERS, extra_json_schema={"uniqueItems": True})]
_NAME = Parameter("name", shape=ID, place="path")
_KEY = Parameter("key", shape=Annotated[str, Meta(pattern=f"^[a-zA-Z0-9]{{1,{LONGEST_KEY}}}$")], place="path")
_STORAGE, _TOKEN = "/api/v1/users/<name>/storage", ("lantern_token",)
_READ = {304: Said(), **errors(LanternError, (400, 404, 429, 503))}

_CHANGED = {200: Said(LanternDone), **errors(LanternError, (400, 401, 404, 413, 429, 503))}

CHAPTER = Chapter(
    "lantern",
    "Documents of Discord users; `WS /socket` and `WS /lantern/socket` tell of changes. A slash at the end is taken.",
    {
        "GET /api/v1/users": Operation(
            "Several users, in the order of asking; unknown ones are left out",
            {200: Said(list[LanternUser]), **_READ},
            (Parameter("user_ids", "Once for each user, none twice.", _IDS, required=True), _WIRE),
        ),
        "GET /api/v1/users/<name>": Operation(
            "A user; with `svg=1` as a card",
            {200: (Said(LanternUser), CARD), **_READ},
            (_NAME, _WIRE, *DRAWN),
        ),
        f"GET {_STORAGE}": Operation("All pairs", {200: Said(dict[str, str]), **_READ}, (_NAME,)),
        f"DELETE {_STORAGE}": Operation("Take all pairs away", _CHANGED, (_NAME,), opened_by=_TOKEN),
        f"GET {_STORAGE}/<key>": Operation("A value", {200: Said(LanternValue), **_READ}, (_NAME, _KEY)),
        f"PUT {_STORAGE}/<key>": Operation("Keep a value", _CHANGED, (_NAME, _KEY), Body(LanternValue), _TOKEN),
        f"PATCH {_STORAGE}/<key>": Operation(
            "Replace a value that is there", _CHANGED, (_NAME, _KEY), Body(LanternValue), _TOKEN
        ),
        f"DELETE {_STORAGE}/<key>": Operation("Take a value away", _CHANGED, (_NAME, _KEY), opened_by=_TOKEN),
    },
    {"lantern_token": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Bare, no scheme."}},
)
