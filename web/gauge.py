"""Gauge: judges inbound frames by their heads, before their payloads have come (RFC 6455 section 5.2). Pure.

wsproto tells of a payload as it comes, and of a frame's head not at all.
"""

EMPTY_FRAGMENTS = 1_000
"""Fragments of nothing that one message may have: they weigh nothing, so no limit of bytes would end them."""

_TOO_LARGE, _NUISANCE = 1009, 1008
_EXTENDED = {126: 2, 127: 8}
_CONTROL, _FINAL, _MASKED, _RESERVED = 0x08, 0x80, 0x80, 0x70


class Gauge:
    """Follows one connection's frames from the start of one on."""

    __slots__ = ("_begun", "_empty", "_left", "_limit", "_size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._begun = b""
        """The head that has come in part."""
        self._left = 0
        """Bytes of a frame behind its length that have not come yet."""
        self._size = 0
        self._empty = 0

    def judge(self, data: bytes) -> tuple[int, int]:
        """How many of these bytes stand before a frame that will not do, and the code to close with; 0: none is."""
        at, size = 0, len(data)
        while at < size:
            passed = min(self._left, size - at)
            self._left -= passed
            at += passed
            if at == size:
                break
            head = self._begun + data[at : at + 10]
            length = 2 + _EXTENDED.get(head[1] & 0x7F, 0) if len(head) > 1 else 2
            if len(head) < length:
                self._begun = head
                break
            code = self._weigh(head[:length])
            if code:
                return at, code
            at += length - len(self._begun)
            self._begun = b""
        return size, 0

    def _weigh(self, head: bytes) -> int:
        """Take a frame in by its head; the code to close with, or 0."""
        first, second = head[0], head[1]
        payload = int.from_bytes(head[2:], "big") if len(head) > 2 else second & 0x7F
        masked = bool(second & _MASKED)
        self._left = payload + (4 if masked else 0)
        if first & (_CONTROL | _RESERVED) or not masked:  # no data, or a breach that wsproto names
            return 0
        self._size += payload
        if self._size > self._limit:
            return _TOO_LARGE
        if first & _FINAL:
            self._size = self._empty = 0
        elif not payload:
            self._empty += 1
        return _NUISANCE if self._empty > EMPTY_FRAGMENTS else 0
