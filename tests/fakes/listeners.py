"""One connection that listens to a FakeMastodon, and all that may be done to it."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from gevent.event import Event
from gevent.lock import RLock
from wsproto.connection import CloseReason, Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage
from wsproto.utilities import LocalProtocolError

READ, READ_STATUSES, READ_NOTIFICATIONS = "read", "read:statuses", "read:notifications"


@dataclass(eq=False)
class Listener:
    """A stream that is open; `stream` is `user` or `user:notification`."""

    connection: Any
    token: str
    stream: str
    scopes: frozenset[str]
    changed: Callable[[], object]
    pings: int = 0
    """Those of the client's, which are answered unless `frozen`."""
    pongs: int = 0
    closed_with: int | None = None
    """The code of the client's close frame; 1005 for one without."""
    over: bool = False
    frozen: bool = False
    """Says nothing by itself any more, as a process that hangs."""
    lock: RLock = field(default_factory=RLock)

    way = "none"

    @property
    def hears_notifications(self) -> bool:
        """A token that may only read statuses opens `user`, and silently never gets a notification (spec B2)."""
        return bool(self.scopes & {READ, READ_NOTIFICATIONS})

    def notify(self, payload: Any) -> None:
        if self.hears_notifications:
            self.event("notification", payload)

    def event(self, name: str, payload: Any = None) -> None:
        raise NotImplementedError

    def raw(self, data: bytes) -> None:
        """These bytes, whatever they are."""
        with self.lock, suppress(OSError):
            self.connection.sendall(data)

    def cut(self) -> None:
        """End without a word, as a process that is killed."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """The same, so that the client sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.cut()

    def serve(self, early: bytes) -> None:
        """Take in what the client says, until it has gone."""
        data = early
        with suppress(OSError):
            while True:
                self.hear(data)
                data = self.connection.recv(65_536)
                if not data:
                    break
        self.over = True
        self.changed()

    def hear(self, data: bytes) -> None:
        """An event stream's client says nothing."""


@dataclass(eq=False)
class SocketListener(Listener):
    """By WebSocket."""

    machine: Connection = field(default_factory=lambda: Connection(ConnectionType.SERVER))

    way = "websocket"

    def event(self, name: str, payload: Any = None) -> None:
        document: dict[str, Any] = {"stream": [self.stream], "event": name}
        if payload is not None:
            document["payload"] = payload
        self.text(json.dumps(document))

    def text(self, text: str) -> None:
        self.say(TextMessage(data=text))

    def binary(self, data: bytes) -> None:
        self.say(BytesMessage(data=data))

    def ping(self) -> None:
        self.say(Ping())

    def close(self, code: int | None = None) -> None:
        """With this code, or without one, as for a token that is revoked."""
        self.say(CloseConnection(code=CloseReason.NO_STATUS_RCVD if code is None else code))

    def say(self, event: Any) -> None:
        with self.lock, suppress(OSError, LocalProtocolError):  # the client has gone, or is going
            self.connection.sendall(self.machine.send(event))

    def hear(self, data: bytes) -> None:
        if not data:
            return
        self.machine.receive_data(data)
        for event in self.machine.events():
            if isinstance(event, Ping):
                self.pings += 1
                if not self.frozen:
                    self.say(event.response())
            elif isinstance(event, Pong):
                self.pongs += 1
            elif isinstance(event, CloseConnection):
                self.closed_with = int(event.code)
                if not self.frozen:  # "answered in kind", and then it is over (RFC 6455 section 5.5.1)
                    self.say(event.response())
                    self.cut()
        self.changed()


class EventStreamListener(Listener):
    """By event stream, chunked, with the greeting and the comments of Mastodon (spec B5)."""

    way = "event stream"

    def event(self, name: str, payload: Any = None) -> None:
        data = payload if isinstance(payload, str) else json.dumps(payload)
        self.chunk(f"event: {name}\ndata: {data}\n\n".encode())

    def ping(self) -> None:
        """The thump: one newline up to 4.5."""
        self.chunk(b":thump\n")

    def chunk(self, data: bytes) -> None:
        self.raw(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def close(self, _code: int | None = None) -> None:
        """The stream ends as it should."""
        self.raw(b"0\r\n\r\n")
        self.cut()


def keep_pinging(listeners: Callable[[], list[Listener]], seconds: float, stopped: Event) -> None:
    """As the real one does every 30 s (15 in event streams)."""
    while not stopped.wait(seconds):
        for listener in listeners():
            if not listener.frozen:
                listener.ping()  # type: ignore[attr-defined]
