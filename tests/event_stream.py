"""EventStream: reads a server's event stream, one event at a time, as a browser would hear it."""

import http.client
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import urlsplit


class EventStream:
    """One open stream; `head` is the answer's status and fields."""

    def __init__(self, url: str, seconds: float = 30.0, fields: Mapping[str, str] = MappingProxyType({})) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=seconds)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._connection.request("GET", target, headers={"Accept": "text/event-stream", **fields})
        self.head = self._connection.getresponse()

    def next(self) -> Any:
        """The next event's data, parsed; TimeoutError when none comes in time, EOFError at the end of the stream."""
        data = []
        while True:
            line = self.head.readline()
            if not line:
                raise EOFError
            if line == b"\n" and data:
                return json.loads("\n".join(data))
            if line.startswith(b"data: "):
                data.append(line[6:].rstrip(b"\n").decode())

    def next_where(self, wanted: Any) -> Any:
        """The first event from here on of which `wanted(event)` is true."""
        while not wanted(event := self.next()):
            pass
        return event

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.head.close()
        self._connection.close()
