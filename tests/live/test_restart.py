"""kill -9 and a start: the same presences, the same remaining leases, and nothing acknowledged is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from tests.live.clients import PLENTY, Rest, change, publish, publisher, seen, stamp, stored, until, viewer
from tests.serving import ROOT, SECONDS

pytestmark = pytest.mark.live

LEASES = (5.0, 15.0, 40.0)
"""Seconds; a machine so busy that one is over before the server is back is given the next."""
ROUNDS = int(os.environ.get("PRESENTLY_TEST_ROUNDS", "5"))


def test_a_lease_ends_at_the_same_instant_and_its_session_goes_on(tmp_path, serving):
    assert any(_outlives_a_kill(partial(serving, tmp_path / f"{lease:.0f}"), lease) for lease in LEASES)


def _outlives_a_kill(begin, lease):
    """One session ends and another, which is renewed, goes on; False where the machine was too busy for this lease."""
    config = f"{PLENTY}[presenti]\nexpires_ms = {lease * 1000:.0f}\n"
    server = begin(config=config)
    alice, bob = server.user_add("alice"), server.user_add("bob")
    rest = Rest(server.port)
    until(lambda: rest.ask("GET", f"/session?token={bob.token}")[0] == 200)
    alices, bobs = rest.session(alice.token), rest.session(bob.token)
    asked = time.time()
    assert rest.put(alice.token, alices, "ends") == 200
    answered = time.time()
    assert rest.put(bob.token, bobs, "goes on") == 200
    until(lambda: len(list(stored(server, "ends"))) == len(list(stored(server, "goes on"))) == 1)
    ((_, due),) = stored(server, "ends")
    assert asked + lease <= due <= answered + lease
    server.kill9()

    server = begin(config=config, port=server.port)
    rest = Rest(server.port)
    titles, watching = rest.titles("alice"), viewer(server, "alice")
    renewed = rest.put(bob.token, bobs, "still goes on")
    if time.time() >= due:
        return False
    assert (titles, renewed) == (["ends"], 200)
    assert seen(watching) == []
    assert time.time() >= due - 0.01
    ended = server.wait_for("event=lease-expired path=presence/directory/alice ")
    assert -0.01 <= stamp(ended) - due <= 1.0
    assert rest.titles("bob") == ["still goes on"]
    assert rest.put(alice.token, alices, "too late") == 401
    return True


def test_a_sockets_claim_returns_for_what_is_left_of_thirty_seconds(tmp_path, serving):
    assert any(_returns_for_the_rest(partial(serving, tmp_path / f"{rest:.0f}"), rest) for rest in LEASES)


def _returns_for_the_rest(begin, left):
    """With so much left after a kill; False where the machine was too busy for that."""
    server = begin()
    alice = server.user_add("alice")
    remote = publisher(server, alice.token)
    publish(remote, "by socket")
    until(lambda: bool(list(stored(server, "by socket"))))
    ((kind, kept),) = stored(server, "by socket")
    assert kind == "socket"
    assert 0 < kept - time.time() <= 30.5
    server.kill9()
    due = time.time() + left  # as if the server had lain there for the rest of the 30 s
    change(server, "UPDATE claims SET until = ? WHERE kind = 'socket'", due)

    server = begin(port=server.port)
    watching = viewer(server, "alice")
    titles = Rest(server.port).titles("alice")
    if time.time() >= due:
        return False
    assert titles == ["by socket"]
    assert seen(watching) == []
    assert time.time() >= due - 0.01
    assert -0.01 <= stamp(server.wait_for("event=lease-expired")) - due <= 1.0
    return True


def test_a_publisher_that_comes_back_after_a_kill_is_shown_once(tmp_path, serving):
    """Seen to fail: what it had said before stood beside what it says now, for up to 30 s."""
    server = serving(tmp_path / "data")
    alice = server.user_add("alice")
    remote = publisher(server, alice.token)
    publish(remote, "song")
    until(lambda: bool(list(stored(server, "song"))))
    server.kill9()
    due = time.time() + 300.0  # as if the start had been as quick as can be
    change(server, "UPDATE claims SET until = ? WHERE kind = 'socket'", due)

    server = serving(tmp_path / "data", port=server.port)
    watching = viewer(server, "alice")
    assert Rest(server.port).titles("alice") == ["song"]
    again = publisher(server, alice.token)
    publish(again, "song")
    assert seen(watching) == ["song"]
    publish(again, "next song")
    assert seen(watching) == ["next song"]
    again.close()
    assert seen(watching) == []


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
