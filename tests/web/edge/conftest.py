import gc
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gevent
import pytest
from gevent.event import Event
from greenlet import greenlet

from web.edge.limits import EdgeLimits
from web.edge.wire import Wire
from web.server import Server, create_server, listen


def living_greenlets() -> int:
    """Greenlets of this thread's hub (those of the resolver's threads come and go by themselves)."""
    hub = gevent.get_hub()
    gc.collect()
    return sum(1 for one in gc.get_objects() if isinstance(one, greenlet) and not one.dead and one.parent is hub)


class Peer:
    """A client that reads whole answers."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.buffer = b""

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def until(self, mark: bytes) -> bytes:
        while mark not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError(self.buffer)
            self.buffer += data
        found, _, self.buffer = self.buffer.partition(mark)
        return found + mark

    def take(self, size: int) -> bytes:
        while len(self.buffer) < size:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError(self.buffer)
            self.buffer += data
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        first, *lines = self.until(b"\r\n\r\n")[:-4].decode("latin-1").split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = self.take(int(fields.get("content-length", "0")))
        return int(first.split(" ")[1]), fields, body

    def rest(self) -> bytes:
        """Everything until the end; a reset counts as an end."""
        try:
            while data := self.sock.recv(65536):
                self.buffer += data
        except ConnectionResetError:
            return self.buffer
        return self.buffer

    def close(self) -> None:
        self.sock.close()


@dataclass
class Edge:
    """A live server with a hand-driven clock."""

    application: Callable[..., Any]
    limits: EdgeLimits
    body_limit: Callable[[str, str], int] | None = None
    now: float = 1000.0
    errors: list[tuple[BaseException, str, str]] = field(default_factory=list)
    told: list[tuple[int, str]] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)

    def __post_init__(self) -> None:
        listener = listen("127.0.0.1", 0)
        self.port: int = listener.getsockname()[1]
        self.server: Server = create_server(
            listener,
            self.application,
            self.limits,
            on_error=lambda info, method, path: self.errors.append((info[1], method, path)),
            on_refusal=lambda status, reason: self.told.append((status, reason)),
            body_limit=self.body_limit,
            monotonic=lambda: self.now,
            wall=lambda: 0.0,
        )
        self.server.start()

    def connect(self, data: bytes = b"") -> Peer:
        peer = Peer(self.port)
        self.peers.append(peer)
        if data:
            peer.send(data)
        return peer

    def settle(self, count: int = 0) -> None:
        """Give the server its turns until `count` HTTP connections are left."""
        with gevent.Timeout(10):
            while self.server.open != count:
                gevent.idle()

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.server.sweep()


@pytest.fixture
def build() -> Iterator[Callable[..., Edge]]:
    before = living_greenlets()
    built: list[Edge] = []

    def make(application: Callable[..., Any], body_limit: Any = None, **limits: Any) -> Edge:
        edge = Edge(application, EdgeLimits(**limits), body_limit)
        built.append(edge)
        return edge

    yield make
    for edge in built:
        for peer in edge.peers:
            peer.close()
        edge.server.stop(5)
        assert edge.server.open == 0
        assert edge.server.admission.open == 0
    with gevent.Timeout(10):
        while living_greenlets() > before:
            gevent.idle()


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} ".encode("latin-1"), body]


@pytest.fixture
def echoing(build: Callable[..., Edge]) -> Edge:
    return build(echo)


@pytest.fixture
def gate() -> Event:
    return Event()


@pytest.fixture
def greenlets() -> Callable[[], int]:
    return living_greenlets


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What the server sends, one entry for each call of send."""
    sent: list[bytes] = []
    original = Wire._put

    def put(wire: Wire, data: bytes | memoryview) -> int:
        sent.append(bytes(data))
        return original(wire, data)

    monkeypatch.setattr(Wire, "_put", put)
    return sent
