"""A caller of presenti's HTTP API for live tests: JSON in and out, over one socket a request."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.serving import Served


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered."""

    status: int
    body: Any
    headers: http.client.HTTPMessage

    @property
    def cookie(self) -> str:
        """The identity cookie that was set, as a browser sends it back."""
        return (self.headers["Set-Cookie"] or "").partition(";")[0]


def call(server: Served, method: str, path: str, body: Any = None, /, **headers: str) -> Said:
    """One request; `body` is sent as JSON, or as it is where it is bytes."""
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path, sent, {name.replace("_", "-"): text for name, text in headers.items()})
        answer = connection.getresponse()
        text = answer.read()
        is_json = answer.headers["Content-Type"] == "application/json" and text
        return Said(answer.status, json.loads(text) if is_json else None, answer.headers)
    finally:
        connection.close()


def signed_up(server: Served, name: str, password: str = "hunter2") -> tuple[str, str]:
    """A new account's UUID and cookie."""
    said = call(server, "POST", "/api/user/new", {"id": name, "password": password})
    assert said.status == 200, said
    return said.body["uuid"], said.cookie


def key_of(server: Served, cookie: str) -> str:
    """A fresh key of whoever this cookie is."""
    key: str = call(server, "GET", "/api/user/me/key", Cookie=cookie).body["key"]
    return key
