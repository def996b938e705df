"""EventStream: takes an event stream apart (WHATWG HTML, server-sent events), for connections that are listened to.

Comments may stand anywhere between lines, as Mastodon's `:)` and `:thump` do without an empty line after them. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_BOM = b"\xef\xbb\xbf"


class TooLongError(Exception):
    """An event, or a line, is longer than anybody may send."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `message` where the stream does not name it."""

    name: str
    data: str


class EventStream:
    """Bytes in, events out; what is not whole yet waits, up to `most` bytes."""

    __slots__ = ("_begun", "_data", "_held", "_most", "_name", "_size", "_unfinished")

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: list[bytes] = []
        self._unfinished = 0
        """Bytes held of a line that has no end yet."""
        self._name = ""
        self._data: list[str] = []
        self._size = 0
        self._begun = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that these bytes complete; TooLongError."""
        self._held.append(data)
        self._unfinished += len(data)
        if b"\n" in data or b"\r" in data:
            for line in self._whole_lines():
                event = self._line(line)
                if event is not None:
                    yield event
        if self._unfinished > self._most:
            raise TooLongError

    def _whole_lines(self) -> list[bytes]:
        """Without their ends. A carriage return at the very end may be half of one."""
        lines = b"".join(self._held).splitlines(keepends=True)
        left = b"" if lines[-1].endswith(b"\n") else lines.pop()
        self._held, self._unfinished = [left], len(left)
        if lines and not self._begun:
            self._begun, lines[0] = True, lines[0].removeprefix(_BOM)
        return [line.rstrip(b"\r\n") for line in lines]

    def _line(self, line: bytes) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._size += len(line)
            if self._size > self._most:
                raise TooLongError
            self._data.append(value)
        return None  # a comment has an empty name; `id` and `retry` say nothing to us, other names to nobody

    def _dispatch(self) -> Event | None:
        event = Event(self._name or "message", "\n".join(self._data)) if self._data else None
        self._name, self._data, self._size = "", [], 0
        return event
