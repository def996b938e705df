import _socket
import gc
import weakref
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from gevent.event import AsyncResult

pytestmark = pytest.mark.live

ASK = (
    b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Taking:
    """An application that takes sockets over."""

    def __init__(self, status: str = "200 OK", **marks: Any) -> None:
        self.status = status
        self.marks = {"presently.socket": "websocket"} | marks
        self.taken: AsyncResult = AsyncResult()
        self.closed = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> "Taking":
        self.environ = environ
        environ.update({"presently.takeover": self.take} | self.marks)
        start_response(self.status, [("Content-Type", "text/event-stream"), ("Content-Length", "7")])
        return self

    def __iter__(self) -> Any:
        return iter([b": ", b"hello"])

    def close(self) -> None:
        self.closed += 1

    def take(self, sock: _socket.socket, buffered: bytes, ticket: Any) -> None:
        self.taken.set((sock, buffered, ticket))

    def result(self) -> tuple[_socket.socket, bytes, Any]:
        sock, buffered, ticket = self.taken.get(timeout=10)
        return sock, buffered, ticket


def test_a_websocket_is_handed_over(build: Callable[..., Any], greenlets: Callable[[], int]) -> None:
    app = Taking()
    edge = build(app)
    before = greenlets()
    peer = edge.connect(ASK + b"\x81\x80early")
    head = peer.until(b"\r\n\r\n")
    assert head == (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nConnection: Upgrade\r\n\r\n"
    )
    sock, buffered, ticket = app.result()
    edge.settle()
    assert type(sock) is _socket.socket
    assert sock.gettimeout() == 0
    assert buffered == b"\x81\x80early"
    assert app.environ["presently.websocket"] is True
    assert app.closed == 1
    with gevent.Timeout(10):
        while greenlets() != before:
            gevent.idle()
    assert edge.server.admission.open == 1
    edge.pass_time(10_000)
    sock.send(b"frame")
    assert peer.take(5) == b"frame"
    sock.close()
    ticket.release()
    assert peer.rest() == b""
    assert edge.server.admission.open == 0


@pytest.mark.parametrize(("offered", "echoed"), [(b"a, b", b"Sec-WebSocket-Protocol: b\r\n"), (b"a", b"500 ")])
def test_subprotocols(build: Callable[..., Any], offered: bytes, echoed: bytes) -> None:
    app = Taking(**{"presently.subprotocol": "b"})
    edge = build(app)
    peer = edge.connect(ASK.replace(b"Host", b"Sec-WebSocket-Protocol: " + offered + b"\r\nHost"))
    assert echoed in peer.until(b"\r\n\r\n")
    if echoed.startswith(b"500"):
        assert len(edge.errors) == 1
        return
    sock, _, ticket = app.result()
    sock.close()
    ticket.release()


@pytest.mark.parametrize(
    ("change", "to", "status"),
    [
        (b"Version: 13", b"Version: 8", 426),
        (b"Sec-WebSocket-Version: 13\r\n", b"", 426),
        (b"Upgrade: websocket\r\n", b"", 426),
        (b", Upgrade", b"", 426),
        (b"HTTP/1.1", b"HTTP/1.0", 426),
        (b"GET", b"POST", 426),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"short", 400),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"\xff\xfe", 400),
        (b"Sec-WebSocket-Key", b"X", 400),
    ],
)
def test_a_handshake_that_is_none(build: Callable[..., Any], change: bytes, to: bytes, status: int) -> None:
    app = Taking()
    edge = build(app)
    peer = edge.connect(ASK.replace(change, to))
    answered, fields, _ = peer.answer()
    assert answered == status
    if status == 426:
        assert (fields["upgrade"], fields["sec-websocket-version"]) == ("websocket", "13")
        assert fields["connection"] == "close, Upgrade"
    assert peer.rest() == b""
    edge.settle()
    assert not app.taken.ready()
    assert edge.errors == []
    assert edge.server.admission.open == 0


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"])
def test_the_application_may_refuse_before_any_101(build: Callable[..., Any], status: str) -> None:
    app = Taking(status)
    peer = build(app).connect(ASK)
    answered, fields, body = peer.answer()
    assert (answered, body, fields["connection"]) == (int(status[:3]), b": hello", "close")
    assert not app.taken.ready()


def test_an_event_stream_is_handed_over_with_its_head(
    build: Callable[..., Any], writes: list[bytes], greenlets: Callable[[], int]
) -> None:
    app = Taking(**{"presently.socket": "events"})
    edge = build(app)
    before = greenlets()
    peer = edge.connect(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
    head = peer.until(b"\r\n\r\n")
    assert b"Connection: close\r\n" in head
    assert b"Content-Length" not in head
    assert b"Transfer-Encoding" not in head
    assert peer.take(7) == b": hello"
    sock, buffered, ticket = app.result()
    assert (buffered, len(writes)) == (b"", 1)
    edge.settle()
    with gevent.Timeout(10):
        while greenlets() != before:
            gevent.idle()
    sock.send(b"data: 1\n\n")
    sock.close()
    ticket.release()
    assert peer.rest() == b"data: 1\n\n"


def test_head_of_an_event_stream_is_no_stream(build: Callable[..., Any]) -> None:
    app = Taking(**{"presently.socket": "events"})
    peer = build(app).connect(b"HEAD /events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert b"\r\n\r\n" in peer.until(b"\r\n\r\n")
    assert peer.rest() == b""
    assert not app.taken.ready()


def test_a_takeover_that_fails_closes_once(build: Callable[..., Any]) -> None:
    app = Taking()

    def fail(sock: Any, buffered: bytes, ticket: Any) -> None:
        raise RuntimeError("no actor")

    app.take = fail  # type: ignore[method-assign]
    edge = build(app)
    peer = edge.connect(ASK)
    peer.until(b"\r\n\r\n")
    assert peer.rest() == b""
    edge.settle()
    assert len(edge.errors) == 1
    assert edge.server.admission.open == 0


def test_the_cap_counts_sockets_taken_over(build: Callable[..., Any]) -> None:
    app = Taking()
    edge = build(app, connections=1)
    edge.connect(ASK).until(b"\r\n\r\n")
    sock, _, ticket = app.result()
    edge.settle()
    assert edge.connect(ASK).answer()[0] == 503
    sock.close()
    ticket.release()
    app.taken = AsyncResult()
    edge.connect(ASK).until(b"101 Switching")
    sock, _, ticket = app.result()
    sock.close()
    ticket.release()


def test_an_event_stream_may_be_written_into_a_websockets_place(build: Callable[..., Any]) -> None:
    """The same descriptor numbers come again: what was watched before must not be watched now."""
    for _ in range(20):
        app = Taking()
        edge = build(app)
        peer = edge.connect(ASK[:30])
        gevent.idle()
        peer.send(ASK[30:])
        peer.until(b"\r\n\r\n")
        sock, _, ticket = app.result()
        sock.close()
        ticket.release()
        assert peer.rest() == b""


def test_whoever_takes_a_socket_over_keeps_nothing_of_the_request(build: Callable[..., Any]) -> None:
    """Its environ is some kilobytes. Without the collector, for whom they would wait long in a full house."""
    taken: AsyncResult = AsyncResult()
    requests: list[Any] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        requests.append(weakref.ref(environ["wsgi.input"]))
        environ["presently.takeover"] = lambda *given: taken.set(given)
        start_response("200 OK", [])
        return []

    gc.disable()
    try:
        edge = build(app)
        peer = edge.connect(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        peer.until(b"\r\n\r\n")
        sock, _, ticket = taken.get(timeout=10)
        edge.settle()
        with gevent.Timeout(10):
            while requests[0]() is not None:
                gevent.idle()
    finally:
        gc.enable()
    sock.close()
    ticket.release()
