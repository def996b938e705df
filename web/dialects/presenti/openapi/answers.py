"""What presenti's answers have in common, and what opens its doors (spec/presenti.md section 4)."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from web.openapi.operation import Said, errors


class PresentiOk(Struct):
    """Done."""

    ok: Literal[True]


class PresentiError(Struct):
    """What is wrong; `code` repeats the status, `fields` name the members that are meant."""

    error: str
    code: int | UnsetType = UNSET
    fields: list[str] | UnsetType = UNSET


SCHEMES = {
    "presenti_query": {"type": "apiKey", "in": "query", "name": "token"},
    "presenti_header": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Bare, no scheme."},
    "presenti_first_party": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Bare."},
    "presenti_cookie": {"type": "apiKey", "in": "cookie", "name": "identity"},
}
TOKEN, FIRST_PARTY = ("presenti_query", "presenti_header"), ("presenti_first_party",)
PERSON, ANYBODY = ("presenti_cookie",), ("presenti_cookie", "presenti_header")


def answers(shape: Any, *statuses: int) -> dict[int, Said]:
    """This shape with 200, and an error with each of these statuses, 429 and 503."""
    return {200: Said(shape), **errors(PresentiError, (*statuses, 429, 503))}
