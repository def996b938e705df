"""A client of the key-values' REST, and the people of its tests."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from tests.serving import SECONDS, Served

ANN, BOB, UNLINKED = "100000000000000001", "100000000000000002", "100000000000000009"
LANTERN, LANYARD = f"/api/v1/users/{ANN}/storage", f"/v1/users/{ANN}/kv"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer; `body` is parsed where it is JSON."""

    status: int
    body: Any
    fields: http.client.HTTPMessage


def ask(  # noqa: PLR0917 - what a request has
    server: Served, method: str, path: str, token: str | None = None, body: Any = None, kind: str | None = JSON
) -> Said:
    """One request on a connection of its own; a body that is no bytes or text is sent as JSON."""
    fields = {} if token is None else {"Authorization": token}
    if body is not None and kind is not None:
        fields["Content-Type"] = kind
    sent = body.encode() if isinstance(body, str) else body
    if sent is not None and not isinstance(sent, bytes):
        sent = json.dumps(sent).encode()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)
    connection.request(method, path, sent, fields)
    with connection.getresponse() as answer:
        data = answer.read()
    connection.close()
    parsed = json.loads(data) if data.startswith((b"{", b"[")) else data
    return Said(answer.status, parsed, answer.headers)
