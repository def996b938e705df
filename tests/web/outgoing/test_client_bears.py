"""What the client bears of a server: no size, no nonsense and no delay is without end, over real sockets."""

import gzip
import socket
from collections.abc import Callable

import gevent
import pytest
from gevent.event import Event

from actors.errors import Overrun, Unavailable
from tests.clock import FakeClock
from tests.web.outgoing.conftest import Names, Talker, fails, plain, says, until_waiting
from web.outgoing import IMAGE, TEXT, Client

pytestmark = pytest.mark.live

Talk = Callable[..., Talker]


# Size


def endless(first: bytes, again: bytes) -> Callable[[socket.socket, bytes], object]:
    def talk(peer: socket.socket, _request: bytes) -> None:
        peer.sendall(first)
        while True:
            peer.sendall(again)

    return talk


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", b"x" * 4096),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"Trailer: x\r\n"),
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 1000 + b"\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 " + b"y" * 40_000, b"y" * 4096),
    ],
    ids=["body", "chunks", "tiny chunks", "negative chunk", "trailers", "headers", "interim answers", "status line"],
)
def test_whatever_is_endless_is_given_up(client: Client, talk: Talk, first: bytes, again: bytes) -> None:
    server = talk(endless(first, again))
    with pytest.raises((Overrun, Unavailable)) as failed:
        client.fetch("GET", server.url())
    assert failed.value.code in {"too-large", "bad-response"}


def test_the_limits_of_a_body(client: Client, talk: Talk) -> None:
    size = TEXT.body_bytes
    assert len(client.fetch("GET", talk(says(plain(b"x" * size))).url()).body) == size
    fails("too-large", lambda: client.fetch("GET", talk(says(plain(b"x" * (size + 1)))).url()))
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    exact, above = (chunked % (each, b"x" * each) for each in (size, size + 1))
    assert len(client.fetch("GET", talk(says(exact)).url()).body) == size
    fails("too-large", lambda: client.fetch("GET", talk(says(above)).url()))
    assert len(client.fetch("GET", talk(says(plain(b"x" * 2**20))).url(), limits=IMAGE).body) == 2**20


def test_a_size_above_the_limit_is_believed_at_once(client: Client, talk: Talk) -> None:
    server = talk(says(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"))
    fails("too-large", lambda: client.fetch("GET", server.url()))


def test_a_bomb_is_not_unpacked(client: Client, talk: Talk) -> None:
    packed = gzip.compress(bytes(50_000_000))
    server = talk(says(plain(packed, "Content-Encoding: gzip")))
    fails("encoded-body", lambda: client.fetch("GET", server.url()))
    assert b"Accept-Encoding: identity" in server.requests[0]


# Nonsense


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nshort",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % each for each in range(200)) + b"\r\n",
        bytes(range(256)) * 4,
    ],
)
def test_nonsense_is_a_bad_response(client: Client, talk: Talk, answer: bytes) -> None:
    def script(peer: socket.socket, _request: bytes) -> str:
        peer.sendall(answer)
        return "close"

    assert fails("unreachable" if not answer else "bad-response", lambda: client.fetch("GET", talk(script).url()))


def test_a_client_does_not_take_the_rest_of_one_answer_for_another(client: Client, talk: Talk) -> None:
    longer = plain(b"first") + plain(b"smuggled")
    server = talk(lambda peer, _: peer.sendall(longer if server.connections == 1 else plain(b"second")))
    assert client.fetch("GET", server.url()).body == b"first"
    assert client.fetch("GET", server.url()).body in {b"first", b"second"}


# Time


@pytest.mark.parametrize(
    "slow",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"],
    ids=["nothing", "head", "body"],
)
def test_the_time_is_for_everything(client: Client, clock: FakeClock, talk: Talk, slow: bytes) -> None:
    server = talk(says(slow))
    waiting = until_waiting(lambda: fails("too-slow", lambda: client.fetch("GET", server.url())), server.asked)
    clock.advance(4.9)
    assert not waiting.ready()
    clock.advance(0.1)
    waiting.get(timeout=5)
    assert not clock.pending


def test_a_peer_that_trickles_gains_no_time(client: Client, clock: FakeClock, talk: Talk) -> None:
    def trickle(peer: socket.socket, _request: bytes) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(10):
            clock.advance(1.0)
            peer.sendall(b"X: y\r\n")
            gevent.idle()

    server = talk(trickle)
    fails("too-slow", lambda: client.fetch("GET", server.url()))


def test_a_handshake_and_a_look_up_cost_time_too(client: Client, clock: FakeClock, names: Names, talk: Talk) -> None:
    accepted = Event()
    silent = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        peer, _ = silent.accept()
        with peer:
            accepted.set()
            while peer.recv(10_000):
                pass

    serving = gevent.spawn(accept)
    url = f"https://127.0.0.1:{silent.getsockname()[1]}/"
    waiting = until_waiting(lambda: fails("too-slow", lambda: client.fetch("GET", url)), accepted)
    clock.advance(5)
    waiting.get(timeout=5)
    serving.get(timeout=5)
    silent.close()
    hanging = Event()

    def hang(_host: str) -> tuple[object, ...]:
        hanging.set()
        Event().wait()
        return ()

    client.dialler._resolve = hang  # type: ignore[assignment]
    waiting = until_waiting(lambda: fails("too-slow", lambda: client.fetch("GET", "https://slow.example/")), hanging)
    clock.advance(5)
    waiting.get(timeout=5)


def test_time_that_is_up_after_the_end_hurts_nobody(client: Client, clock: FakeClock, talk: Talk) -> None:
    server = talk(says(plain(b"ok")))
    client.fetch("GET", server.url())
    clock.advance(60)
    gevent.idle()
    assert client.fetch("GET", server.url()).body == b"ok"
