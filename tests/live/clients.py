"""What the live tests speak with: REST on a kept connection, viewers, publishers and raw sockets."""

import http.client
import json
import os
import re
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import websocket

from tests.serving import SECONDS, Served

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PLENTY = "[limits]\nrequests_per_second = 0\nconnections_per_address = 0\n"
"""The settings of a test that loads the server from one address."""

OPENED = ExitStack()
"""Every connection of the test that runs; conftest.py closes them after it."""


@dataclass(slots=True)
class Rest:
    """presenti's HTTP API, on one kept connection."""

    port: int
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        OPENED.callback(self.connection.close)

    def ask(self, method: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Status and body; a connection that the server has closed is opened again."""
        try:
            self.connection.request(method, target, body)
            answer = self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.connection.close()
            self.connection.request(method, target, body)
            answer = self.connection.getresponse()
        with answer:
            return answer.status, answer.read()

    def session(self, token: str) -> str:
        """A new session's id."""
        status, body = self.ask("GET", f"/session?token={token}")
        assert status == 200, body
        return json.loads(body)["sessionID"]

    def put(self, token: str, session: str, *titles: str) -> int:
        """The status of a PUT of presences with these titles."""
        body = json.dumps({"presences": [{"title": title} for title in titles]}).encode()
        return self.ask("PUT", f"/session?token={token}&id={session}", body)[0]

    def titles(self, name: str) -> list[Any]:
        """What is on for this name; None for a document without a title."""
        status, body = self.ask("GET", f"/api/presence/{quote(name)}")
        assert status == 200, body
        return [document.get("title") for document in json.loads(body)["presence"]]


def viewer(served: Served, name: str) -> websocket.WebSocket:
    """A watcher of this name that has read its first message."""
    watching = _connected(served, f"/presence/{name}")
    assert isinstance(json.loads(watching.recv())["activities"], list)
    return watching


def _connected(served: Served, path: str) -> websocket.WebSocket:
    connection = websocket.create_connection(f"ws://127.0.0.1:{served.port}{path}", timeout=SECONDS)
    OPENED.callback(connection.shutdown)
    return connection


def seen(watching: websocket.WebSocket) -> list[str]:
    """The titles of the next message."""
    return [document["title"] for document in json.loads(watching.recv())["activities"]]


def publisher(served: Served, token: str) -> websocket.WebSocket:
    """A connection on /remote that has been greeted."""
    remote = _connected(served, "/remote")
    remote.send(json.dumps({"type": 3, "data": token}))
    assert json.loads(remote.recv()) == {"type": 4, "data": None}
    return remote


def publish(remote: websocket.WebSocket, *titles: str) -> None:
    """Say what the publisher's user does."""
    remote.send(json.dumps({"type": 2, "data": [{"title": title} for title in titles]}))


def close_code(connection: websocket.WebSocket) -> int | None:
    """The code with which the server ends this connection, whatever it still says before; None without a frame."""
    while True:
        try:
            opcode, data = connection.recv_data(control_frame=True)
        except (websocket.WebSocketConnectionClosedException, ConnectionResetError):
            return None
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return int.from_bytes(data[:2], "big")


def raw(served: Served, data: bytes = b"") -> socket.socket:
    """A plain connection on which this was sent."""
    connection = OPENED.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=SECONDS))
    connection.sendall(data)
    return connection


def upgraded(served: Served, path: str) -> socket.socket:
    """A plain connection after the 101 of this path; frames are left to the test."""
    connection = raw(served, UPGRADE.format(path=path).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        portion = connection.recv(1)
        assert portion, head
        head += portion
    assert head.startswith(b"HTTP/1.1 101 "), head
    return connection


def rest_of(connection: socket.socket) -> bytes:
    """Everything until the server ends the connection; a reset is an end too."""
    heard = b""
    try:
        while portion := connection.recv(65536):
            heard += portion
    except ConnectionResetError:
        return heard
    return heard


def descriptors(served: Served) -> int:
    """How many descriptors the server's process holds."""
    return len(os.listdir(f"/proc/{served.pid}/fd"))


def stamp(line: str) -> float:
    """When the server wrote this line, in seconds since the epoch: its own word, however busy the machine is."""
    found = re.match(r"timestamp=(\S+) ", line)
    assert found, line
    return datetime.fromisoformat(found[1]).timestamp()


def best_of(tries: int, measure: Callable[[], float]) -> float:
    """The shortest of so many measurements: what the server can do, and not what else the machine does."""
    return min(measure() for _ in range(tries))


def until(condition: Callable[[], bool], seconds: float = SECONDS) -> float:
    """Ask again and again until it holds; the seconds that took. Whatever is asked makes the pause."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not come about"
    return time.monotonic() - began


def stored(served: Served, title: str) -> Iterator[tuple[str, float]]:
    """Kind and end (seconds since the epoch) of each stored claim that has this title in it."""
    with closing(sqlite3.connect(served.data / "presently.sqlite", timeout=SECONDS)) as database:
        yield from database.execute("SELECT kind, until FROM claims WHERE document LIKE ?", (f"%{title}%",)).fetchall()


def change(served: Served, statement: str, *values: Any) -> None:
    """Alter what is stored; for a server that does not run."""
    with closing(sqlite3.connect(served.data / "presently.sqlite", timeout=SECONDS)) as database, database:
        database.execute(statement, values)
