"""A storm of newcomers does not keep those waiting who are here: their answers take the turns they always take."""

import time
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from gevent.event import AsyncResult

pytestmark = pytest.mark.live

NEWCOMERS = 600
TURNS = 6
"""Times that the application below waits for the hub, as a view does that asks an actor."""
GET = b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n"


def asking(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    if environ["PATH_INFO"] == "/new":
        busy_until = time.perf_counter() + 0.001
        while time.perf_counter() < busy_until:
            pass
    else:
        for _ in range(TURNS):
            answer: AsyncResult[None] = AsyncResult()
            gevent.get_hub().loop.run_callback(answer.set, None)
            answer.get()
    start_response("200 OK", [])
    return [b""]


def test_who_is_here_is_answered_in_the_midst_of_a_storm(build: Callable[..., Any]) -> None:
    edge = build(asking, connections=2 * NEWCOMERS, connections_per_address=2 * NEWCOMERS)
    here = edge.connect(GET % b"here")
    assert here.answer()[0] == 200
    before = edge.server.counts["accepted"]
    edge.server.stop_accepting()
    newcomers = [edge.connect(GET % b"new") for _ in range(NEWCOMERS)]
    here.send(GET % b"here")
    edge.server.start_accepting()
    assert here.answer()[0] == 200
    assert edge.server.counts["accepted"] - before < NEWCOMERS / 2
    for peer in newcomers:
        assert peer.answer()[0] == 200
