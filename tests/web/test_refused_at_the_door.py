"""What the front door refuses is told in the words of whose path it is; what cannot be read at all, in plain text."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.serving import Served, start

pytestmark = pytest.mark.live

ORIGIN = b"Origin: https://pages.example\r\n"
PLAIN = "text/plain"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with start(tmp_path_factory.mktemp("door") / "data", config="[limits]\nrequests_per_second = 0\n") as server:
        yield server


def say(server: Served, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """One answer and the end of the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.sendall(data)
        heard = b""
        while portion := sock.recv(65536):
            heard += portion
    head, _, body = heard.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split(" ")[1]), {n.lower(): v for n, _, v in (line.partition(": ") for line in lines)}, body


def large(method: bytes, path: bytes) -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\nHost: a\r\n" + ORIGIN + b"Content-Length: 99999999\r\n\r\n"


JSON = "application/json"
OWNERS = [
    (b"PUT", b"/session", JSON, {"error": "The body is too large.", "code": 413}),
    (b"PUT", b"/api/session?id=x&token=y", JSON, {"error": "The body is too large.", "code": 413}),
    (b"POST", b"/ping", PLAIN, b"Request Entity Too Large\n"),
    (b"POST", b"/register", PLAIN, b"the body is too large"),
    (b"PATCH", b"/api/v1/users/1/storage", JSON, {"error": "The body is too large."}),
    (
        *(b"PATCH", b"/v1/users/1/kv", JSON),
        {"success": False, "error": {"code": "too_large", "message": "The body is too large."}},
    ),
]


@pytest.mark.parametrize(("method", "path", "kind", "told"), OWNERS)
def test_a_body_too_large(server: Served, method: bytes, path: bytes, kind: str, told: Any) -> None:
    status, fields, body = say(server, large(method, path))
    assert (status, fields["content-type"].partition(";")[0]) == (413, kind)
    assert (body if isinstance(told, bytes) else json.loads(body)) == told
    assert fields["connection"] == "close"
    assert fields["access-control-allow-origin"] == "*"


def test_problem_documents(server: Served) -> None:
    status, fields, body = say(server, large(b"PUT", b"/v2/users/ann/claims/x"))
    assert (status, fields["content-type"]) == (413, "application/problem+json")
    assert (json.loads(body)["status"], json.loads(body)["code"]) == (413, "too-large")
    status, fields, body = say(server, large(b"POST", b"/api/activities"))
    assert (status, fields["content-type"]) == (413, "application/problem+json; charset=utf-8")
    assert json.loads(body)["title"] == "Payload Too Large"


def test_pages_say_it_to_people(server: Served) -> None:
    status, fields, body = say(server, large(b"GET", b"/u/ann"))
    assert (status, fields["content-type"]) == (413, "text/html; charset=utf-8")
    assert b"This request is too large." in body


def test_head_has_no_body(server: Served) -> None:
    assert say(server, large(b"HEAD", b"/v2/users/ann"))[2] == b""


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (400, b"GET /v1/users/%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET /v1/users/1%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
        (400, b"GET /v1/users/1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        (400, b"PUT /v1/users/1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n"),
        (413, b"PUT /v1/users/1/kv/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"),
        (414, b"GET /v1/users/" + b"1" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
        (414, b"GET /v1/users/1?a=" + b"1" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n"),
        (417, b"GET /v1/users/1 HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n"),
        (431, b"GET /v1/users/1 HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 99 + b"\r\n"),
        (431, b"GET /v1/users/1 HTTP/1.1\r\nHost: a\r\nA: " + b"b" * 40_000),
    ],
)
def test_a_head_that_will_not_do_where_the_path_is_known(server: Served, status: int, data: bytes) -> None:
    said, fields, body = say(server, data)
    assert (said, fields["content-type"].partition(";")[0], json.loads(body)["success"]) == (status, JSON, False)
    assert (fields["access-control-allow-origin"], fields["connection"]) == ("*", "close")


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (400, b"nonsense\r\n\r\n"),
        (400, b"GET /v1/users/1 HTTP/1.1\nHost: a\n\n"),
        (400, b"GET /v1/users/1 2 HTTP/1.1\r\nHost: a\r\n\r\n"),
        (414, b"x" * 20_000),
        (505, b"GET /v1/users/1 HTTP/2.0\r\nHost: a\r\n\r\n"),
    ],
)
def test_what_cannot_be_read_is_told_in_plain_text(server: Served, status: int, data: bytes) -> None:
    said, fields, body = say(server, data)
    assert (said, fields["content-type"], body.endswith(b".\n")) == (status, f"{PLAIN}; charset=utf-8", True)


def test_a_handshake_that_is_none(server: Served) -> None:
    begun = b"Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    status, fields, body = say(server, b"GET /presence/ann HTTP/1.1\r\n" + begun + b"Sec-WebSocket-Version: 8\r\n\r\n")
    assert (status, fields["sec-websocket-version"], fields["connection"]) == (426, "13", "close, Upgrade")
    assert json.loads(body) == {"error": "Only version 13 of WebSocket is spoken here.", "code": 426}
