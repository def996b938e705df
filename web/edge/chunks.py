"""Chunks decodes a chunked request body strictly (RFC 9112 section 7.1); pure."""

import re
from http import HTTPStatus

from web.edge.head import BadRequest

# A chunk's size, and an extension that is read over; no white space around either.
SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[\t -~]*)?")
LONGEST_SIZE_LINE = 128


class Chunks:
    """One body of at most `limit` bytes, fed as it comes; trailers are refused."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.done = False
        self._raw = bytearray()
        self._body = bytearray()
        self._due: int | None = None  # bytes of the chunk at hand; None before its size is known

    @property
    def body(self) -> bytes:
        """What was decoded up to now."""
        return bytes(self._body)

    @property
    def rest(self) -> bytes:
        """What came after the body's end (or is not decoded yet)."""
        return bytes(self._raw)

    def feed(self, data: bytes) -> bool:
        """Take bytes from the wire; True when the body is complete. BadRequest with 400 or 413."""
        self._raw += data
        while not self.done and self._step():
            continue
        return self.done

    def _step(self) -> bool:
        if self._due is None:
            return self._size_line()
        return self._last() if self._due == 0 else self._chunk(self._due)

    def _size_line(self) -> bool:
        end = self._raw.find(b"\r\n", 0, LONGEST_SIZE_LINE)
        if end < 0:
            if len(self._raw) >= LONGEST_SIZE_LINE or b"\n" in self._raw:
                raise BadRequest(HTTPStatus.BAD_REQUEST, "A chunk's size is no line of its own.")
            return False
        size = SIZE.fullmatch(self._raw, 0, end)
        if not size:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "A chunk's size is not hexadecimal.")
        self._due = int(size[1], 16)
        if len(self._body) + self._due > self.limit:
            raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large.")
        del self._raw[: end + 2]
        return True

    def _chunk(self, due: int) -> bool:
        if len(self._raw) < due + 2:
            return False
        if self._raw[due : due + 2] != b"\r\n":
            raise BadRequest(HTTPStatus.BAD_REQUEST, "A chunk is longer than it says.")
        self._body += self._raw[:due]
        del self._raw[: due + 2]
        self._due = None
        return True

    def _last(self) -> bool:
        if len(self._raw) < 2:
            return False
        if self._raw[:2] != b"\r\n":
            raise BadRequest(HTTPStatus.BAD_REQUEST, "Trailers are not taken.")
        del self._raw[:2]
        self.done = True
        return True
