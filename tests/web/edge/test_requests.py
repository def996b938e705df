import random
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from web.edge.connection import IN_A_ROW

pytestmark = pytest.mark.live

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"


def put(body: bytes, extra: bytes = b"") -> bytes:
    return b"PUT /b HTTP/1.1\r\nHost: a\r\n%bContent-Length: %d\r\n\r\n%b" % (extra, len(body), body)


def test_a_kept_connection_answers_one_after_another(echoing: Any) -> None:
    peer = echoing.connect()
    for number in range(3):
        peer.send(put(b"%d" % number))
        status, fields, body = peer.answer()
        assert (status, body) == (200, b"PUT /b %d" % number)
        assert fields == {
            "content-type": "text/plain",
            "content-length": "8",
            "date": "Thu, 01 Jan 1970 00:00:00 GMT",
        }
    assert echoing.server.counts["accepted"] == 1


def test_pipelined_requests_are_answered_in_order(echoing: Any) -> None:
    peer = echoing.connect(b"\r\n" + GET + put(b"hello") + b"\r\n" + GET.replace(b"/a", b"/c") + put(b"x"))
    assert [peer.answer()[2] for _ in range(4)] == [b"GET /a ", b"PUT /b hello", b"GET /c ", b"PUT /b x"]


def test_a_request_may_come_byte_by_byte(echoing: Any) -> None:
    peer = echoing.connect()
    for byte in put(b"hello"):
        peer.send(bytes([byte]))
        gevent.idle()
    assert peer.answer()[2] == b"PUT /b hello"


def test_heads_that_differ_on_one_connection_are_read_anew(echoing: Any) -> None:
    peer = echoing.connect(put(b"ab") + put(b"cd") + GET + put(b"efg"))
    assert [peer.answer()[2] for _ in range(4)] == [b"PUT /b ab", b"PUT /b cd", b"GET /a ", b"PUT /b efg"]


def test_who_pipelines_gives_others_their_turn(build: Callable[..., Any]) -> None:
    """Seen to fail: 500 requests that came in one portion were answered in one go, and everybody waited."""
    paths: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        paths.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return [b"a"]

    edge = build(app)
    greedy, *modest = [edge.connect(GET) for _ in range(5)]
    for peer in (greedy, *modest):
        peer.answer()
    paths.clear()
    for peer in modest[:2]:
        peer.send(GET.replace(b"/a", b"/b"))
    greedy.send(GET * 500)
    for peer in modest[2:]:
        peer.send(GET.replace(b"/a", b"/b"))
    for peer in modest:
        assert peer.answer()[0] == 200
    assert "".join(paths).rindex("/b") / 2 <= len(modest) + 2 * IN_A_ROW
    assert [greedy.answer()[0] for _ in range(500)] == [200] * 500


def test_chunks_and_what_follows_them(echoing: Any) -> None:
    head = b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
    peer = echoing.connect(head + b"5\r\nhel")
    peer.send(b"lo\r\n3;x\r\n yo\r\n0\r\n\r\n" + GET)
    assert [peer.answer()[2] for _ in range(2)] == [b"POST /c hello yo", b"GET /a "]


def test_the_body_is_invited(echoing: Any) -> None:
    peer = echoing.connect(put(b"", b"Expect: 100-continue\r\n").replace(b"Length: 0", b"Length: 5"))
    assert peer.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    peer.send(b"hello")
    assert peer.answer()[2] == b"PUT /b hello"


def test_nobody_is_invited_to_a_body_too_large(echoing: Any) -> None:
    peer = echoing.connect(put(b"", b"Expect: 100-continue\r\n").replace(b"Length: 0", b"Length: 70000"))
    assert peer.answer()[0] == 413


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (400, GET.replace(b"\r\n", b"\n")),
        (400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, b"GET / HTTP/1.1\r\nHost: a\r\nX_A: b\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n"),
        (400, b"\r\n\r\n\r\n\r\n"),
        (413, put(b"a" * 65_537)),
        (413, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n"),
        (414, b"GET /" + b"a" * 100_000),
        (431, b"GET / HTTP/1.1\r\nA: " + b"a" * 100_000),
        (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ],
)
def test_a_refusal_arrives_and_ends_the_connection(echoing: Any, status: int, data: bytes) -> None:
    peer = echoing.connect(data + GET)
    answered, fields, _ = peer.answer()
    assert (answered, fields["connection"]) == (status, "close")
    assert peer.rest() == b""
    peer.close()
    echoing.settle()
    assert echoing.server.counts[str(status)] == 1
    assert echoing.errors == []


def test_a_route_may_take_larger_bodies(build: Callable[..., Any]) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"%d" % len(environ["wsgi.input"].read())]

    edge = build(app, body_limit=lambda method, path: 1 << 20 if (method, path) == ("PUT", "/b") else 1)
    assert edge.connect(put(b"a" * 900_000)).answer()[2] == b"900000"
    assert edge.connect(put(b"ab").replace(b"/b", b"/c")).answer()[0] == 413


def test_the_environ(build: Callable[..., Any]) -> None:
    seen: list[dict[str, Any]] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ)
        start_response("204 No Content", [])
        return []

    edge = build(app)
    peer = edge.connect(b"GET /caf%C3%A9?a=%20 HTTP/1.1\r\nHost: a\r\nAccept: b\r\nContent-Type: c/d\r\n\r\n")
    status, fields, _ = peer.answer()
    assert status == 204
    assert "content-length" not in fields
    environ = seen[0]
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/café"
    assert (environ["QUERY_STRING"], environ["RAW_URI"]) == ("a=%20", "/caf%C3%A9?a=%20")
    assert (environ["HTTP_ACCEPT"], environ["CONTENT_TYPE"]) == ("b", "c/d")
    assert (environ["REMOTE_ADDR"], environ["SERVER_PORT"]) == ("127.0.0.1", str(edge.port))
    assert environ["presently.websocket"] is False


def test_head_and_http_1_0(echoing: Any) -> None:
    peer = echoing.connect(GET.replace(b"GET", b"HEAD"))
    assert b"Content-Length: 8\r\n" in peer.until(b"\r\n\r\n")
    peer.send(GET.replace(b"1.1", b"1.0"))
    assert peer.answer()[1]["connection"] == "close"
    assert peer.rest() == b""
    peer = echoing.connect(GET.replace(b"1.1\r\n", b"1.0\r\nConnection: keep-alive\r\n"))
    assert peer.answer()[1]["connection"] == "keep-alive"
    peer.send(GET.replace(b"1.1\r\n", b"1.0\r\nConnection: keep-alive, close\r\n"))
    assert peer.answer()[1]["connection"] == "close"
    assert peer.rest() == b""


@pytest.mark.parametrize("behind", [GET * 40_000, b"\0" * 1_000_000])
@pytest.mark.parametrize(
    "last", [GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), GET.replace(b"/a", b"/fail")]
)
def test_no_reset_overtakes_a_last_answer(build: Callable[..., Any], last: bytes, behind: bytes) -> None:
    """RFC 9112 section 9.6. Seen to fail: what was pipelined behind the last request made the close a reset."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/fail":
            raise RuntimeError("ours")
        start_response("200 OK", [])
        return [b"a"]

    edge = build(app)
    peer = edge.connect(last + behind)
    assert peer.answer()[0] == (500 if b"fail" in last else 200)
    peer.sock.shutdown(socket.SHUT_WR)
    assert peer.sock.recv(1) == b""
    edge.settle()
    assert edge.server.counts["gone"] == 0


def test_who_pipelines_for_ever_behind_a_last_request_is_not_listened_to(echoing: Any) -> None:
    peer = echoing.connect(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"\0" * 100_000)
    assert peer.answer()[0] == 200
    assert echoing.server.open == 1
    echoing.pass_time(2.1)
    echoing.settle()


def parts(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    fields = [("Content-Length", "6")] if "length" in environ["PATH_INFO"] else []
    start_response("200 OK", fields)
    yield b"abc"
    yield b""
    yield b"def" if "short" not in environ["PATH_INFO"] else b"d"


def test_streams(build: Callable[..., Any]) -> None:
    edge = build(parts)
    peer = edge.connect(GET)
    assert b"Transfer-Encoding: chunked\r\n" in peer.until(b"\r\n\r\n")
    assert peer.until(b"0\r\n\r\n") == b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
    peer.send(GET.replace(b"/a", b"/length"))
    assert peer.answer()[2] == b"abcdef"
    peer.send(GET.replace(b"GET", b"HEAD"))
    assert b"Connection: close" in peer.until(b"\r\n\r\n")
    assert peer.rest() == b""
    peer = edge.connect(GET.replace(b"1.1", b"1.0"))
    assert b"Transfer-Encoding" not in peer.until(b"\r\n\r\n")
    assert peer.rest() == b"abcdef"
    peer = edge.connect(GET.replace(b"/a", b"/length-short"))
    peer.until(b"\r\n\r\n")
    assert peer.rest() == b"abcd"
    assert [type(error[0]) for error in edge.errors] == [ValueError]


@pytest.mark.parametrize("request_", [GET, put(b"hello"), GET.replace(b"GET", b"HEAD")])
def test_one_write_for_one_answer(echoing: Any, writes: list[bytes], request_: bytes) -> None:
    echoing.connect(request_).until(b"\r\n\r\n")
    assert len(writes) == 1


def raising(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    kind = environ["PATH_INFO"]
    if kind == "/timeout":
        raise gevent.Timeout(1)
    if kind == "/reset":
        raise ConnectionResetError("of an upstream, not of the peer")
    if kind == "/unstarted":
        return [b"a"]
    fields = {"/break": [("A", "b\r\nC: d")], "/length": [("Content-Length", "9")]}.get(kind, [])
    start_response({"/interim": "101 Switching Protocols", "/body": "204 No Content"}.get(kind, "200 OK"), fields)
    if kind == "/raise":
        raise RuntimeError("secret")
    return [b"a"]


@pytest.mark.parametrize(
    "path", ["/raise", "/timeout", "/reset", "/unstarted", "/break", "/length", "/interim", "/body"]
)
def test_a_failing_application_is_told_once_and_says_nothing(build: Callable[..., Any], path: str) -> None:
    edge = build(raising)
    peer = edge.connect(GET.replace(b"/a", path.encode()))
    status, fields, body = peer.answer()
    assert (status, fields["connection"]) == (500, "close")
    assert b"secret" not in body
    assert peer.rest() == b""
    assert [error[1:] for error in edge.errors] == [("GET", path)]


def test_a_reset_is_no_error(build: Callable[..., Any], gate: Any, capfd: pytest.CaptureFixture[str]) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        gate.wait(10)
        start_response("200 OK", [])
        return [b"a" * 4_000_000]

    edge = build(app)
    for data in (GET, GET[:20], put(b"hello")[:-2], b""):
        peer = edge.connect(data)
        edge_open = edge.server.counts["accepted"]
        with gevent.Timeout(10):
            while edge.server.counts["accepted"] == edge_open and edge.server.open < 1:
                gevent.idle()
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
    gate.set()
    edge.settle()
    assert edge.errors == []
    assert capfd.readouterr().err == ""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=300), max_size=4), st.booleans())
def test_random_bytes_leave_nothing_behind(echoing: Any, junk: list[bytes], begin_well: bool) -> None:
    peer = echoing.connect(b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" if begin_well else b"")
    try:
        for piece in junk:
            peer.send(piece)
        peer.sock.shutdown(socket.SHUT_WR)
    except OSError:
        assert echoing.server.counts.total() > 1
    peer.rest()
    peer.close()
    echoing.settle()
    assert echoing.errors == []


def test_ten_thousand_random_bytes(echoing: Any, capfd: pytest.CaptureFixture[str]) -> None:
    peer = echoing.connect(random.Random(7).randbytes(10_000))
    assert peer.rest().startswith(b"HTTP/1.1 400 ")
    peer.close()
    echoing.settle()
    assert echoing.errors == []
    assert capfd.readouterr().err == ""
