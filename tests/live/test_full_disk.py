"""A disk that takes nothing more, on a live server: not ready at once, and ready again by itself."""

import json
import resource

import pytest

from tests.live.clients import Rest, until

pytestmark = pytest.mark.live


def readiness(rest):
    status, body = rest.ask("GET", "/readyz")
    return status, json.loads(body)


def test_a_server_that_cannot_write_is_not_ready_until_it_can(tmp_path, serving):
    server = serving(tmp_path / "data")
    alice, rest = server.user_add("alice"), Rest(server.port)
    until(lambda: readiness(rest) == (200, {"ready": True, "store": True, "supervisors": True, "draining": False}))
    session = rest.session(alice.token)
    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    assert rest.put(alice.token, session, "hello") == 200, "what is written behind goes on in memory"
    until(lambda: readiness(rest) == (503, {"ready": False, "store": False, "supervisors": True, "draining": False}))
    server.wait_for("writing is put off.* reason=.*its disk fails")  # as a limit of the file's size looks to SQLite
    assert rest.ask("GET", "/healthz")[0] == 200
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)
    until(lambda: readiness(rest)[0] == 200)
    server.wait_for("writing-goes-on.*away_seconds")
    assert len([line for line in server.lines if "writing-put-off" in line and "presence/keeper" in line]) == 1
    assert len([line for line in server.lines if "writing-goes-on" in line and "presence/keeper" in line]) == 1
