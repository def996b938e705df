import errno
import socket
from collections.abc import Callable
from typing import Any

import gevent
import pytest

from web.edge.limits import EdgeLimits
from web.edge.no_room import WHY
from web.server import create_server, listen

pytestmark = pytest.mark.live

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
HALF = GET[:-2]
NO_BODY = b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel"


def never(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise AssertionError("no whole request was sent")


def accepted(edge: Any, count: int, begun: bool) -> None:
    """Wait until so many connections are accepted and have read what was sent."""
    with gevent.Timeout(10):
        while sum(1 for one in edge.server.connections if bool(one.wire.last_words) is begun) < count:
            gevent.idle()


def test_half_a_head_is_told_after_ten_seconds(echoing: Any) -> None:
    peer = echoing.connect(HALF)
    accepted(echoing, 1, begun=True)
    echoing.pass_time(9.9)
    assert echoing.server.open == 1
    echoing.pass_time(0.2)
    assert peer.answer()[0] == 408
    assert peer.rest() == b""
    echoing.settle()


def test_dripping_does_not_put_the_deadline_off(echoing: Any) -> None:
    peer = echoing.connect(HALF)
    accepted(echoing, 1, begun=True)
    for _ in range(3):
        echoing.pass_time(3)
        peer.send(b"A: b\r\n")
        gevent.idle()
    assert echoing.server.open == 1
    echoing.pass_time(1.1)
    assert peer.answer()[0] == 408


def test_a_body_has_thirty_seconds(echoing: Any) -> None:
    peer = echoing.connect(NO_BODY)
    accepted(echoing, 1, begun=True)
    echoing.pass_time(29)
    peer.send(b"l")
    gevent.idle()
    assert echoing.server.open == 1
    echoing.pass_time(1.1)
    assert peer.answer()[0] == 408


def test_the_silent_and_the_idle_are_closed_without_a_word(echoing: Any) -> None:
    silent = echoing.connect()
    accepted(echoing, 1, begun=False)
    echoing.pass_time(10)
    assert silent.rest() == b""
    idle = echoing.connect(GET)
    idle.answer()
    accepted(echoing, 1, begun=False)
    echoing.pass_time(14.9)
    idle.send(GET)
    assert idle.answer()[0] == 200
    accepted(echoing, 1, begun=False)
    echoing.pass_time(15)
    assert idle.rest() == b""


def test_two_thousand_half_sent_requests_are_gone_after_fifteen_seconds(build: Callable[..., Any]) -> None:
    edge = build(never, connections_per_address=0)
    for _ in range(2000):
        edge.connect(HALF)
    accepted(edge, 2000, begun=True)
    for _ in range(15):
        edge.pass_time(1)
    edge.settle()
    assert edge.server.counts["late"] == 2000


def test_a_running_application_has_no_deadline(build: Callable[..., Any], gate: Any) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        gate.wait(10)
        start_response("200 OK", [])
        return [b"a"]

    edge = build(app)
    peer = edge.connect(GET)
    accepted(edge, 1, begun=False)
    edge.pass_time(1000)
    gate.set()
    assert peer.answer()[0] == 200


def test_who_does_not_read_is_dropped(build: Callable[..., Any]) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"a" * 30_000_000]

    edge = build(app)
    edge.connect(GET)
    with gevent.Timeout(10):
        while not any(one.wire._writable for one in edge.server.connections):
            gevent.idle()
    edge.pass_time(29)
    assert edge.server.open == 1
    edge.pass_time(2)
    edge.settle()
    assert edge.server.counts["gone"] == 1
    assert edge.errors == []


def test_the_refused_who_keep_sending_are_not_listened_to_for_ever(echoing: Any) -> None:
    peer = echoing.connect(b"\0")
    assert peer.answer()[0] == 400
    assert echoing.server.open == 1
    echoing.pass_time(2.1)
    echoing.settle()


def test_caps(build: Callable[..., Any]) -> None:
    edge = build(never, connections=3, connections_per_address=2)
    for _ in range(2):
        edge.connect()
    status, fields, _ = edge.connect(GET).answer()
    assert (status, fields["retry-after"]) == (429, "5")
    edge.server.admission.per_address = 0
    edge.connect()
    assert edge.connect(GET).answer()[0] == 503
    assert edge.server.counts["connections"] == edge.server.counts["connections_per_address"] == 1
    assert edge.told == [WHY["connections_per_address"], WHY["connections"]]
    assert edge.server.admission.open == 3
    edge.peers[0].close()
    edge.settle(2)
    assert edge.server.admission.open == 2


def test_without_descriptors_it_breathes_and_goes_on(
    echoing: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Exhausted:
        family, type, proto = echoing.server.socket.family, echoing.server.socket.type, echoing.server.socket.proto
        fileno = echoing.server.socket.fileno
        close = echoing.server.socket.close
        tries = 0

        def _accept(self) -> Any:
            self.tries += 1
            if self.tries == 1:
                raise OSError(errno.EMFILE, "too many")
            return real._accept()

    real = echoing.server.socket
    monkeypatch.setattr(echoing.server, "socket", Exhausted())
    assert echoing.connect(GET).answer()[0] == 200
    assert echoing.server.counts["descriptors"] == 1
    assert echoing.told == [WHY["descriptors"]]
    assert capfd.readouterr().err == ""
    monkeypatch.undo()


def test_the_own_timer_sweeps() -> None:
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    server = create_server(listener, never, EdgeLimits(head_time=0.01), on_error=lambda *_: None)
    server.start()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        assert sock.recv(1) == b""
    server.stop(5)
    assert server.counts["late"] == 1
