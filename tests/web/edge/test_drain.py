import socket
from collections.abc import Callable
from typing import Any

import gevent
import pytest

pytestmark = pytest.mark.live

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def gated(build: Callable[..., Any], gate: Any) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/wait":
            app.waiting += 1  # type: ignore[attr-defined]
            gate.wait(10)
        start_response("200 OK", [])
        return [b"a"]

    app.waiting = 0  # type: ignore[attr-defined]
    return build(app)


def until(condition: Callable[[], bool]) -> None:
    with gevent.Timeout(10):
        while not condition():
            gevent.idle()


def test_running_requests_finish_and_idle_ones_end(gated: Any, gate: Any) -> None:
    idle = gated.connect(GET)
    idle.answer()
    silent = gated.connect()
    running = gated.connect(GET.replace(b"/a", b"/wait"))
    begun = gated.connect(GET[:-2])
    until(lambda: gated.application.waiting == 1 and gated.server.counts["accepted"] == 4)
    until(lambda: any(one.wire.last_words for one in gated.server.connections))
    gevent.spawn(gated.server.drain).join()
    assert idle.rest() == silent.rest() == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", gated.port), timeout=10)
    assert not gated.server.wait_drained(0)
    begun.send(b"\r\n")
    gate.set()
    for peer in (running, begun):
        status, fields, _ = peer.answer()
        assert (status, fields["connection"]) == (200, "close")
    assert gated.server.wait_drained(10)


def test_who_already_stands_in_the_queue_is_served(gated: Any) -> None:
    gated.server.stop_accepting()
    queue = [gated.connect(GET) for _ in range(40)]
    gated.server.drain()
    for queued in queue:
        assert queued.answer()[0] == 200
    assert gated.server.wait_drained(10)


def test_draining_nothing_is_done_at_once(gated: Any) -> None:
    gated.server.drain()
    gated.server.drain()
    assert gated.server.wait_drained(0)


def test_stop_ends_what_does_not_finish(gated: Any, gate: Any) -> None:
    peer = gated.connect(GET.replace(b"/a", b"/wait"))
    until(lambda: gated.application.waiting == 1)
    gated.server.stop(0)
    assert peer.rest() == b""
    gate.set()
    gated.settle()
    assert gated.server.counts["gone"] == 1
    assert gated.errors == []
