"""A storm: everybody comes back in the same moment after a restart (1,000 here; PRESENTLY_TEST_STORM asks for more)."""

import os
import time

import gevent
import pytest
from gevent.event import Event

from tests.live.clients import PLENTY, UPGRADE, Rest, raw

pytestmark = pytest.mark.live

CLIENTS = int(os.environ.get("PRESENTLY_TEST_STORM", "1000"))


class Watcher:
    """One client that reads what comes: the answer to its handshake, and its frames."""

    def __init__(self, server, go):
        self.server, self.go = server, go
        self.status, self.heard = b"", b""
        self.connected, self.updated = Event(), Event()

    def run(self):
        self.go.wait()
        connection = raw(self.server, UPGRADE.format(path="/presence/alice").encode())
        connection.settimeout(None)
        while portion := connection.recv(4096):
            self.heard += portion
            self.status = self.heard.partition(b"\r\n")[0]
            if b"activities" in self.heard or b"101" not in self.status:
                self.connected.set()
            if b"after the storm" in self.heard:
                self.updated.set()
        self.connected.set()


def storm(server):
    """All at once; the watchers, their greenlets, and the seconds until the last had its first message."""
    go = Event()
    watchers = [Watcher(server, go) for _ in range(CLIENTS)]
    running = [gevent.spawn(watcher.run) for watcher in watchers]
    began = time.monotonic()
    go.set()
    gevent.wait([watcher.connected for watcher in watchers], timeout=30)
    return watchers, running, time.monotonic() - began


def test_everybody_is_back_within_thirty_seconds(tmp_path, serving):
    server = serving(tmp_path / "data", config=PLENTY)
    alice = server.user_add("alice")
    watchers, running, _ = storm(server)
    assert {watcher.status for watcher in watchers} == {b"HTTP/1.1 101 Switching Protocols"}
    assert server.stop(30) == 0
    gevent.joinall(running, timeout=10, raise_error=True)
    assert sum(b"\x03\xf4" in watcher.heard for watcher in watchers) == CLIENTS, "1012 for each"

    server = serving(tmp_path / "data", config=PLENTY, port=server.port)
    watchers, running, seconds = storm(server)
    print(f"{CLIENTS} clients were back after {seconds:.2f} s")
    assert {watcher.status for watcher in watchers} == {b"HTTP/1.1 101 Switching Protocols"}
    assert all(b"activities" in watcher.heard for watcher in watchers)
    assert seconds < 30
    rest = Rest(server.port)
    assert rest.put(alice.token, rest.session(alice.token), "after the storm") == 200
    assert len(gevent.wait([watcher.updated for watcher in watchers], timeout=10)) == CLIENTS
    gevent.killall(running)
