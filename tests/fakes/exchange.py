"""HTTP as a fake server needs it, over h11: what was asked, and what is answered, faults among them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import h11


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in place of the usual one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Say:
    """Bytes in place of an answer, and then the end."""

    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer, until the client goes."""


Fault = Reply | Say | Hang


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def upgrade(self) -> bool:
        return self.headers.get("upgrade", "").lower() == "websocket"

    @property
    def token(self) -> str | None:
        """The header wins over the query, the query over the subprotocol (spec B1)."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer":
            return token
        return self.query.get("access_token") or self.headers.get("sec-websocket-protocol")


def read(http: h11.Connection, connection: Any) -> Request | None:
    head, body = None, b""
    while True:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(connection.recv(65_536))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            parts = urlsplit(head.target.decode())
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.decode(): value.decode() for name, value in head.headers}
            return Request(head.method.decode(), parts.path, query, headers, body)
        else:
            return None


def answer(http: h11.Connection, connection: Any, reply: Reply) -> bool:
    headers = [("Content-Length", str(len(reply.body))), *reply.headers.items()]
    data = http.send(h11.Response(status_code=reply.status, headers=headers)) or b""
    for event in (h11.Data(data=reply.body), h11.EndOfMessage()):
        data += http.send(event) or b""
    connection.sendall(data)
    return http.our_state is h11.DONE and http.their_state is h11.DONE


def json_reply(document: Any, status: int = 200) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(document).encode())
