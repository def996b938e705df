"""Refusals in the application's words: what it is told of the request, and what comes of its own faults."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import gevent
import pytest

from web.edge.head import asked_for
from web.edge.limits import EdgeLimits

pytestmark = pytest.mark.live

PUT = b"PUT /a%20b?c=d HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"


def never(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise AssertionError("no whole request was sent")


def worded(status: HTTPStatus, reason: str, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    if environ["PATH_INFO"] == "/broken":
        raise RuntimeError("secret")
    told = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} {reason}".encode()
    return f"{status.value} {status.phrase}", [("Content-Type", "a/b")], told


@pytest.fixture
def edge(build: Callable[..., Any]) -> Any:
    edge = build(never)
    edge.server.wording = worded
    return edge


@pytest.mark.parametrize("begun", [PUT, PUT + b"\r\nhel"])
def test_lateness_is_told_in_them(edge: Any, begun: bytes) -> None:
    peer = edge.connect(begun)
    with gevent.Timeout(10):
        while not any(one.wire.last_words for one in edge.server.connections):
            gevent.idle()
    edge.pass_time(31)
    status, fields, body = peer.answer()
    assert (status, fields["content-type"], body) == (408, "a/b", b"PUT /a b The request took too long to come.")
    assert (fields["connection"], fields["access-control-allow-origin"]) == ("close", "*")


def test_lateness_of_half_a_line_is_told_in_plain_text(edge: Any) -> None:
    peer = edge.connect(b"GET /a")
    with gevent.Timeout(10):
        while not any(one.wire.last_words for one in edge.server.connections):
            gevent.idle()
    edge.pass_time(31)
    assert peer.answer()[1]["content-type"].startswith("text/plain")


def test_their_own_fault_is_told_once_and_answered_in_plain_text(edge: Any) -> None:
    peer = edge.connect(b"GET /broken HTTP/1.1\r\nHost: a\r\nExpect: b\r\n\r\n")
    status, fields, body = peer.answer()
    assert (status, fields["content-type"]) == (417, "text/plain; charset=utf-8")
    assert b"secret" not in body
    assert [(str(error), *at) for error, *at in edge.errors] == [("secret", "GET", "/broken")]


@pytest.mark.parametrize(
    ("begun", "asked"),
    [
        (b"GET /a HTTP/1.1\r\n", ("GET", "/a")),
        (b"GET /a HTTP/1.1", None),
        (b"GET /a%zz?b HTTP/1.0\r\nX", ("GET", "/a%zz")),
        (b"GET /caf%C3%A9 HTTP/1.1\r\n", ("GET", "/caf\xc3\xa9")),
        (b"GET * HTTP/1.1\r\n", None),
        (b"GET /a HTTP/2.0\r\n", None),
        (b"G(T /a HTTP/1.1\r\n", None),
        (b"GET /" + b"a" * 50, ("GET", "/" + "a" * 27)),
        (b"GET /" + b"a" * 20 + b"?" + b"b" * 50, ("GET", "/" + "a" * 20)),
        (b"a" * 50, None),
        (b"", None),
    ],
)
def test_what_was_asked_for(begun: bytes, asked: tuple[str, str] | None) -> None:
    assert asked_for(begun, EdgeLimits(request_line=32)) == asked
