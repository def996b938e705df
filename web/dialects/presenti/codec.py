"""presenti's messages and bodies (spec/presenti.md sections 0.2, 3, 4 and 11; README of 2020-05-09 and v1.1.0).

The two wires are one function apart: `documented` is what the README states, `deployed` the one message that every
generation of the original's clients reads.
"""

from typing import Any

import orjson

from actors.bulletin import LinkNews, Topic, Wording
from actors.errors import HouseError, Malformed, Overrun, Refused, Unavailable
from actors.gradient import seen_first
from actors.presence import Presence, Subject, Update
from actors.state import only_state_differs, state_of
from web.dialects.presenti import people
from web.dialects.presenti.order import documents_out


def readme_message(documents: list[Any], _state: dict[str, Any]) -> dict[str, Any]:
    """Generation 1: the key that the README names and no other."""
    return {"activities": documents}


def widened_message(documents: list[Any], state: dict[str, Any]) -> dict[str, Any]:
    """Generations 1 to 4 in one (section 0.2)."""
    return {
        "activities": documents,
        "presences": documents,
        "presence": documents,
        "state": state,
        "type": 2,
        "data": {"presence": documents, "state": state},
    }


class Wire:
    """An Encoding: the stream's messages in one wire. "Never a delta", and every report is told (section 3)."""

    every_report = True
    coalesces = False

    def __init__(self, *, deployed: bool, pause: float = 0.0) -> None:
        """`pause` in seconds: 0 tells each report at once, the original waited 0.25."""
        self.pause = pause
        self._deployed = deployed
        self._message = widened_message if deployed else readme_message

    def snapshot(self, subject: Subject, presence: Presence) -> bytes:  # noqa: ARG002 - viewers of one name get equal bytes
        """See actors.session.Encoding."""
        return orjson.dumps(self._message(documents_out(presence), seen_first(state_of(presence))))

    def update(self, update: Update) -> bytes | None:
        """See actors.session.Encoding; of a state alone the README's wire has nothing to say."""
        if not self._deployed and only_state_differs(update):
            return None
        return orjson.dumps(self._message(documents_out(update.after), state_of(update.after)))


def wires(pause: float) -> tuple[Wire, Wire]:
    """The documented and the deployed wire; all connections share these two. `pause` in seconds."""
    return Wire(deployed=False, pause=pause), Wire(deployed=True, pause=pause)


# --- bodies of the HTTP API -----------------------------------------------------------------------------------------

OK = {"ok": True}


def session_body(parsed: Any) -> Any:
    """The value of `presences` in a PUT's body, which may be any; Malformed (`malformed-body`) per section 4.3 step 5.

    "`presences` missing, null, 0, "", false; body [] or null": JavaScript's falsy values, to which lists and objects
    do not belong even where they are empty.
    """
    value = parsed.get("presences") if isinstance(parsed, dict) else None
    if not value and not isinstance(value, list | dict):
        raise Malformed("malformed-body")
    return value


def opened_session(session: str, expires_ms: int) -> dict[str, Any]:
    """Section 4.2: the session's id and its lifetime, which is no point in time."""
    return {"sessionID": session, "expires": expires_ms}


def presence_dispatch(update: Update) -> bytes:
    """Section 5.5, event 6: "merged list"."""
    return _dispatch(6, {"scope": update.subject.name, "presence": documents_out(update.after)})


def state_dispatch(update: Update) -> bytes:
    """Section 5.5, event 7."""
    return _dispatch(7, {"scope": update.subject.name, "state": state_of(update.after)})


def link_added_dispatch(news: LinkNews) -> bytes:
    """Section 5.5, event 1: "link object + scope"; so the next two."""
    return _dispatch(1, people.scoped_link(news.pipe, news.name))


def link_changed_dispatch(news: LinkNews) -> bytes:
    """Event 2."""
    return _dispatch(2, people.scoped_link(news.pipe, news.name))


def link_removed_dispatch(news: LinkNews) -> bytes:
    """Event 3."""
    return _dispatch(3, people.scoped_link(news.pipe, news.name))


def _dispatch(event: int, data: dict[str, Any]) -> bytes:
    return orjson.dumps({"type": 8, "data": {"event": event, "data": data}})


EVENTS: dict[float, tuple[Topic, Wording]] = {
    1: (Topic.LINK_ADDED, link_added_dispatch),
    2: (Topic.LINK_CHANGED, link_changed_dispatch),
    3: (Topic.LINK_REMOVED, link_removed_dispatch),
    6: (Topic.PRESENCE, presence_dispatch),
    7: (Topic.STATE, state_dispatch),
}
"""What may be subscribed to, by its number; "unknown numbers are accepted silently"."""


def snapshot(presence: Presence) -> bytes:
    """Section 4.7: the same list under the key of either generation."""
    documents = documents_out(presence)
    return orjson.dumps({"presence": documents, "presences": documents, "state": seen_first(state_of(presence))})


_PLAIN: dict[str, tuple[int, str]] = {
    "missing-token": (400, "Please provide a token."),
    "invalid-token": (401, "Invalid token."),
    "missing-token-or-session": (400, "Please provide a token and session ID."),
    "unknown-source": (401, "Invalid session or token."),
    "first-party": (400, "First parties are not permitted to use this endpoint."),
    "not-first-party": (403, "You are not authorized to use this endpoint."),
    "foreign-origin": (403, "You are not authorized to use this endpoint."),
    "first-party-identity": (403, "First-parties may not call this endpoint."),
}
"""Guards and session endpoints: `{"error": ...}`. "One message for both" an unknown session and a bad token."""

_NAMED: dict[str, tuple[int, str, tuple[str, ...]]] = {
    "invalid-identity": (401, "Invalid identity token.", ()),
    "invalid-credentials": (401, "Invalid credentials.", ()),
    "invalid-password": (401, "Invalid credentials.", ("password",)),
    "registration-closed": (403, "Registration is closed.", ()),
    "missing-fields": (400, "Please fill out all required fields.", ()),
    "missing-passwords": (
        400,
        "The 'password' and 'newPassword' fields are required.",
        ("password", "newPassword"),
    ),
    "name-taken": (400, "A user with that ID already exists. Please select a different one.", ()),
    "bad-name": (400, "An ID has 1 to 64 of A-Z a-z 0-9 _ . - and is no reserved word, long number or UUID.", ("id",)),
    "bad-password": (400, "A password has 1 to 1024 characters.", ("password",)),
    "unknown-account": (404, "Unknown user.", ()),
    "unknown-link": (404, "Unknown link.", ()),
    "missing-link-fields": (400, "The platform, platformID, and userUUID are required.", ()),
    "link-taken": (400, "A link describing this relationship already exists.", ()),
    "unknown-transformation": (404, "Unknown transformation.", ()),
    "not-your-transformation": (403, "You do not own this transformation.", ()),
    "too-many-transformations": (400, "An account has at most 64 transformations.", ()),
}
"""Accounts, links and rules (sections 4.8 to 4.11): `{"error": ..., "code": status}`, perhaps with `fields`."""

_EXPLAINED = {"bad-rule": "rule", "bad-ids": "ids"}
"""The same, of what the house says itself what is wrong with it; and the field that is meant."""

_CODED: dict[type[HouseError], tuple[int, str]] = {
    Malformed: (400, "Malformed body."),
    Refused: (403, "You are not authorized to use this endpoint."),
    Overrun: (429, "Too many requests."),
    Unavailable: (503, "Temporarily unavailable."),
}
"""All others: `{"error": ..., "code": status}`."""


def error(failure: HouseError) -> tuple[int, dict[str, Any]]:
    """Status and body: the two shapes of section 4 are never mixed."""
    if failure.code in _PLAIN:
        status, text = _PLAIN[failure.code]
        return status, {"error": text}
    if failure.code in _NAMED:
        status, text, fields = _NAMED[failure.code]
        named = {"fields": list(fields)} if fields else {}
        return status, {"error": text, "code": status, **named}
    if failure.code in _EXPLAINED:
        return 400, {"error": str(failure), "code": 400, "fields": [_EXPLAINED[failure.code]]}
    status, text = next((said for kind, said in _CODED.items() if isinstance(failure, kind)), (500, "Internal error."))
    return status, {"error": text, "code": status}
