"""The heartbeat's part of /openapi.json (spec/heartbeat.md sections 3 to 6)."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from web.openapi.operation import EVENTS, TEXT, Body, Chapter, Operation, Parameter, Said, errors


class HeartbeatPing(Struct):
    """How one is, in a word of the client's own; 0 to 3 are online, idle, dnd and invisible."""

    status: str | UnsetType | None = UNSET


class HeartbeatEvent(Struct):
    """The data of an event; time in seconds since the epoch."""

    time: int
    status: str


_CLAIM = Parameter(
    "X-User-Claim",
    "Who pings, as JSON; further members do no harm. Only believed of trusted proxies.",
    Annotated[str, Meta(pattern='^\\{"userid": ?"[A-Za-z0-9_.-]+"\\}$')],
    required=True,
    place="header",
)
_SUBSCRIBE = Operation(
    "A user's pings as they come, the last one first; an event stream",
    {200: Said(HeartbeatEvent, EVENTS), **errors(str, (429,), TEXT)},
)

CHAPTER = Chapter(
    "heartbeat",
    "Pings that are believed for a minute, and event streams of them.",
    {
        "POST /ping": Operation(
            "I am here",
            {200: Said(), **errors(str, (400, 429), TEXT)},
            (_CLAIM,),
            Body(HeartbeatPing),
        ),
        "GET /subscribe/<name>": _SUBSCRIBE,
        "GET /subscribe/<name>/client/<client>": _SUBSCRIBE,
    },
)
