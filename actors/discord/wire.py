"""GatewayWire: an open connection to Discord's gateway, frames of a socket that never waits. By wsproto."""

import socket
import ssl
from collections import deque
from typing import Any

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Message, Ping, Pong, TextMessage
from wsproto.utilities import ProtocolError

from actors.relay.wire import LOST, NO_CODE, Closed, Sign, Text
from actors.upstream.discord_closing import CLOSED_TO_RESUME
from actors.upstream.discord_frames import MOST_HEARD

AT_ONCE = 64 * 1024
"""Bytes that are taken from the socket in one go."""

_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Packed(bytes):
    """A binary message."""

    __slots__ = ()


Heard = Text | Packed | Sign | Closed


class GatewayWire:
    """`early` is what came together with the answer's head."""

    __slots__ = ("_connection", "_heard", "_machine", "_parts", "_size")

    def __init__(self, connection: socket.socket, early: bytes) -> None:
        self._connection = connection
        self._machine = Connection(ConnectionType.CLIENT)
        self._heard: deque[Heard] = deque()
        self._parts: list[bytes] = []
        self._size = 0
        if early:
            self._take(early)

    def next(self) -> Heard | None:
        """What comes next; None when nothing is there yet. Closed is the last that it says."""
        if not self._heard:
            try:
                data = self._connection.recv(AT_ONCE)
            except _LATER:
                return None
            except OSError:
                data = b""
            self._take(data)
        return self._heard.popleft() if self._heard else Sign()

    def say(self, text: bytes) -> bool:
        """Send a message, whole; False where it does not go out: nobody reads over there, or nobody is there."""
        return self._send(TextMessage(text.decode()))

    def fileno(self) -> int:
        """Of the socket: readable when `next` may have something."""
        return self._connection.fileno()

    def close(self, code: int = CLOSED_TO_RESUME) -> None:
        """Say good-bye as far as that goes without waiting, and close the socket; the session stays as it is."""
        if self._machine.state is ConnectionState.OPEN:
            self._send(CloseConnection(code))
        self._connection.close()

    def _take(self, data: bytes) -> None:
        try:
            self._machine.receive_data(data or None)
            for event in self._machine.events():
                if isinstance(event, Message):
                    self._take_part(event)
                elif isinstance(event, CloseConnection):
                    self._heard.append(Closed(self._code(event, data)))
                elif isinstance(event, Ping):
                    self._send(event.response())
        except ProtocolError:
            self._heard.append(Closed(LOST))

    def _take_part(self, event: Message[Any]) -> None:
        is_text = isinstance(event, TextMessage)
        part = event.data.encode() if isinstance(event, TextMessage) else bytes(event.data)
        self._size += len(part)
        if self._size > MOST_HEARD:
            raise ProtocolError
        self._parts.append(part)
        if event.message_finished:
            whole = b"".join(self._parts)
            self._heard.append(Text(whole) if is_text else Packed(whole))
            self._parts, self._size = [], 0

    def _code(self, event: CloseConnection, data: bytes) -> int:
        """LOST too where the frames are none: the library says that as the code that we should close with."""
        if not data or self._machine.state is ConnectionState.OPEN:
            return LOST
        return NO_CODE if event.code is None else int(event.code)

    def _send(self, event: TextMessage | Pong | CloseConnection) -> bool:
        """What we say is short: where it does not fit, the peer has not read for long."""
        try:
            data = self._machine.send(event)
            return self._connection.send(data) == len(data)
        except (OSError, ProtocolError):
            return False
