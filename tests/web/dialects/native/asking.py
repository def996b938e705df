"""Asks /v2 over a real connection."""

import http.client
import json
from contextlib import closing
from email.message import Message
from typing import Any

from tests.serving import SECONDS, Served


def ask(served: Served, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any, Message]:
    """Status, parsed body (None where empty), fields."""
    fields = {"Authorization": f"Bearer {token}"} if token else {}
    data = None if body is None else json.dumps(body)
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=SECONDS)) as connection:
        connection.request(method, path, data, fields)
        with connection.getresponse() as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None, answer.headers
