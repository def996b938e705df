"""The operators' part of /openapi.json: what probes ask."""

from typing import Any, Literal

from msgspec import Struct

from web.openapi.operation import Chapter, Operation, Said, errors


class Alive(Struct):
    """The process and its hub live."""

    status: Literal["ok"]


class OpenApi(Struct):
    """An OpenAPI document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]


class Readiness(Struct):
    """May requests be sent here, and if not, why not."""

    ready: bool
    store: bool
    supervisors: bool
    draining: bool


class PlainError(Struct):
    """A word for what is wrong."""

    error: str


_LIMITED = errors(PlainError, (429,))

CHAPTER = Chapter(
    "operators",
    "What probes and tools ask.",
    {
        "GET /openapi.json": Operation("This document", {200: Said(OpenApi), 304: Said(), **_LIMITED}),
        "GET /healthz": Operation("Does the process live?", {200: Said(Alive), **_LIMITED}),
        "GET /readyz": Operation(
            "May requests be sent?", {200: Said(Readiness), 503: Said(Readiness, description="Not now."), **_LIMITED}
        ),
    },
)
