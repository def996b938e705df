"""How failures are answered: one table from the class of an error to its status, for whatever has no words of its own.

A dialect words its errors itself and takes from here only what HTTP says of them (`retry_after`).
"""

import math
from http import HTTPStatus

import structlog

from actors.errors import HouseError, Malformed, Overrun, Refused, Unavailable
from web.edge.answer import phrase_of
from web.views import Answer, Environ, Request, json_answer


class Unreadable(Malformed):
    """A request that the front door could not take in: `status` is HTTP's, the text a sentence for its sender."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(_CODES.get(status) or phrase_of(status).lower().replace(" ", "-"), sentence)
        self.status = status.value


FORESEEN = (Malformed, Refused, Overrun, Unavailable)
"""What a view may raise; everything else is a fault of ours."""

UNKNOWN_PATH = "unknown-path"
WRONG_METHOD = "wrong-method"
"""The codes of what no view was asked: nothing is there, or not by this method or kind of connection."""

_CODES = {HTTPStatus.BAD_REQUEST: "malformed-request", HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too-large"}
_UNKNOWN_CALLER = frozenset({"missing-token", "invalid-token"})
_SECONDS = 1.0
"""Seconds after which a client may try again where the error does not say."""

said = structlog.get_logger()


def status_of(error: HouseError) -> int:
    """The HTTP status of an error; 500 for whatever is not FORESEEN."""
    if isinstance(error, Unreadable):
        return error.status
    if isinstance(error, Malformed):
        return 400
    if isinstance(error, Refused):
        return _authority(error.code)
    if isinstance(error, Overrun):
        return 413 if error.code == "too-large" else 429
    return 503 if isinstance(error, Unavailable) else 500


def refuse(error: HouseError, _request: Request) -> Answer:
    """`{"error": CODE}`; of a fault of ours not even the code."""
    status = status_of(error)
    return json_answer({"error": "internal" if status == 500 else error.code}, status, retry_after(error))


def retry_after(error: HouseError) -> tuple[tuple[str, str], ...]:
    """The field Retry-After where waiting helps (RFC 9110 section 10.2.3: whole seconds), else no field."""
    if status_of(error) not in {429, 503}:
        return ()
    seconds = getattr(error, "retry_after", None)
    return (("Retry-After", str(math.ceil(_SECONDS if seconds is None else seconds))),)


def note(error: HouseError, environ: Environ) -> None:
    """One line about a refusal: theirs is a warning. The query is left out, as it may hold a token."""
    said.warning("refused", method=environ["REQUEST_METHOD"], path=spelt(environ["PATH_INFO"]), code=error.code)


def failed(environ: Environ) -> HouseError:
    """Called while an exception is handled that nobody foresaw: one line with its traceback, and what to answer."""
    said.error("request failed", method=environ["REQUEST_METHOD"], path=spelt(environ["PATH_INFO"]), exc_info=True)
    return HouseError("internal")


def spelt(path: str) -> str:
    """A path as people read it: WSGI has each byte of it as one character (PEP 3333)."""
    return path.encode("latin-1").decode(errors="replace")


def _authority(code: str) -> int:
    if code in _UNKNOWN_CALLER:
        return 401
    if code == WRONG_METHOD:
        return 405
    return 404 if code.startswith("unknown-") else 403
