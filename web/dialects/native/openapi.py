"""/v2's part of /openapi.json: the very shapes that validate and encode (schemas.py)."""

from typing import Annotated

from msgspec import Meta

from web.dialects.native import schemas
from web.dialects.native.problems import PROBLEM
from web.dialects.native.replays import LONGEST_KEY
from web.dialects.native.sessions import MOST_USERS
from web.openapi.operation import EVENTS, Answers, Body, Chapter, Operation, Parameter, Said, errors

NAME = Annotated[str, Meta(min_length=1, max_length=256)]
SOURCE = Annotated[str, Meta(pattern="^[A-Za-z0-9_.-]{1,64}$")]
KEY = Annotated[str, Meta(min_length=1, max_length=LONGEST_KEY)]
NAMES = Annotated[list[NAME], Meta(min_length=1, max_length=MOST_USERS)]
PLACE = Annotated[str, Meta(pattern="^[^\u0000-\u001f\u007f/]{1,256}$")]

_TOKEN = ("v2_token",)
_USER = Parameter("user", "Once for each user.", NAMES, required=True)
_ONCE = Parameter("Idempotency-Key", "What is asked again under the same key is done once.", KEY, place="header")
_CLAIM, _WEBHOOKS = "/v2/users/<user>/claims/<source>", "/v2/webhooks"
_PLACES = (Parameter("user", shape=PLACE, place="path"), Parameter("source", shape=SOURCE, place="path"), _ONCE)
_LAST = "The last event that was seen; all since then are told, or a snapshot says that they cannot."


def problems(*statuses: int) -> Answers:
    """The refusals of these statuses, and those that any route may give."""
    return errors(schemas.Problem, (*statuses, 429, 503), PROBLEM)


CHAPTER = Chapter(
    "v2",
    "Our own dialect: claims with leases, presence with its claims, streams that can be taken up again, webhooks. "
    "`WS /v2/socket` is the event stream for browsers and bots.",
    {
        "GET /v2/users": Operation(
            "Several users, in the order of asking",
            {200: Said(schemas.Presences), 304: Said(), **problems(422)},
            (_USER,),
        ),
        "GET /v2/users/<name>": Operation(
            "A user; with the claims for the owner and operators",
            {200: Said((schemas.OwnPresence, schemas.Presence)), 304: Said(), **problems(401, 422)},
            (Parameter("name", shape=PLACE, place="path"),),
        ),
        "GET /v2/events": Operation(
            "Users as they are, then each change; an event stream",
            {200: Said((schemas.Snapshot, schemas.Change, schemas.Resumed), EVENTS), **problems(422)},
            (_USER, Parameter("Last-Event-ID", _LAST, place="header"), Parameter("last_event_id", _LAST)),
        ),
        "GET /v2/badge.js": Operation(
            "`<presence-badge>` for other people's pages",
            {200: Said(str, "text/javascript; charset=utf-8"), 304: Said()},
        ),
        f"PUT {_CLAIM}": Operation(
            "Claim something of a user, for as long as the lease",
            {200: Said(schemas.Claim), **problems(400, 401, 403, 409, 413, 422)},
            _PLACES,
            Body(schemas.GivenClaim),
            _TOKEN,
        ),
        f"DELETE {_CLAIM}": Operation(
            "Take a claim back", {204: Said(), **problems(400, 401, 403, 404, 409, 422)}, _PLACES, opened_by=_TOKEN
        ),
        f"POST {_WEBHOOKS}": Operation(
            "Have a server told when users come, change or go; it must echo a challenge",
            {201: Said(schemas.Webhook), **problems(400, 401, 403, 404, 409, 413, 422)},
            (_ONCE,),
            body=Body(schemas.GivenWebhook),
            opened_by=_TOKEN,
        ),
        f"GET {_WEBHOOKS}": Operation(
            "One's own webhooks", {200: Said(schemas.Webhooks), **problems(401, 403)}, opened_by=_TOKEN
        ),
        f"GET {_WEBHOOKS}/<id>": Operation(
            "A webhook, and how it fares", {200: Said(schemas.Webhook), **problems(401, 403, 404)}, opened_by=_TOKEN
        ),
        f"DELETE {_WEBHOOKS}/<id>": Operation(
            "End a webhook", {204: Said(), **problems(401, 403, 404)}, opened_by=_TOKEN
        ),
    },
    {"v2_token": {"type": "http", "scheme": "bearer"}},
)
