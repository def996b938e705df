"""A storm: everybody comes back in the same moment after a restart (1,000 here; PRESENTLY_TEST_STORM asks for more)."""

import errno
import os
import random
import socket
import time
from collections import Counter

import gevent
import pytest
from gevent.event import Event

from tests.live.clients import PLENTY, UPGRADE, Rest
from tests.serving import SECONDS

pytestmark = pytest.mark.live

CLIENTS = int(os.environ.get("PRESENTLY_TEST_STORM", "1000"))
BACK_S = 30.0
PAUSE_S = (0.5, 2.0)
"""A try in vain is followed by a pause between nothing and the first of these, doubled each time up to the second."""
HELLO = UPGRADE.format(path="/presence/alice").encode()
PING, PONG = b"\x89\x00", b"\x8a\x80" + b"\0" * 4
SWITCHED = b"HTTP/1.1 101 Switching Protocols"
RESTARTED = b"\x88\x02\x03\xf4"
"""The frame that closes with 1012."""
CUT_OFF = frozenset({errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE})


class Headcount:
    """How many clients something has happened to, and whether it was all of them."""

    def __init__(self):
        self.count, self.everybody = 0, Event()

    def one_more(self):
        self.count += 1
        if self.count == CLIENTS:
            self.everybody.set()


class Visits:
    """What became of one coming of the crowd."""

    def __init__(self):
        self.here, self.updated, self.left = Headcount(), Headcount(), Headcount()
        self.answers, self.tries_in_vain, self.told_1012 = Counter(), Counter(), 0


class Crowd:
    """Clients as real ones are: they read what comes, and who is refused or cut off tries again, but not in step.

    They come at once when the gate opens, and at once again when they are cut off while it is open.
    """

    def __init__(self, port):
        self.address, self.gate, self.over, self.visits = ("127.0.0.1", port), Event(), Event(), Visits()
        self.clients = [gevent.spawn(self.stay) for _ in range(CLIENTS)]

    def stay(self):
        """One client's life: it visits until the test is over."""
        self.gate.wait()
        pause = PAUSE_S[0]
        while not self.over.is_set():
            if self.visit(self.visits):
                self.gate.wait()
                pause = PAUSE_S[0]
            else:
                self.over.wait(random.uniform(0, pause))
                pause = min(2 * pause, PAUSE_S[1])

    def visit(self, visits):
        """Connect, and read until the end; whether it ever had its first message."""
        heard = b""
        try:
            with socket.create_connection(self.address, timeout=SECONDS) as connection:
                connection.sendall(HELLO)
                connection.settimeout(None)
                while portion := connection.recv(4096):
                    before, heard = heard, heard + portion
                    note(visits, before, heard)
                    if portion.endswith(PING):
                        connection.sendall(PONG)
        except OSError as error:
            if error.errno not in CUT_OFF:
                raise
            visits.tries_in_vain[errno.errorcode[error.errno]] += 1
        if b"activities" not in heard:
            return False
        visits.told_1012 += heard.endswith(RESTARTED)
        visits.left.one_more()
        return True

    def next_visits(self):
        """What will become of the visits that begin from now on."""
        self.visits = Visits()
        return self.visits

    def end(self):
        """Let everybody go; raises what a client failed of."""
        self.over.set()
        self.gate.set()
        assert len(gevent.joinall(self.clients, timeout=SECONDS, raise_error=True)) == CLIENTS


def note(visits, before, heard):
    """Count what this portion completes: the answer's first line, the first message, the update."""
    if b"\r\n" in heard and b"\r\n" not in before:
        visits.answers[heard.partition(b"\r\n")[0]] += 1
    if b"activities" in heard and b"activities" not in before:
        visits.here.one_more()
    if b"after the storm" in heard and b"after the storm" not in before:
        visits.updated.one_more()


@pytest.mark.parametrize("end", ["drain", "kill"])
def test_everybody_is_back_within_thirty_seconds(tmp_path, serving, end):
    """After a drain all wait until it is up again and come at once; after kill -9 they try while nobody listens."""
    server = serving(tmp_path / "data", config=PLENTY)
    alice = server.user_add("alice")
    crowd = Crowd(server.port)
    first = crowd.next_visits()
    crowd.gate.set()
    assert first.here.everybody.wait(BACK_S)
    again = crowd.next_visits()
    if end == "drain":
        crowd.gate.clear()
        assert server.stop(30) == 0
        assert first.left.everybody.wait(SECONDS)
        assert first.told_1012 == CLIENTS
    else:
        server.kill9()
    began = time.monotonic()
    server = serving(tmp_path / "data", config=PLENTY, port=server.port)
    crowd.gate.set()
    assert again.here.everybody.wait(BACK_S), "from its being ready on: how long a start takes is another promise"
    seconds = time.monotonic() - began
    in_vain = ", ".join(f"{count:,} x {name}" for name, count in again.tries_in_vain.items()) or "none"
    print(f"measured: {CLIENTS:,} clients were back {seconds:.1f} s after the {end}, tries in vain: {in_vain}")
    assert again.answers == {SWITCHED: CLIENTS}
    assert again.told_1012 == 0
    rest = Rest(server.port)
    assert rest.put(alice.token, rest.session(alice.token), "after the storm") == 200
    assert again.updated.everybody.wait(SECONDS)
    server.kill9()
    crowd.end()
