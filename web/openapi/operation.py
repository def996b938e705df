"""Operation: what one REST route takes and answers, as data; each dialect has a table of them in its openapi.py.

A shape is any type that msgspec knows: a Struct, a Literal, `dict[str, str]`, an Annotated with limits, or Any;
or a tuple of such, of which it is one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from msgspec import Meta

JSON = "application/json"
TEXT = "text/plain"
EVENTS = "text/event-stream"
BINARY = Annotated[str, Meta(extra_json_schema={"contentMediaType": "application/octet-stream"})]
"""A shape: bytes as they are."""

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")

_WORDS = {
    200: "It is so.",
    206: "The part that was asked for.",
    201: "It is made.",
    204: "It is done, and there is nothing to say.",
    304: "Nothing has changed since the entity tag in If-None-Match.",
    400: "The request cannot be understood; nothing was changed.",
    401: "A valid token is missing.",
    403: "The token may not do that.",
    404: "There is nothing here.",
    409: "It collides with what is there.",
    413: "The request is too large.",
    416: "There is no such part.",
    415: "The body is of another type.",
    422: "The body is of another shape; nothing was changed.",
    429: "Too many requests; the field Retry-After says when to come back.",
    500: "The fault is ours.",
    502: "What was to be asked elsewhere did not answer as it should.",
    503: "The store is away; the field Retry-After says when to come back.",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query, or of another place. Those of the path need none: they are strings."""

    name: str
    description: str = ""
    shape: Any = str
    required: bool = False
    place: Literal["query", "header", "path"] = "query"


@dataclass(frozen=True, slots=True)
class Body:
    """A request's body."""

    shape: Any
    kinds: tuple[str, ...] = (JSON,)
    required: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """One answer: its shape, None without a body, and its content type."""

    shape: Any = None
    kind: str = JSON
    description: str = ""

    def words(self, status: int) -> str:
        """What it means."""
        return self.description or _WORDS[status]


Answers = Mapping[int, Said | tuple[Said, ...]]
"""By status; several where one status has several content types."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`opened_by` names the security schemes, of which one is enough; none where nobody is asked."""

    summary: str
    answers: Answers
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    opened_by: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """A dialect's part: operations by method and rule as in its Routes, `PUT /session/<name>`, without its prefix."""

    name: str
    description: str
    operations: Mapping[str, Operation]
    schemes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def errors(shape: Any, statuses: Iterable[int], kind: str = JSON) -> dict[int, Said]:
    """The same words for several statuses."""
    return {status: Said(shape, kind) for status in statuses}
