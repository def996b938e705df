"""The OpenAPI document (3.1.1), made of the routes that are up and of what their chapters say of them. Pure."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from web.openapi.operation import Answers, Chapter, Operation
from web.routing import Hung, Route

_INFO = {
    "title": "Presently",
    "version": "0.1.0",
    "description": (
        "A presence server that speaks several dialects. What is no good HTTP gets 400, 408, 413, 414, 417 or 431 in "
        "the dialect of its path; in plain text only where no path can be read, as 505 for other versions of HTTP, and "
        "429 or 503 where too many connections are open."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
}
_VARIABLE = re.compile(r"<(?:[a-z]+:)?([^>]+)>")
_SEGMENT = r"^[^\u0000-\u001f\u007f/]+$"
_DOOR = {
    400: "The front door does not understand the request.",
    408: "The request took too long to come.",
    413: "The body is too large.",
    414: "The request line is too long.",
    417: "The field Expect wants something else than 100-continue.",
    431: "The header fields are too many or too large.",
}
_REF = "#/components/schemas/{name}"


def rests(hung: Iterable[Hung]) -> list[Hung]:
    """Those that are REST: no WebSockets, no preflights, no path once more with a slash behind it."""
    asked = [each for each in hung if not each.route.websocket and each.route.method != "OPTIONS"]
    keys = {_key(each.route) for each in asked}
    return [each for each in asked if not (_key(each.route).endswith("/") and _key(each.route)[:-1] in keys)]


def unsaid(hung: Iterable[Hung], chapters: Iterable[Chapter], pages: frozenset[str]) -> set[str]:
    """The REST routes of which no chapter says anything and that are no page for people: `PUT /session`."""
    said = {key for chapter in chapters for key in chapter.operations}
    return {_key(each.route) for each in rests(hung) if each.route.rule not in pages} - said


def describe(hung: Iterable[Hung], chapters: Iterable[Chapter]) -> dict[str, Any]:
    """The document of these routes, as far as a chapter speaks of them."""
    spoken = {key: (chapter, each) for chapter in chapters for key, each in chapter.operations.items()}
    shown = [each for each in rests(hung) if _key(each.route) in spoken]
    writer = _Writer([spoken[_key(each.route)][1] for each in shown])
    paths: dict[str, dict[str, Any]] = {}
    used: dict[str, Chapter] = {}
    for each in shown:
        chapter, operation = spoken[_key(each.route)]
        used[chapter.name] = chapter
        method = each.route.method.lower()
        paths.setdefault(_VARIABLE.sub(r"{\1}", each.rule), {})[method] = writer.operation(each, chapter, operation)
    return {
        "openapi": "3.1.1",
        "info": _INFO,
        "servers": [{"url": "/"}],
        "tags": [{"name": chapter.name, "description": chapter.description} for chapter in used.values()],
        "paths": paths,
        "components": {
            "schemas": writer.schemas,
            "securitySchemes": {name: dict(said) for each in used.values() for name, said in each.schemes.items()},
        },
    }


def _key(route: Route) -> str:
    return f"{route.method} {route.rule}"


class _Writer:
    """Writes operations; all shapes are turned into schemas at once, so that each has one name."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._shapes = [single for operation in operations for shape in _shapes(operation) for single in _singly(shape)]
        schemas, self.schemas = msgspec.json.schema_components(self._shapes, ref_template=_REF)
        self._schemas = list(schemas)

    def operation(self, hung: Hung, chapter: Chapter, operation: Operation) -> dict[str, Any]:
        written: dict[str, Any] = {
            "tags": [chapter.name],
            "operationId": _identifier(hung),
            "summary": operation.summary,
        }
        if operation.description:
            written["description"] = operation.description
        if parameters := self._parameters(hung.rule, operation):
            written["parameters"] = parameters
        if operation.body:
            content = {kind: {"schema": self._schema(operation.body.shape)} for kind in operation.body.kinds}
            written["requestBody"] = {"required": operation.body.required, "content": content}
        written["responses"] = self._responses(operation.answers)
        if operation.opened_by:
            written["security"] = [{name: []} for name in operation.opened_by]
        return written

    def _parameters(self, rule: str, operation: Operation) -> list[dict[str, Any]]:
        given = [
            {
                "name": each.name,
                "in": each.place,
                "required": each.required or each.place == "path",
                "schema": self._schema(each.shape),
                **({"description": each.description} if each.description else {}),
            }
            for each in operation.parameters
        ]
        named = {each.name for each in operation.parameters if each.place == "path"}
        plain = {"in": "path", "required": True, "schema": {"type": "string", "pattern": _SEGMENT}}
        return [{"name": name, **plain} for name in _VARIABLE.findall(rule) if name not in named] + given

    def _responses(self, answers: Answers) -> dict[str, Any]:
        """The view's own, and beside them the front door's; those are worded as 429 is, before any view is asked."""
        responses: dict[str, Any] = {}
        for status, said in answers.items():
            each_way = said if isinstance(said, tuple) else (said,)
            response: dict[str, Any] = {"description": each_way[0].words(status)}
            content = {each.kind: {"schema": self._schema(each.shape)} for each in each_way if each.shape is not None}
            responses[str(status)] = {**response, "content": content} if content else response
        worded = responses.get("429", {}).get("content", {})
        for status, words in _DOOR.items():
            response = responses.setdefault(str(status), {"description": words})
            if worded:
                response["content"] = {**worded, **response.get("content", {})}
        return dict(sorted(responses.items()))

    def _schema(self, shape: Any) -> dict[str, Any]:
        if isinstance(shape, tuple):
            return {"anyOf": [self._schema(each) for each in shape]}
        return self._schemas[self._shapes.index(shape)]


def _shapes(operation: Operation) -> Iterable[Any]:
    for said in operation.answers.values():
        each_way = said if isinstance(said, tuple) else (said,)
        yield from (each.shape for each in each_way if each.shape is not None)
    yield from (parameter.shape for parameter in operation.parameters)
    if operation.body:
        yield operation.body.shape


def _singly(shape: Any) -> tuple[Any, ...]:
    return shape if isinstance(shape, tuple) else (shape,)


def _identifier(hung: Hung) -> str:
    """One for each operation: `put_session_name`."""
    return re.sub(r"[^A-Za-z0-9]+", "_", f"{hung.route.method.lower()} {hung.rule}").strip("_")
