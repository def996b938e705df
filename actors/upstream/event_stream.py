"""EventStream: takes an event stream apart (WHATWG HTML, server-sent events), for connections that are listened to.

Comments may stand anywhere between lines, as Mastodon's `:)` and `:thump` do without an empty line after them. Pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(rb"([^\r\n]*)(\r\n|\n|\r(?!$))")
"""A carriage return at the very end may be half of a line's end."""
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

    __slots__ = ("_begun", "_data", "_left", "_most", "_name", "_size")

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = b""
        self._name = ""
        self._data: list[str] = []
        self._size = 0
        self._begun = False

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that these bytes complete; TooLongError."""
        whole = self._left + data
        if not self._begun and len(whole) >= len(_BOM):
            self._begun, whole = True, whole.removeprefix(_BOM)
        end = 0
        for line in _LINE.finditer(whole):
            end = line.end()
            event = self._line(line[1])
            if event is not None:
                yield event
        self._left = whole[end:]
        if len(self._left) > self._most:
            raise TooLongError

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
