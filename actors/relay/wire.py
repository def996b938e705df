"""The two wires of a stream once they are open: bytes of a socket that never waits, taken apart by a library.

WebSocket frames by websocket-client, which answers pings and closes; event streams by h11's framing and our parser.
"""

import socket
import ssl
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import h11
import websocket
from websocket import ABNF

from actors.upstream.event_stream import Event, EventStream, TooLongError

MOST = 1024 * 1024
"""Bytes of one message."""
AT_ONCE = 16 * 1024
"""Bytes that are taken from the socket in one go."""
LEAST = 64
"""What taking any bytes at all counts as: a message in a million pieces costs more than its length."""
NO_CODE = 1005
LOST = 1006

_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True, slots=True)
class Text:
    """A text message, not yet decoded."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Binary:
    """A binary message."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A ping, a pong, a comment: somebody is there."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The wire is at its end: the close frame's code, NO_CODE, or LOST where there was no close frame."""

    code: int


Heard = Text | Binary | Event | Sign | Closed


class Wire(Protocol):
    """An open stream."""

    def next(self) -> Heard | None:
        """What comes next; None when nothing whole is there yet. Closed is the last that it says."""

    def ping(self) -> None:
        """Ask whether anybody is there, where the wire has a way to."""

    def fileno(self) -> int:
        """Of the socket: readable when `next` may have something."""

    def say_goodbye(self) -> bool:
        """Ask the peer to end it; True where Closed will come when all that was said before has been read."""

    def close(self) -> None:
        """Say good-bye as far as that goes without waiting, and close the socket."""


class WebSocketWire:
    """Frames over a socket; `early` is what came together with the answer's head."""

    __slots__ = ("_bytes", "_frames", "_said_goodbye")

    def __init__(self, connection: socket.socket, early: bytes) -> None:
        self._bytes = _Bytes(connection, early)
        # Not its own check of UTF-8, which is in Python and slow: orjson's is strict.
        self._frames = websocket.WebSocket(enable_multithread=False, skip_utf8_validation=True)
        self._frames.sock = self._bytes  # type: ignore[assignment]  # it needs no more
        self._frames.connected = True
        self._said_goodbye = False

    def next(self) -> Heard | None:
        """See Wire."""
        try:
            kind, frame = self._frames.recv_data_frame(control_frame=True)
        except _LATER:
            return None
        except (websocket.WebSocketException, OSError, TooLongError, struct.error):
            return Closed(LOST)
        if kind == ABNF.OPCODE_CLOSE:
            return Closed(struct.unpack("!H", frame.data[:2])[0] if frame.data else NO_CODE)
        if not self._frames.cont_frame.recving_frames:  # a ping between fragments does not start the count anew
            self._bytes.left = MOST
        if kind == ABNF.OPCODE_TEXT:
            return Text(frame.data)
        return Binary() if kind == ABNF.OPCODE_BINARY else Sign()

    def ping(self) -> None:
        """See Wire; one that is not sent is found out by the silence."""
        self._frames.ping()

    def fileno(self) -> int:
        """See Wire."""
        return self._bytes.connection.fileno()

    def say_goodbye(self) -> bool:
        """By a close frame without a code, as the original closed; it is answered in kind."""
        if self._frames.connected and not self._said_goodbye:
            self._said_goodbye = True
            self._frames.send(b"", ABNF.OPCODE_CLOSE)
            self._bytes.muted = True
        return True

    def close(self) -> None:
        """See Wire."""
        self.say_goodbye()
        self._bytes.connection.close()


class _Bytes:
    """What websocket-client takes for its socket: it never waits, and lets `left` bytes through."""

    __slots__ = ("connection", "left", "muted", "waiting")

    def __init__(self, connection: socket.socket, early: bytes) -> None:
        self.connection = connection
        self.waiting = early
        self.left = MOST
        self.muted = False
        """True after our close frame: nothing may follow it (RFC 6455 section 5.5.1)."""

    def recv(self, most: int) -> bytes:
        """At most so many bytes; an error of _LATER when there are none, none at the end."""
        if not self.waiting:
            self.waiting = self.connection.recv(AT_ONCE)
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        self.left -= max(len(taken), LEAST)
        if self.left < 0:
            raise TooLongError
        return taken

    def send(self, data: bytes) -> int:
        """Of pings, pongs and closes: they fit, or nobody reads over there.

        No error leaves it: what ends a stream is read, and a close frame's code may stand before the end.
        """
        try:
            return len(data) if self.muted else self.connection.send(data)
        except OSError:
            return len(data)

    def gettimeout(self) -> float:
        """Never to wait."""
        return 0.0

    def close(self) -> None:
        """The library's wish when the peer has gone; the wire's owner closes."""


class EventStreamWire:
    """An event stream over a socket, behind a response whose head h11 has read."""

    __slots__ = ("_connection", "_events", "_http", "_parser")

    def __init__(self, connection: socket.socket, http: h11.Connection) -> None:
        self._connection = connection
        self._http = http
        self._parser = EventStream(MOST)
        self._events: deque[Heard] = deque()

    def next(self) -> Heard | None:
        """See Wire."""
        try:
            while not self._events:
                self._events.extend(self._read())
        except _LATER:
            return None
        except (OSError, h11.RemoteProtocolError, TooLongError):
            return Closed(LOST)
        return self._events.popleft()

    def ping(self) -> None:
        """An event stream has no way to ask."""

    def say_goodbye(self) -> bool:
        """Nor to end but by hanging up."""
        return False

    def fileno(self) -> int:
        """See Wire."""
        return self._connection.fileno()

    def close(self) -> None:
        """See Wire."""
        self._connection.close()

    def _read(self) -> Iterator[Heard]:
        event = self._http.next_event()
        if event is h11.NEED_DATA:
            self._http.receive_data(self._connection.recv(AT_ONCE))
        elif isinstance(event, h11.Data):
            yield from self._parser.feed(bytes(event.data))
            yield Sign()
        else:
            yield Closed(LOST)
