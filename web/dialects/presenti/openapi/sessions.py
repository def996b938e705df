"""presenti's sessions and snapshots as /openapi.json has them (spec/presenti.md sections 4.1 to 4.7)."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from web.dialects.presenti.openapi.answers import TOKEN, PresentiOk, answers
from web.openapi.operation import Body, Operation, Parameter


class PresentiPresences(Struct):
    """A list of presence objects; one object is a list of one. Nothing in them is looked at: they go out as they came.

    Known members: id, title, largeText, smallTexts, image, timestamps {start, stop} in ms, gradient, isPaused, meta.
    """

    presences: list[Any] | dict[str, Any]


class PresentiSession(Struct):
    """A new session, and how long it lives without a PUT, in milliseconds."""

    session_id: str = msgspec.field(name="sessionID")
    expires: int


class PresentiSnapshot(Struct):
    """What is on now; the two lists are the same."""

    presence: list[dict[str, Any]]
    presences: list[dict[str, Any]]
    state: dict[str, Any]


_ID = Parameter("id", "The session's id.", Annotated[str, Meta(min_length=1)], required=True)
_BODY = Body(PresentiPresences)
SNAPSHOT = {
    "GET /api/presence/<name>": Operation("What is on for a name, whoever that is", answers(PresentiSnapshot)),
}


def sessions(prefix: str) -> dict[str, Operation]:
    """The routes of sessions below this prefix."""
    session = f"{prefix}/session"
    return {
        f"GET {session}": Operation("Begin a session", answers(PresentiSession, 400, 401), opened_by=TOKEN),
        f"PUT {session}": Operation(
            "Say what the token's user does; this prolongs the session",
            answers(PresentiOk, 400, 401),
            (_ID,),
            _BODY,
            TOKEN,
        ),
        f"DELETE {session}": Operation("End a session", answers(PresentiOk, 400, 401), (_ID,), opened_by=TOKEN),
        f"PUT {session}/refresh": Operation(
            "Prolong a session", answers(PresentiOk, 400, 401), (_ID,), opened_by=TOKEN
        ),
        f"PUT {session}/<name>": Operation(
            "Say what somebody does, as a first party", answers(PresentiOk, 400, 401, 403), (_ID,), _BODY, TOKEN
        ),
    }
