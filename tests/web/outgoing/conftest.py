"""A server that says exactly what the test tells it to, and clients that may reach it."""

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

import gevent
import pytest
import trustme
from gevent.event import Event
from gevent.server import StreamServer

from actors.errors import HouseError
from tests.clock import FakeClock
from web.outgoing import Allowed, Client

Script = Callable[[socket.socket, bytes], object]
"""What to do with a connection on which this request (its head, and what came with it) was sent."""


@dataclass
class Talker:
    """Does the script for each request that comes; stays until the peer closes."""

    script: Script
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    asked: Event = field(default_factory=Event)
    port: int = 0

    def serve(self, peer: socket.socket, _address: object) -> None:
        self.connections += 1
        try:
            while data := peer.recv(65536):
                self.requests.append(data)
                self.asked.set()
                if self.script(peer, data) == "close":
                    return
        except OSError:
            return  # the client has had enough, which the tests are about

    def url(self, host: str = "127.0.0.1", path: str = "/", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def says(text: bytes) -> Script:
    return lambda peer, _request: peer.sendall(text)


def plain(body: bytes, *head: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *head]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def fails(code: str, call: Callable[[], object]) -> HouseError:
    """What this call raises: an error of this code that repeats no token and no cause."""
    with pytest.raises(HouseError) as failed:
        call()
    assert failed.value.code == code
    assert failed.value.__suppress_context__ or failed.value.__context__ is None
    assert "token" not in str(failed.value)
    return failed.value


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def talk(authority: trustme.CA) -> Iterator[Callable[..., Talker]]:
    servers = []

    def start(script: Script, *, host: str = "127.0.0.1", tls: str | None = None) -> Talker:
        talker = Talker(script)
        options = {}
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert(tls).configure_cert(context)
            options["ssl_context"] = context
        server = StreamServer((host, 0), talker.serve, **options)
        server.start()
        servers.append(server)
        talker.port = server.server_port
        return talker

    yield start
    for server in servers:
        server.stop(timeout=1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@dataclass
class Names:
    """A resolver whose answers change from call to call; the last stays."""

    answers: dict[str, list[tuple[str, ...]]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str) -> tuple[object, ...]:
        self.asked.append(host)
        known = self.answers[host]
        found = known.pop(0) if len(known) > 1 else known[0]
        return tuple(map(ip_address, found))


@pytest.fixture
def names() -> Names:
    return Names({})


@pytest.fixture
def client(clock: FakeClock, names: Names, trusting: ssl.SSLContext) -> Iterator[Client]:
    """May ask 127.0.0.1, whatever leads there."""
    made = Client(Allowed.read(["127.0.0.1"]), clock, resolve=names, context=trusting)
    yield made
    made.close()


@pytest.fixture
def strict(clock: FakeClock, names: Names, trusting: ssl.SSLContext) -> Iterator[Client]:
    """May ask the public internet only."""
    made = Client(Allowed(), clock, resolve=names, context=trusting)
    yield made
    made.close()


def until_waiting(call: Callable[[], object], event: Event) -> gevent.Greenlet:
    """The call in a greenlet of its own, once the server has heard of it."""
    waiting = gevent.spawn(call)
    assert event.wait(5)
    return waiting
