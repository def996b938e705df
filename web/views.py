"""What a route is: a function of a Request that gives an Answer or accepts the connection; Flask serves all of them.

The same function may also stand in front of Flask where a route is hot (web/front.py): one behaviour, two speeds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

import orjson
from werkzeug.http import parse_cookie

from actors.session import Session
from web.edge.answer import phrase_of

Environ = dict[str, Any]


@dataclass(slots=True)
class Request:
    """One request: the WSGI environ, and the variables of the route's path."""

    environ: Environ
    path: Mapping[str, str] = field(default_factory=dict)

    def query(self) -> Mapping[str, str]:
        """The query's parameters; the first of duplicates counts."""
        return _parameters(self.environ.get("QUERY_STRING", ""))

    def header(self, name: str) -> str | None:
        """A request header by its name in the environ's spelling, `ORIGIN`; None when it did not come."""
        value: str | None = self.environ.get(f"HTTP_{name}")
        return value

    def cookie(self, name: str) -> str:
        """A cookie's value, "" where none came. Others of this host may be in any bytes, and are in nobody's way."""
        said = (self.header("COOKIE") or "").encode("latin-1").decode(errors="replace")
        return parse_cookie(said.encode().decode("latin-1")).get(name, "")

    def body(self) -> bytes:
        """The whole body, within the door's limit."""
        data: bytes = self.environ["wsgi.input"].read()
        return data


@dataclass(frozen=True, slots=True)
class Answer:
    """An ordinary response."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def status_line(self) -> str:
        """`200 OK`."""
        return _STATUS_LINES[self.status]

    def fields(self) -> list[tuple[str, str]]:
        """The header fields, without the body's length, which the server adds."""
        return [("Content-Type", self.content_type), *self.headers]


@dataclass(frozen=True, slots=True)
class Accept:
    """The connection becomes a WebSocket, or an event stream, that this session speaks."""

    session: Session
    subprotocol: str | None = None
    event_stream: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    """Further fields of an event stream's head."""
    binary: bool = False
    """True: a WebSocket whose messages go out in binary frames."""
    finished: bool = False
    """True: the session's and its encoding's payloads are frames already."""


@lru_cache(maxsize=1024)
def _parameters(query: str) -> Mapping[str, str]:
    """Remembered, because a publisher puts to the same address again and again."""
    return MappingProxyType(dict(reversed(parse_qsl(query, keep_blank_values=True))))


View = Callable[[Request], Answer | Accept]

_STATUS_LINES = {status.value: f"{status.value} {phrase_of(status)}" for status in HTTPStatus}


def json_answer(document: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """A JSON response."""
    return Answer(orjson.dumps(document), status, headers=headers)
