"""How DysonNetwork words a refusal: ProblemDetails, or the server's own codes (spec/dyson.md section 3). Pure."""

import secrets
from typing import Any

from actors.errors import HouseError, Malformed, Refused
from web.dialects.dyson.requests import Invalid
from web.dialects.dyson.spelling import camel

PROBLEM = "application/problem+json; charset=utf-8"
JSON = "application/json; charset=utf-8"

_SECTIONS = {400: "15.5.1", 401: "15.5.2", 403: "15.5.4", 404: "15.5.5", 405: "15.5.6", 409: "15.5.10", 415: "15.5.16"}
_TITLES = {
    400: "One or more validation errors occurred.",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    408: "Request Timeout",
    413: "Payload Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    417: "Expectation Failed",
    426: "Upgrade Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}
_CODED = {
    "unknown-caller": ("UNAUTHORIZED", "Authentication is required."),
    "unknown-activity": ("PASSPORT_ACTIVITY_NOT_FOUND", "Activity not found."),
    "unknown-account": ("PASSPORT_ACCOUNT_NOT_FOUND", "Account not found."),
    "id-required": ("PASSPORT_ACTIVITY_ID_REQUIRED", "Either 'id' (GUID) or 'manualId' must be provided."),
    "type-required": ("PASSPORT_ACTIVITY_TYPE_REQUIRED", "Type is required when creating a new activity."),
    "artwork-invalid": ("PASSPORT_ACTIVITY_ARTWORK_INVALID", "Invalid artwork hash."),
    "artwork-not-found": ("PASSPORT_ACTIVITY_ARTWORK_NOT_FOUND", "Artwork not found."),
    "artwork-upload-failed": ("PASSPORT_ARTWORK_UPLOAD_FAILED", "The artwork could not be taken."),
    "unknown-artwork": ("PASSPORT_ARTWORK_NOT_FOUND", "Artwork not found."),
    "foreign-origin": ("FORBIDDEN", "Pages of this origin may not bring a token here."),
    "manual-id-taken": ("PASSPORT_ACTIVITY_MANUAL_ID_TAKEN", "Another active activity has this manual id."),
}
"""Generation H's codes and sentences; the last two are ours: the original takes a token from any page, and lets two
activities have one manual id."""

_STATUSES = {"unknown-caller": 401, "manual-id-taken": 409, "media-type": 415}


def status_of(error: HouseError, usual: int) -> int:
    """The status: this dialect's own, or the usual one of the house."""
    return _STATUSES.get(error.code, usual)


def worded(error: HouseError, status: int, *, deployed: bool) -> tuple[str, dict[str, Any]]:
    """Content type and body."""
    if deployed and error.code in _CODED:
        code, message = _CODED[error.code]
        document: dict[str, Any] = {"code": code, "message": message, "status": status}
        return JSON, document if status == 401 else {**document, "traceId": _trace()}
    if deployed and error.code == "too-many-taken":
        return JSON, {"error": "Validation failed", "details": [str(error)]}
    return PROBLEM, _problem(error, status, deployed=deployed)


def _problem(error: HouseError, status: int, *, deployed: bool) -> dict[str, Any]:
    section = _SECTIONS.get(status)
    document: dict[str, Any] = {
        "type": f"https://tools.ietf.org/html/rfc9110#section-{section}" if section else "about:blank",
        "title": _TITLES.get(status, "An error occurred while processing your request."),
        "status": status,
    }
    if isinstance(error, Malformed) and status == 400:
        document["errors"] = _faults(error, deployed=deployed)
    elif isinstance(error, Refused) and error.code in _CODED:
        document["detail"] = _CODED[error.code][1]
    elif isinstance(error, Malformed) and error.code != str(error):
        document["detail"] = str(error)
    return {**document, "traceId": _trace()}


def _faults(error: Malformed, *, deployed: bool) -> dict[str, list[str]]:
    if isinstance(error, Invalid):
        return {error.field if deployed else camel(error.field): [error.sentence]}
    if error.code == "type-required":
        return {"type": [_CODED["type-required"][1]]}
    return {"": ["The request could not be understood."]}


def _trace() -> str:
    """A W3C trace id as ASP.NET Core shows it."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"
