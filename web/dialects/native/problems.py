"""How /v2 words an error: a problem document (RFC 9457) with a stable `code` and a sentence."""

from http import HTTPStatus

import msgspec
from msgspec import UNSET

from actors.errors import HouseError
from web import errors
from web.dialects.native.schemas import Invalid, Problem
from web.edge.answer import phrase_of
from web.views import Answer, Request

PROBLEM = "application/problem+json"
ANY_ORIGIN = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "ETag, Retry-After"))
"""No cookie means anything here, so every page may read what anybody may read (Fetch, CORS)."""

_STATUSES = {"invalid": 422, "key-reused": 422, "key-in-use": 409}
_SENTENCES = {
    "missing-token": "This needs a token: Authorization: Bearer TOKEN.",
    "invalid-token": "This token is unknown, expired or revoked.",
    "not-permitted": "This token may not do that.",
    "unknown-claim": "This source claims nothing of this user.",
    "unknown-path": "There is nothing here.",
    "wrong-method": "This method is not served here.",
    "key-reused": "This Idempotency-Key was used for another request.",
    "key-in-use": "A request with this Idempotency-Key is being worked on.",
    "too-large": "The request is too large.",
    "internal": "The fault is ours.",
}
"""For codes whose errors bring no sentence of their own."""


def refuse(error: HouseError, _request: Request) -> Answer:
    """An error in this dialect's words; of a fault of ours not even the code."""
    status = status_of(error)
    problem = msgspec.json.encode(problem_of(error))
    challenge = (("WWW-Authenticate", "Bearer"),) if status == 401 else ()
    return Answer(problem, status, PROBLEM, (*ANY_ORIGIN, *challenge, *errors.retry_after(error)))


def status_of(error: HouseError) -> int:
    """The HTTP status of an error here."""
    return _STATUSES.get(error.code) or errors.status_of(error)


def problem_of(error: HouseError) -> Problem:
    """The document."""
    status = status_of(error)
    code = "internal" if status == 500 else error.code
    sentence = _SENTENCES.get(code) or (str(error) if str(error) != code else HTTPStatus(status).description)
    faults = [error.fault] if isinstance(error, Invalid) else UNSET
    # RFC 9457 section 4.2.1: "about:blank" has no semantics beyond the status, whose phrase the title should be.
    return Problem("about:blank", phrase_of(HTTPStatus(status)), status, code, sentence or code, faults)
