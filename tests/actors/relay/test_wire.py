"""The wires' ends: however bytes are cut they say the same, and whatever bytes there are nothing else escapes."""

from collections.abc import Iterable
from typing import Any

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, TextMessage

from actors.errors import HouseError, Unavailable
from actors.relay.handshake import Opened, Turned, open_stream
from actors.relay.network import Network
from actors.relay.wire import LOST, Binary, Closed, EventStreamWire, Heard, Sign, Text, WebSocketWire, Wire
from actors.upstream.event_stream import Event
from actors.upstream.mastodon_address import Address
from actors.upstream.mastodon_effects import Open, Way


class Pieces:
    """A socket that never waits: hands out what it was given piece by piece, and then its end."""

    def __init__(self, pieces: Iterable[bytes], *, ends: bool = True) -> None:
        self.pieces = [piece for piece in pieces if piece]
        self.ends = ends
        self.late = False
        self.sent = b""
        self.closed = False

    def recv(self, most: int) -> bytes:
        self.late = not self.late  # every other time there is nothing yet
        if self.late and self.pieces:
            raise BlockingIOError
        if not self.pieces:
            if self.ends:
                return b""
            raise BlockingIOError
        piece = self.pieces.pop(0)
        if len(piece) > most:
            self.pieces.insert(0, piece[most:])
        return piece[:most]

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)

    sendall = send

    def settimeout(self, _seconds: float) -> None:
        """It never waits anyway."""

    def close(self) -> None:
        self.closed = True


class Waiting(Pieces):
    """One that waits, as a socket does in a handshake."""

    def recv(self, most: int) -> bytes:
        while True:
            try:
                return super().recv(most)
            except BlockingIOError:
                continue


def cut(data: st.DataObject, whole: bytes) -> list[bytes]:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    return [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]


def heard(wire: Wire, connection: Pieces) -> list[Heard]:
    """All until the end, or until nothing more comes."""
    said: list[Heard] = []
    while True:
        something = wire.next()
        if something is not None:
            said.append(something)
        if isinstance(something, Closed) or (something is None and not connection.pieces):
            return said


MESSAGES = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=300).map(lambda text: TextMessage(data=text)),
        st.just(BytesMessage(data=b"no")),
        st.just(Ping()),
    ),
    max_size=12,
)


@given(st.data(), MESSAGES, st.sampled_from([None, 1000, 1012, 4000]))
def test_frames_however_they_are_cut(data: st.DataObject, messages: list[Any], code: int | None) -> None:
    server = Connection(ConnectionType.SERVER)
    whole = b"".join(_fragmented(server, data, message) for message in messages)
    whole += server.send(CloseConnection(code=code)) if code is not None else b""
    connection = Pieces(cut(data, whole))
    early = connection.pieces.pop(0) if connection.pieces and data.draw(st.booleans()) else b""
    said = heard(WebSocketWire(connection, early), connection)  # type: ignore[arg-type]
    assert said == [*map(_expected, messages), Closed(code if code is not None else LOST)]


def _fragmented(server: Connection, data: st.DataObject, message: Any) -> bytes:
    """Messages in one frame or in two."""
    if not isinstance(message, Message) or data.draw(st.booleans()):
        return bytes(server.send(message))
    middle = len(message.data) // 2
    kind = type(message)
    first = server.send(kind(data=message.data[:middle], message_finished=False))
    return bytes(first + server.send(kind(data=message.data[middle:], message_finished=True)))


def _expected(message: Any) -> Heard:
    if isinstance(message, TextMessage):
        return Text(message.data.encode())
    return Binary() if isinstance(message, BytesMessage) else Sign()


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_any_bytes_are_something_or_the_end(pieces: list[bytes]) -> None:
    connection = Pieces(pieces)
    wire = WebSocketWire(connection, b"")  # type: ignore[arg-type]
    assert isinstance(heard(wire, connection)[-1], Closed)
    wire.close()
    assert connection.closed


def events(connection: Pieces) -> EventStreamWire:
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", "a")]))
    http.send(h11.EndOfMessage())
    http.receive_data(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert isinstance(http.next_event(), h11.Response)
    return EventStreamWire(connection, http)  # type: ignore[arg-type]


@given(st.data(), st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), max_size=5))
def test_events_however_they_are_cut(data: st.DataObject, payloads: list[str]) -> None:
    stream = b":)\n" + b"".join(f"event: notification\ndata: {text}\n\n:thump\n".encode() for text in payloads)
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in cut(data, stream) if piece)
    connection = Pieces(cut(data, chunks + b"0\r\n\r\n"))
    said = heard(events(connection), connection)
    assert [each for each in said if isinstance(each, Event)] == [Event("notification", text) for text in payloads]
    assert said[-1] == Closed(LOST)


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_any_chunks_are_something_or_the_end(pieces: list[bytes]) -> None:
    connection = Pieces(pieces)
    assert isinstance(heard(events(connection), connection)[-1], Closed)


HEADS = st.sampled_from(
    [
        b"",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: ",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ]
)


@given(HEADS, st.binary(max_size=300), st.sampled_from(Way), st.booleans(), st.text(min_size=1))
def test_any_answer_to_a_handshake_is_an_answer_or_a_foreseen_failure(
    head: bytes, rest: bytes, way: Way, in_query: bool, token: str
) -> None:
    connection = Waiting([head, rest])
    network: Any = Network(lambda *_: connection, lambda *_: None, lambda *_: None)  # type: ignore[arg-type,return-value]
    wanted = Open(Address("https://social.example/api/v1/streaming/?stream=user"), way, token, in_query)
    outcome: object
    try:
        outcome = open_stream(network, wanted)
    except HouseError as error:
        outcome = error
    assert connection.closed != isinstance(outcome, Opened)
    assert len(token) < 5 or token not in str(outcome)


def test_hints_without_end_are_not_listened_to() -> None:
    connection = Waiting([b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500] * 1_000)
    network: Any = Network(lambda *_: connection, lambda *_: None, lambda *_: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(Unavailable):
        open_stream(network, Open(Address("https://social.example/"), Way.WEBSOCKET, "token"))
    assert len(connection.pieces) > 990


def test_the_request() -> None:
    connection = Waiting([b"HTTP/1.1 503 x\r\n\r\n"])
    network: Any = Network(lambda *_: connection, lambda *_: None, lambda *_: None)  # type: ignore[arg-type,return-value]
    address = Address("https://bücher.example/api/v1/streaming/?stream=user")
    outcome = open_stream(network, Open(address, Way.WEBSOCKET, "t/k", token_in_query=True))
    assert outcome == Turned(503, {})
    lines = connection.sent.decode().split("\r\n")
    assert lines[0] == "GET /api/v1/streaming/?stream=user&access_token=t%2Fk HTTP/1.1"
    assert "Host: xn--bcher-kva.example" in lines
    assert "Authorization: Bearer t/k" in lines
    assert not [line for line in lines if line.startswith(("Sec-WebSocket-Protocol", "Origin", "Cookie"))]
    assert "Upgrade: websocket" in lines
