"""kill -9 and a start: the same presences, the same remaining leases, and nothing acknowledged is lost."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.live.clients import PLENTY, Rest, change, publish, publisher, seen, stored, until, viewer
from tests.serving import ROOT, SECONDS

pytestmark = pytest.mark.live

LEASE = 6.0
CONFIG = f"[presenti]\nexpires_ms = {LEASE * 1000:.0f}\n"
ROUNDS = int(os.environ.get("PRESENTLY_TEST_ROUNDS", "5"))


def test_a_lease_ends_at_the_same_instant_and_its_session_goes_on(tmp_path, serving):
    server = serving(tmp_path / "data", config=CONFIG)
    alice, bob = server.user_add("alice"), server.user_add("bob")
    rest = Rest(server.port)
    until(lambda: rest.ask("GET", f"/session?token={bob.token}")[0] == 200)
    alices, bobs = rest.session(alice.token), rest.session(bob.token)
    assert rest.put(bob.token, bobs, "goes on") == 200
    began = time.time()
    assert rest.put(alice.token, alices, "ends") == 200
    due = time.time() + LEASE
    until(lambda: len(list(stored(server, "ends"))) == len(list(stored(server, "goes on"))) == 1)
    (kept,) = stored(server, "ends")
    assert began + LEASE <= kept[1] <= due
    server.kill9()

    server = serving(tmp_path / "data", config=CONFIG, port=server.port)
    assert time.time() < due, "the machine is too slow for this test's lease"
    rest = Rest(server.port)
    assert rest.titles("alice") == ["ends"]
    watching = viewer(server, "alice")
    assert rest.put(bob.token, bobs, "still goes on") == 200
    assert seen(watching) == []
    assert -0.01 <= time.time() - due <= 1.0
    assert "path=presence/directory/" in server.wait_for("event=lease-expired")
    assert rest.titles("bob") == ["still goes on"]
    assert rest.put(alice.token, alices, "too late") == 401


def test_a_sockets_claim_returns_for_what_is_left_of_thirty_seconds(tmp_path, serving):
    server = serving(tmp_path / "data")
    alice = server.user_add("alice")
    remote = publisher(server, alice.token)
    publish(remote, "by socket")
    until(lambda: bool(list(stored(server, "by socket"))))
    (kept,) = stored(server, "by socket")
    assert kept[0] == "socket"
    assert 0 < kept[1] - time.time() <= 30.5
    server.kill9()
    due = time.time() + 4.0  # as if the server had lain there for the rest of the 30 s
    change(server, "UPDATE claims SET until = ? WHERE kind = 'socket'", due)

    server = serving(tmp_path / "data", port=server.port)
    watching = viewer(server, "alice")
    assert Rest(server.port).titles("alice") == ["by socket"]
    assert seen(watching) == []
    assert -0.01 <= time.time() - due <= 1.0


def test_what_was_acknowledged_before_a_kill_is_there(tmp_path, serving):
    """Server and command die the moment the command has told what it made; each round keeps all rounds before."""
    server, made = serving(tmp_path / "data", config=PLENTY), {}
    for number in range(ROUNDS):
        adding = subprocess.Popen(
            [sys.executable, "run.py", "user", "add", f"user{number}", "--json", "--data", str(tmp_path / "data")],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        with adding, adding.stdout as told:
            added = json.loads(told.readline())
            adding.send_signal(signal.SIGKILL)
            server.kill9()
            adding.wait(SECONDS)
        made[f"user{number}"] = added["token"]
        server = serving(tmp_path / "data", config=PLENTY, port=server.port)
        rest = Rest(server.port)
        for name, token in made.items():
            assert rest.put(token, rest.session(token), name) == 200
            assert rest.titles(name)[-1] == name
    print(f"measured: {len(made)} accounts and their tokens over {ROUNDS} kills, none lost")
