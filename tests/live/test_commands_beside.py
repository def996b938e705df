"""What a command changes beside a running server takes effect within a second."""

import time

import pytest

from tests.live.clients import PLENTY, Rest, best_of, close_code, publish, publisher, seen, until, viewer
from tests.serving import command

pytestmark = pytest.mark.live


def test_commands_take_effect_within_a_second(tmp_path, serving):
    server = serving(tmp_path / "data", config=PLENTY)  # until() asks more often than 200 times a second
    rest = Rest(server.port)
    watching = viewer(server, "alice")
    alice = server.user_add("alice")
    session = rest.session(alice.token)
    remote = publisher(server, alice.token)
    publish(remote, "live")
    assert seen(watching) == ["live"]
    command(server.data, "token", "revoke", alice.token_id)
    assert close_code(remote) == 1008
    assert seen(watching) == []
    assert rest.put(alice.token, session, "revoked") == 401
    assert rest.ask("GET", f"/session?token={alice.token}")[0] == 401

    def seconds_to_revoke():
        passing = command(server.data, "token", "create", "alice", "--scope", "publish")
        remote = publisher(server, passing["token"])
        publish(remote, "passing")
        assert seen(watching) == ["passing"]
        command(server.data, "token", "revoke", passing["token_id"])
        began = time.monotonic()
        assert close_code(remote) == 1008
        assert seen(watching) == []
        return time.monotonic() - began

    assert best_of(3, seconds_to_revoke) < 1.0

    second = command(server.data, "token", "create", "alice", "--scope", "publish")
    session = rest.session(second["token"])
    assert rest.put(second["token"], session, "second") == 200
    assert seen(watching) == ["second"]
    command(server.data, "user", "remove", "alice")
    until(lambda: rest.put(second["token"], session, "removed") == 401)
    assert best_of(3, lambda: seconds_to_remove(server, rest)) < 1.0
    assert alice.token not in "\n".join(server.lines)
    assert second["token"] not in "\n".join(server.lines)


def seconds_to_remove(server, rest):
    """Until somebody who was just added and removed again may publish no more."""
    token = server.user_add("passing").token
    session = rest.session(token)
    command(server.data, "user", "remove", "passing")
    return until(lambda: rest.put(token, session, "removed") == 401)


def test_a_token_that_ends_by_itself_takes_along_what_lives_by_it(tmp_path, serving):
    server = serving(tmp_path / "data")
    server.user_add("alice")
    short = command(server.data, "token", "create", "alice", "--scope", "publish", "--days", str(3 / 86_400))
    watching = viewer(server, "alice")
    remote = publisher(server, short["token"])
    publish(remote, "for three seconds")
    assert seen(watching) == ["for three seconds"]
    assert close_code(remote) == 1008
    assert seen(watching) == []
    assert Rest(server.port).ask("GET", f"/session?token={short['token']}")[0] == 401


def test_a_token_revoked_while_the_server_is_away_takes_along_what_its_session_said(tmp_path, serving):
    config = "[presenti]\nexpires_ms = 600000\n"
    server = serving(tmp_path / "data", config=config)
    rest = Rest(server.port)
    alice = server.user_add("alice")
    second = command(server.data, "token", "create", "alice", "--scope", "publish")
    for token, title in ((alice.token, "first"), (second["token"], "second")):
        assert rest.put(token, rest.session(token), title) == 200
    server.stop()
    command(server.data, "token", "revoke", alice.token_id)
    for _ in range(2):
        server = serving(tmp_path / "data", config=config)
        assert Rest(server.port).titles("alice") == ["second"]
        server.stop()
