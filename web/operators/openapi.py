"""The operators' part of /openapi.json: what probes ask."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from web.dialects.native.openapi import problems
from web.dialects.relay.openapi import RelayStanding, RelayStandings
from web.openapi.operation import TEXT, Chapter, Operation, Parameter, Said, errors


class Alive(Struct):
    """The process and its hub live."""

    status: Literal["ok"]


class OpenApi(Struct):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


class Monitoring(Struct):
    """What Lantern has at this address."""

    info: str
    discord_invite: None
    currently_monitoring_users: int


class People(Struct):
    """Those who are listed, whoever is there first; and how many more there are."""

    people: list[dict[str, Any]]
    more: int
    data: Monitoring | UnsetType = UNSET


class Readiness(Struct):
    """May requests be sent here, and if not, why not."""

    ready: bool
    store: bool
    supervisors: bool
    draining: bool


class PlainError(Struct):
    """A word for what is wrong."""

    error: str


class DeadLetter(Struct):
    """A callback that was given up."""

    id: str | int
    queue: str
    status: int | None
    error: str | None
    tries: int
    created_at: float
    died_at: float
    body: str


class DeadLetters(Struct):
    """The last to die first; `before` asks for the next page, null where this is the last."""

    dead_letters: list[DeadLetter]
    before: int | None


class GatewayStanding(Struct):
    """What the listener does, and what it has lived through since it began. Times in seconds since the epoch."""

    state: str
    reason: str
    next_try_at: float | None
    session: str | None
    members: int
    guilds: int
    identifies: int
    resumes: int
    sessions_left: int
    last_event_at: float | None
    latency: float | None
    closes: dict[str, int]


_TAKE = Parameter("take", "At most so many.", Annotated[int, Meta(ge=1, lt=10**18)])
_BEFORE = Parameter("before", "Older than this number.", Annotated[int, Meta(ge=1, lt=10**18)])
_OPERATOR = ("operator_token",)
_OF_OPERATORS = problems(401, 403)
_PAGE = "text/html; charset=utf-8"
_SENTENCE = (Said(str, TEXT), Said(str, _PAGE))
_LIMITED = errors(PlainError, (429,))

CHAPTER = Chapter(
    "operators",
    "What probes and tools ask.",
    {
        "GET /openapi.json": Operation("This document", {200: Said(OpenApi), 304: Said(), **_LIMITED}),
        "GET /": Operation(
            "Who is listed, here or away: a page for browsers, else JSON, with what Lantern has here",
            {200: (Said(People), Said(str, _PAGE)), 429: _SENTENCE, 503: _SENTENCE},
        ),
        "GET /healthz": Operation("Does the process live?", {200: Said(Alive), **_LIMITED}),
        "GET /readyz": Operation(
            "May requests be sent?", {200: Said(Readiness), 503: Said(Readiness, description="Not now."), **_LIMITED}
        ),
        "GET /ops/callbacks": Operation(
            "How callbacks fare",
            {200: Said(dict[str, Any]), **problems(400, 401, 403)},
            (_TAKE,),
            opened_by=_OPERATOR,
        ),
        "GET /ops/dead-letters": Operation(
            "Callbacks that were given up",
            {200: Said(DeadLetters), **problems(400, 401, 403)},
            (_TAKE, _BEFORE, Parameter("queue")),
            opened_by=_OPERATOR,
        ),
        "GET /ops/discord": Operation(
            "How the listener of Discord's gateway fares",
            {200: Said(GatewayStanding), **problems(401, 403, 404)},
            opened_by=_OPERATOR,
        ),
        "GET /ops/relay/registrations": Operation(
            "The relay's registrations",
            {200: Said(RelayStandings), **_OF_OPERATORS},
            (Parameter("app_id"), Parameter("instance_url"), Parameter("state")),
            opened_by=_OPERATOR,
        ),
        "GET /ops/relay/registrations/<name>": Operation(
            "A registration, and what its stream has lived through",
            {200: Said(RelayStanding), **problems(401, 403, 404)},
            opened_by=_OPERATOR,
        ),
    },
    {"operator_token": {"type": "http", "scheme": "bearer"}},
)
