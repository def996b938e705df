"""Connections as doors see them: real sockets with a client at the other end, in a house on the Stage or a live one."""

import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent
import gevent.socket
import pykka
from pykka._envelope import Envelope
from pykka.messages import _ActorStop
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Ping, TextMessage

from actors.accounts import Credential
from actors.clock import WallClock
from actors.connections import Connections
from actors.directory import Directory
from actors.effects import Authenticate, Effect, Follow, Publish, Say
from actors.falls import Limits
from actors.house import House
from actors.leases import LeaseSupervisor
from actors.presence import Activity, Claim, Source
from storage.board import LocalBoard
from tests.actors.viewers import PlainEncoding
from tests.hub import turn
from tests.stage import Probe
from tests.web.client import say
from web import doors
from web.budget import Budget
from web.edge.admission import Admission

PLAIN = gevent.socket._socket.socket
PATIENCE = 20.0
"""Seconds after which what has not happened never will."""


class WordSession:
    """Understands `follow NAME`, `publish NAME WHAT`, `token TOKEN`; answers anything else with itself."""

    publishes = False

    def __init__(self, encoding: PlainEncoding, *opening: Effect) -> None:
        self.encoding = encoding
        self.opening = opening

    def opened(self, _now: float) -> Iterable[Effect]:
        return self.opening

    def received(self, data: str | bytes, now: float) -> Iterable[Effect]:
        words = data.split() if isinstance(data, str) else []
        if words[:1] == ["follow"]:
            yield Follow(words[1])
        elif words[:1] == ["publish"]:
            yield Publish(words[1], Claim(Source("socket", str(id(self))), now, activities=(Activity(words[2]),)))
        elif words[:1] == ["token"]:
            yield Authenticate(words[1])
        elif isinstance(data, str):
            yield Say(data.encode())

    def authenticated(self, credential: Credential | None, _now: float) -> Iterable[Effect]:
        yield Say(b"welcome" if credential else b"no")


class Client:
    """The far end of a connection: reads without waiting, and says what a client says."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.raw = b""
        self.ended = False
        self.events: list[Any] = []
        self._machine = Connection(ConnectionType.CLIENT)

    def send(self, data: bytes) -> None:
        """All of it; a client's own end is large enough for what tests send."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.connection.sendall(data)

    def say(self, text: str) -> None:
        self.send(say(TextMessage(data=text)))

    def read(self) -> "Client":
        """Take in what stands in the socket."""
        with suppress(BlockingIOError):
            while data := self._portion():
                self.raw += data
        return self

    def understand(self) -> "Client":
        """As a WebSocket client."""
        before = len(self.raw)
        self.read()
        if self._machine.state.name == "OPEN":
            self._machine.receive_data(self.raw[before:])
            self.events += self._machine.events()
        return self

    @property
    def texts(self) -> list[str]:
        return [event.data for event in self.events if isinstance(event, TextMessage)]

    @property
    def pings(self) -> int:
        return sum(isinstance(event, Ping) for event in self.events)

    @property
    def closed(self) -> int | None:
        """The code we were closed with."""
        return next((int(event.code) for event in self.events if isinstance(event, CloseConnection)), None)

    def reset(self) -> None:
        """Go without a goodbye: the other end sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def close(self) -> None:
        self.connection.close()

    def _portion(self) -> bytes:
        try:
            data: bytes = self.connection.recv(65_536)
        except ConnectionResetError:
            data = b""
        self.ended = self.ended or not data
        return data


def tcp_pair(sndbuf: int | None = None) -> tuple[Any, Any]:
    """Two ends of a connection over loopback, plain and non-blocking."""
    listener, theirs = PLAIN(), PLAIN()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    if sndbuf is not None:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, sndbuf)
    theirs.connect(listener.getsockname())
    fd, _ = listener._accept()
    listener.close()
    ours = PLAIN(fileno=fd)
    if sndbuf is not None:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sndbuf)
    for end in (ours, theirs):
        end.setblocking(False)
    return ours, theirs


class Wired:
    """Opens connections into a house, each with its ticket."""

    def __init__(self, house: House, play: Callable[[], object]) -> None:
        self.house = house
        self.play = play
        """Gives everybody time."""
        self.encoding = PlainEncoding()
        self.admission = Admission(0, 0)
        self.clients: list[Client] = []

    def websocket(self, *opening: Effect, early: bytes = b"", budget: Budget | None = None, **pair: Any) -> Client:
        ours, theirs = tcp_pair(**pair)
        session: Any = WordSession(self.encoding, *opening)
        ticket = self.admission.admit("127.0.0.1")
        allowed = budget or Budget(0, 1.0)
        doors.open_websocket(self.house, ours, early, ticket, session=session, budget=allowed)
        return self._client(theirs)

    def event_stream(self, *opening: Effect) -> Client:
        ours, theirs = tcp_pair()
        session: Any = WordSession(self.encoding, *opening)
        doors.open_event_stream(self.house, ours, b"", self.admission.admit("127.0.0.1"), session=session)
        return self._client(theirs)

    def _client(self, theirs: Any) -> Client:
        self.clients.append(Client(theirs))
        self.play()
        return self.clients[-1]

    def until(self, happened: Callable[[], object]) -> None:
        """Give everybody time until this is true; it is asked again after each turn of the hub."""
        with gevent.Timeout(PATIENCE):
            while not happened():
                self.play()
                turn()
            self.play()

    def close(self) -> None:
        for client in self.clients:
            client.close()


@contextmanager
def live_house() -> Iterator[House]:
    """A house whose people live in the hub, by the wall's clock; what it writes down is only noted."""
    names = ("presence", "journal", "keeper", "warden", "leases", "directory", "connections")
    house = House(WallClock(), LocalBoard(), **{name: Probe(name) for name in names})  # type: ignore[arg-type]
    house.leases.move_in(LeaseSupervisor.start(house, path="leases"))
    house.directory.move_in(Directory.start(house, Limits(), path="directory"))
    house.connections.move_in(Connections.start(house, path="connections"))
    yield house
    for address in (house.connections, house.directory, house.leases):
        assert address.ref is not None
        address.ref.actor_inbox.put(Envelope(_ActorStop()))
    with gevent.Timeout(PATIENCE):
        while pykka.ActorRegistry.get_all():
            turn()


@contextmanager
def no_error_in_the_hub() -> Iterator[None]:
    """Whatever escapes a callback would end there, with a traceback in the log."""
    errors: list[Any] = []
    hub = gevent.get_hub()
    hub.handle_error = lambda _context, *error: errors.append(error)
    try:
        yield
    finally:
        del hub.handle_error
    assert errors == []
