"""Ends: a clean leave, a dropped publisher, and the drain of the whole server."""

import socket
import time
from functools import partial

import pytest

from tests.live.clients import (
    PLENTY,
    Rest,
    best_of,
    close_code,
    descriptors,
    publish,
    publisher,
    raw,
    rest_of,
    seen,
    until,
    viewer,
)

pytestmark = pytest.mark.live

BODY = b'{"presences":[{"title":"in flight"}]}'


@pytest.fixture
def server(tmp_path, serving):
    return serving(tmp_path / "data", config=PLENTY)


def test_a_publishers_end_is_seen_at_once_however_it_ends(server):
    alice = server.user_add("alice")
    watching = viewer(server, "alice")

    def seconds_to_leave(end):
        remote = publisher(server, alice.token)
        publish(remote, "here")
        assert seen(watching) == ["here"]
        began = time.monotonic()
        if end == "close":
            remote.send_close(1000)
            assert close_code(remote) == 1000
        else:
            remote.sock.shutdown(socket.SHUT_RDWR)
        assert seen(watching) == []
        return time.monotonic() - began

    for end in ("close", "shutdown"):
        seconds = best_of(3, partial(seconds_to_leave, end))
        print(f"measured: seen {seconds * 1000:.0f} ms after a publisher's {end}")
        assert seconds < 1.0


def test_a_clean_leave_is_answered_in_kind_and_leaves_nothing_behind(server):
    rest = Rest(server.port)
    rest.titles("alice")
    before = descriptors(server)

    def seconds_to_forget():
        watching = [viewer(server, "alice") for _ in range(20)]
        assert descriptors(server) == before + 20
        for each in watching:
            each.send_close(1001)
            assert close_code(each) == 1001
            each.shutdown()
        return until(lambda: rest.titles("alice") == [] and descriptors(server) == before)

    seconds = best_of(3, seconds_to_forget)
    print(f"measured: 20 watchers gone within {seconds * 1000:.0f} ms")
    assert seconds < 1.0


def test_a_drain(server):
    """SIGTERM: not ready at once, 1012 to everyone, requests in flight answered, exit 0, the port free."""
    alice = server.user_add("alice")
    rest = Rest(server.port)
    session = rest.session(alice.token)
    assert rest.ask("GET", "/readyz")[0] == 200
    watching = [viewer(server, "alice") for _ in range(200)]
    head = f"PUT /session?token={alice.token}&id={session} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(BODY)}\r\n\r\n"
    putting = raw(server, head.encode() + BODY[:5])
    probing = raw(server, b"GET /readyz HTTP/1.1\r\nHost: a\r\n")
    idle = raw(server, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    assert idle.recv(4096).startswith(b"HTTP/1.1 200 ")

    began = time.monotonic()
    server.process.terminate()
    assert rest_of(idle) == b""
    until(lambda: not reachable(server.port))
    probing.sendall(b"\r\n")
    told = rest_of(probing)
    assert told.startswith(b"HTTP/1.1 503 ")
    assert b'"draining":true' in told
    putting.sendall(BODY[5:])
    assert rest_of(putting).startswith(b"HTTP/1.1 200 ")
    assert [close_code(each) for each in watching] == [1012] * 200
    told_in = time.monotonic() - began
    assert server.process.wait(30) == 0
    print(f"measured: 200 watchers told 1012 in {told_in:.1f} s, exit 0 after {time.monotonic() - began:.1f} s")
    assert told_in < 10, "each has 2 ms of the drain, and so they have no more than half a second of its fifteen"
    with socket.socket() as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ours.bind(("127.0.0.1", server.port))
    assert not [line for line in server.lines if "Traceback" in line or "level=error" in line]


def reachable(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True
