"""A publisher of /v2, and whatever else is asked of a server by JSON."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.serving import Served


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered; `body` is parsed where it is JSON."""

    status: int
    body: Any
    headers: http.client.HTTPMessage


def call(server: Served, method: str, path: str, body: Any = None, *, token: str | None = None, **fields: str) -> Said:
    """One request; `body` is sent as JSON, or as it is where it is bytes."""
    sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    headers = {name.replace("_", "-"): text for name, text in fields.items()}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path, sent, headers)
        answer = connection.getresponse()
        text = answer.read()
        is_json = "json" in (answer.headers["Content-Type"] or "") and text
        return Said(answer.status, json.loads(text) if is_json else text, answer.headers)
    finally:
        connection.close()


def claim(server: Served, token: str, user: str, *names: str, source: str = "test", lease: float = 600.0) -> Any:
    """Say that the user does these; answered with the claim."""
    body = {"lease_seconds": lease, "activities": [{"name": name} for name in names]}
    said = call(server, "PUT", f"/v2/users/{user}/claims/{source}", body, token=token)
    assert said.status == 200, said
    return said.body
