"""The bytes of WebSocket frames (RFC 6455 section 5) and of server-sent events (HTML Living Standard 9.2). Pure.

Inbound frames are wsproto's work; outbound ones are written here, because one frame's bytes go to many sockets.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

from web.gauge import Gauge

MESSAGE_BYTES = 16 * 1024
"""The largest message taken, however fragmented (PROMISES 3.2, presenti.md section 1)."""

CONTROL_BYTES = 125
"""The largest payload of a control frame."""

_OPEN = ConnectionState.OPEN
_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x81, 0x82, 0x88, 0x89, 0x8A


def _frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((first, size)) + payload
    if size < 1 << 16:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


def text_frame(payload: bytes) -> bytes:
    """One unfragmented text message."""
    return _frame(_TEXT, payload)


def binary_frame(payload: bytes) -> bytes:
    """One unfragmented binary message."""
    return _frame(_BINARY, payload)


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame; 1005, 1006 and 1015 are never sent and become an empty one (section 7.4.1)."""
    if code in {1005, 1006, 1015}:
        return _frame(_CLOSE, b"")
    text = reason.encode()[: CONTROL_BYTES - 2].decode(errors="ignore")
    return _frame(_CLOSE, code.to_bytes(2, "big") + text.encode())


PING_FRAME = _frame(_PING, b"")


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping, with its payload."""
    return _frame(_PONG, payload)


def event_frame(payload: bytes) -> bytes:
    """A server-sent event of this data; a line break in the payload begins a new data line (PROMISES 3.12).

    Nothing to say is a comment.
    """
    if not payload:
        return COMMENT
    lines = payload.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"


def finished(payload: bytes) -> bytes:
    """What a dialect has framed itself, because it says several things at once or numbers its events."""
    return payload


COMMENT = b":\n\n"
"""What keeps an event stream open: a comment."""


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message, text or binary."""

    data: str | bytes


@dataclass(frozen=True, slots=True)
class Pinged:
    """A ping, to be answered with the same payload."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Ponged:
    """A pong, which says no more than that somebody is there."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The conversation is over: the peer said goodbye (`ours` False) or broke the protocol (`ours` True)."""

    code: int
    ours: bool


Received = Message | Pinged | Ponged | Closed
_PONGED = Ponged()


def whole(data: bytes) -> bool:
    """True when these bytes, read from a frame's start, are whole unfragmented messages and nothing more."""
    at, size = 0, len(data)
    while size - at >= 2:
        first, second = data[at], data[at + 1]
        if not first & 0x80 or not first & 0x0F:
            return False
        length, at = second & 0x7F, at + 2
        extended = {126: 2, 127: 8}.get(length, 0)
        if extended:
            length, at = int.from_bytes(data[at : at + extended], "big"), at + extended
        at += length + (4 if second & 0x80 else 0)
    return at == size


def _machine() -> Connection:
    return Connection(ConnectionType.SERVER)


_between_messages = [_machine()]
"""One machine for every connection that has nothing half-read: most never need their own (1.7 kB each)."""


class Reader:
    """The inbound half of one WebSocket connection."""

    __slots__ = ("_broken", "_gauge", "_limit", "_machine", "_parts", "_size")

    def __init__(self, limit: int = MESSAGE_BYTES) -> None:
        self._limit = limit
        self._machine: Connection | None = None
        self._gauge: Gauge | None = None
        self._parts: list[str | bytes] = []
        self._size = 0
        self._broken = False
        """True when the last bytes broke the protocol: wsproto reports that as a close without changing its state."""

    def receive(self, data: bytes) -> Iterator[Received]:
        """What these bytes complete; after Closed nothing may be fed any more."""
        if self._machine is None and not whole(data):
            self._machine, self._gauge = _machine(), Gauge(self._limit)
        good, code = (len(data), 0) if self._gauge is None else self._gauge.judge(data)
        for event in self._events(data[:good]):
            received = self._understand(event)
            if received is not None:
                yield received
                if isinstance(received, Closed):
                    return
        if code:
            yield Closed(code, ours=True)

    def _events(self, data: bytes) -> list[Event]:
        machine = self._machine or _between_messages[0]
        machine.receive_data(data)
        events = list(machine.events())
        self._broken = bool(events) and isinstance(events[-1], CloseConnection) and machine.state is _OPEN
        if machine is _between_messages[0] and any(isinstance(event, CloseConnection) for event in events):
            _between_messages[0] = _machine()
        return events

    def _understand(self, event: Event) -> Received | None:
        if isinstance(event, TextMessage | BytesMessage):
            return self._gather(event)
        if isinstance(event, Ping):
            return Pinged(bytes(event.payload))
        if isinstance(event, CloseConnection):
            return Closed(int(event.code), ours=self._broken)
        if isinstance(event, Pong):
            return _PONGED
        raise TypeError(f"wsproto has a new event, {type(event).__name__}")

    def _gather(self, event: TextMessage | BytesMessage) -> Received | None:
        data = event.data if isinstance(event.data, str) else bytes(event.data)
        self._size += len(data.encode()) if isinstance(data, str) else len(data)
        if self._size > self._limit:
            return Closed(1009, ours=True)
        if data:  # fragments of nothing weigh nothing and would pile up
            self._parts.append(data)
        if not event.message_finished:
            return None
        parts, self._parts, self._size = self._parts, [], 0
        return Message(parts[0] if len(parts) == 1 else type(data)().join(parts))  # type: ignore[arg-type]  # all text or all bytes
