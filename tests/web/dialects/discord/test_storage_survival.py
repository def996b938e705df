"""kill -9 while many write: every answered PUT, PATCH and DELETE is there after the start; and when ann was seen."""

import http.client
import json
import os
import sqlite3
import threading
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

ROUNDS = int(os.environ.get("PRESENTLY_TEST_ROUNDS", "3"))
WRITERS = 8
CONFIG = "[limits]\nrequests_per_second = 0\nconnections_per_address = 0\n[presenti]\nexpires_ms = 1000\n"
GONE = (http.client.HTTPException, ConnectionError, TimeoutError)


class Writer:
    """Writes its own keys on one kept connection until the server is gone; knows what was answered."""

    def __init__(self, number: int, server: Served, token: str, news: threading.Semaphore) -> None:
        self.key = f"w{number}"
        self.server = server
        self.token = token
        self.news = news
        self.answered: int | None = None
        """The newest value of our key that was answered."""
        self.dropped = 0
        """How many of our other keys were written and then taken away, each answered."""

    def write(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            for value in range(100_000):
                self._do(connection, "PUT", f"{LANTERN}/{self.key}", {"value": str(value)}, 200)
                self.answered = value
                self._do(connection, "PATCH", LANYARD, {f"{self.key}d{value}": "x"}, 204)
                self._do(connection, "DELETE", f"{LANYARD}/{self.key}d{value}", None, 204)
                self.dropped += 1
                self.news.release()
        except GONE:
            connection.close()

    def _do(self, connection: http.client.HTTPConnection, method: str, path: str, body: object, status: int) -> None:
        fields = {"Authorization": self.token, "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), fields)
        answer = connection.getresponse()
        assert (answer.status, answer.read()[:1] or b"{") == (status, b"{")


def test_nothing_that_was_answered_is_lost(tmp_path: Path) -> None:
    ann = user_add(tmp_path / "data", "ann", "--discord", ANN)
    server = start(tmp_path / "data", config=CONFIG)
    for round_ in range(ROUNDS):
        with server:
            news = threading.Semaphore(0)
            writers = [Writer(number, server, ann.token, news) for number in range(WRITERS)]
            with ThreadPoolExecutor(WRITERS) as crew:
                writing = [crew.submit(writer.write) for writer in writers]
                for _ in range(10 + 37 * round_):
                    assert news.acquire(timeout=20)
                server.kill9()
            for each in writing:
                each.result()
        server = start(tmp_path / "data", config=CONFIG, port=server.port)
        kept = ask(server, "GET", LANTERN).body
        for writer in writers:
            assert writer.answered is not None
            # What was under way when it died may have been committed without its answer.
            assert int(kept[writer.key]) in {writer.answered, writer.answered + 1}
            assert not {f"{writer.key}d{number}" for number in range(writer.dropped)} & kept.keys()
        assert ask(server, "DELETE", LANTERN, ann.token).status == 200
    server.stop()


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
