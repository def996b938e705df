"""When ann was seen outlives the server, and key-values that cannot be durable are refused (see live/test_kills.py)."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.live.clients import until
from tests.serving import Added, Served, start, user_add
from tests.web.dialects.discord.kv_client import ANN, LANTERN, LANYARD, ask

pytestmark = pytest.mark.live

CONFIG = "[limits]\nrequests_per_second = 0\nconnections_per_address = 0\n[presenti]\nexpires_ms = 1000\n"


@pytest.fixture
def ann(tmp_path: Path) -> Added:
    return user_add(tmp_path / "data", "ann", "--discord", ANN)


@pytest.fixture
def server(tmp_path: Path, ann: Added) -> Iterator[Served]:
    with start(tmp_path / "data", config=CONFIG) as served:
        yield served


def _document(server: Served) -> dict[str, object]:
    body: dict[str, object] = ask(server, "GET", f"/api/v1/users/{ANN}").body
    return body


def test_when_somebody_was_seen_last_outlives_the_server(server: Served, ann: Added, tmp_path: Path) -> None:
    unknown = {"unix": None, "raw": None}
    assert _document(server)["last_seen_at"] == unknown
    session = ask(server, "GET", f"/session?token={ann.token}").body["sessionID"]
    target = f"/session?token={ann.token}&id={session}"
    assert ask(server, "PUT", target, None, {"presences": [{"title": "Chess"}]}).status == 200
    assert _document(server)["last_seen_at"] == unknown
    assert ask(server, "DELETE", target).status == 200
    seen = _document(server)["last_seen_at"]
    assert isinstance(seen, dict)
    assert abs(seen["unix"] - time.time()) < 5
    assert server.stop() == 0
    with start(tmp_path / "data", config=CONFIG, port=server.port) as again:
        assert _document(again)["last_seen_at"] == seen
        assert _document(again)["status"] == "offline"


def test_what_cannot_be_durable_is_503_and_reading_goes_on(server: Served, ann: Added) -> None:
    """Another process keeps the database locked; when it lets go all heals by itself."""
    assert ask(server, "PUT", f"{LANTERN}/a", ann.token, {"value": "1"}).status == 200
    with (
        closing(sqlite3.connect(server.data / "presently.sqlite", isolation_level=None, timeout=20)) as rival,
        ThreadPoolExecutor(2) as crew,
    ):
        rival.execute("BEGIN EXCLUSIVE")
        writing = [
            crew.submit(ask, server, "PATCH", f"{LANTERN}/a", ann.token, {"value": "2"}),
            crew.submit(ask, server, "PUT", f"{LANYARD}/b", ann.token, "2"),
        ]
        until(lambda: ask(server, "GET", LANTERN).body == {"a": "1"} and all(each.done() for each in writing))
        for each in writing:
            said = each.result()
            assert (said.status, int(said.fields["Retry-After"]) > 0) == (503, True)
        rival.execute("ROLLBACK")
    until(lambda: ask(server, "PUT", f"{LANYARD}/b", ann.token, "3").status == 204)
    assert ask(server, "GET", LANTERN).body["b"] == "3"
