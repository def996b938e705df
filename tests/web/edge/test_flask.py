from collections.abc import Callable, Iterator
from typing import Any

import flask
import pytest
from gevent.event import AsyncResult

pytestmark = pytest.mark.live

ASK = (
    b"GET /presence/%b HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture
def taken() -> AsyncResult:
    return AsyncResult()


@pytest.fixture
def app(taken: AsyncResult) -> flask.Flask:
    app = flask.Flask("edge")

    @app.get("/presence/<name>", websocket=True)
    def presence(name: str) -> flask.Response:
        if name != "alice":
            flask.abort(404)
        flask.request.environ["presently.socket"] = "websocket"
        flask.request.environ["presently.takeover"] = lambda *given: taken.set(given)
        return flask.Response(status=101)

    @app.put("/session")
    def session() -> Any:
        return {"got": flask.request.get_json(), "agent": flask.request.headers.get("X-Odd")}

    @app.get("/stream")
    def stream() -> flask.Response:
        def parts() -> Iterator[str]:
            yield "a"
            yield "b"

        return flask.Response(parts())

    return app


def test_flask_decides_and_the_edge_upgrades(build: Callable[..., Any], app: flask.Flask, taken: AsyncResult) -> None:
    edge = build(app)
    assert edge.connect(ASK % b"mallory").answer()[0] == 404
    assert edge.connect(b"GET /presence/alice HTTP/1.1\r\nHost: a\r\n\r\n").answer()[0] in {400, 404}
    edge.connect(ASK % b"alice").until(b"101 Switching Protocols\r\n")
    sock, buffered, ticket = taken.get(timeout=10)
    assert buffered == b""
    sock.close()
    ticket.release()
    assert edge.errors == []


def test_flask_answers_in_one_write(build: Callable[..., Any], app: flask.Flask, writes: list[bytes]) -> None:
    edge = build(app)
    head = b"PUT /session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-Odd: b\r\n"
    peer = edge.connect(head + b"Content-Length: 7\r\n\r\n" + b'{"a":1}')
    assert flask.json.loads(peer.answer()[2]) == {"got": {"a": 1}, "agent": "b"}
    assert len(writes) == 1
    peer.send(head + b"Transfer-Encoding: chunked\r\n\r\n7\r\n" + b'{"a":2}' + b"\r\n0\r\n\r\n")
    assert flask.json.loads(peer.answer()[2])["got"] == {"a": 2}


def test_flask_streams(build: Callable[..., Any], app: flask.Flask) -> None:
    peer = build(app).connect(b"GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
    peer.until(b"\r\n\r\n")
    assert peer.until(b"0\r\n\r\n") == b"1\r\na\r\n1\r\nb\r\n0\r\n\r\n"
