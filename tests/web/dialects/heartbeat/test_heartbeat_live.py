"""The heartbeat over a real server: spec/heartbeat.md section 10's conformance tests."""

import http.client
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.event_stream import EventStream
from tests.live.clients import best_of, until
from tests.serving import Served, start

pytestmark = pytest.mark.live
CONFIG = '[limits]\nrequests_per_second = 0\n[web]\norigins = ["https://pages.example"]\n'
BUSY = 2.0
"""Seconds that one attempt at a locked database takes: whoever waits for the store waits so long."""
CLAIM = '{"userid":"%s","clientid":"c-7"}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with start(tmp_path_factory.mktemp("heartbeat") / "data", config=CONFIG) as served:
        yield served


class Pinger:
    """One client's kept connection."""

    def __init__(self, server: Served, user: str) -> None:
        self.user = user
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)

    def ping(self, status: str) -> float:
        """Ping; the seconds until the answer."""
        began = time.monotonic()
        body = json.dumps({"status": status})
        self.connection.request(
            "POST", "/ping", body, {"X-User-Claim": CLAIM % self.user, "Content-Type": "text/plain"}
        )
        answer = self.connection.getresponse()
        assert (answer.status, answer.read(), answer.headers["Content-Length"]) == (200, b"", "0")
        return time.monotonic() - began

    def close(self) -> None:
        self.connection.close()


def _request(server: Served, method: str, path: str, **fields: str) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in fields.items()})
    answer = connection.getresponse()
    told = answer.status, answer.read(), answer.headers
    connection.close()
    return told


def test_a_ping_reaches_both_paths_and_the_cached_one_comes_first(server: Served) -> None:
    pinger = Pinger(server, "una")
    with EventStream(f"{server.url}/subscribe/una") as early:  # its head does not wait for an event: none comes yet
        assert early.head.headers["Content-Type"] == "text/event-stream"
        before = int(time.time())
        pinger.ping("1")
        event = early.next()
        assert event["status"] == "1"
        assert before <= event["time"] <= time.time()
        with EventStream(f"{server.url}/subscribe/una/client/any") as late:
            assert late.next() == event
            odd = '\n"\u2028<&>' + "x" * 10_000
            for status in ("a", odd, odd):
                pinger.ping(status)
                assert early.next()["status"] == late.next()["status"] == status
    pinger.close()


def test_errors_have_the_originals_words(server: Served) -> None:
    bad = (400, b"Bad Request\n")
    assert _request(server, "POST", "/ping")[:2] == bad
    assert _request(server, "POST", "/ping", X_User_Claim=CLAIM % "una")[:2] == bad
    assert _request(server, "GET", "/ping")[:2] == (405, b"Method Not Allowed\n")
    assert _request(server, "GET", "/subscribe/a%2Fb")[:2] == (404, b"404 page not found\n")
    for method in ("HEAD", "PUT"):
        status, _, fields = _request(server, method, "/subscribe/una")
        assert (status, "GET" in fields["Allow"], "OPTIONS" in fields["Allow"]) == (405, True, True)
    status, body, fields = _request(server, "OPTIONS", "/ping", Origin="https://pages.example")
    assert (status, body, fields["Allow"]) == (200, b"", "POST, OPTIONS")
    assert fields["Access-Control-Allow-Origin"] == "https://pages.example"
    assert "Access-Control-Allow-Origin" not in _request(server, "OPTIONS", "/ping", Origin="https://evil.example")[2]


def test_a_claim_is_believed_from_trusted_proxies_only(tmp_path: Path) -> None:
    with start(tmp_path / "data", config='[web]\ntrusted_proxies = ["192.0.2.1"]\n') as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", "/ping", "{}", {"X-User-Claim": CLAIM % "una"})
        assert connection.getresponse().status == 400
        connection.close()


def test_the_last_ping_outlives_its_claim_and_the_server(tmp_path: Path) -> None:
    with start(tmp_path / "data") as server:
        pinger = Pinger(server, "una")
        pinger.ping("2")
        pinger.close()
        server.stop()
    with start(tmp_path / "data", port=server.port) as server, EventStream(f"{server.url}/subscribe/una") as reader:
        assert reader.next()["status"] == "2"


def test_a_ping_is_200_and_told_while_the_store_is_away(tmp_path: Path) -> None:
    """Another process keeps the database locked: nothing can be written until it lets go."""
    with start(tmp_path / "data", config=CONFIG) as server, EventStream(f"{server.url}/subscribe/una") as early:
        pinger, since = Pinger(server, "una"), len(server.lines)
        with closing(sqlite3.connect(server.data / "presently.sqlite", isolation_level=None, timeout=20)) as rival:
            rival.execute("BEGIN EXCLUSIVE")

            def seconds_to_tell(status: str) -> float:
                seconds = pinger.ping(status)
                assert early.next()["status"] == status
                return seconds

            assert sorted([seconds_to_tell(str(number)) for number in range(20)])[-3] < BUSY, (
                "a ping waited for the store"
            )
            server.wait_for("writing is put off", since=since)

            def seconds_to_open() -> float:
                began = time.monotonic()
                with EventStream(f"{server.url}/subscribe/una") as late, EventStream(f"{server.url}/subscribe/bea"):
                    seconds = time.monotonic() - began
                    assert late.next()["status"] == "19"
                return seconds

            assert best_of(3, seconds_to_open) < BUSY, "a stream's head waited for the store"
            with EventStream(f"{server.url}/subscribe/una") as late:
                assert late.next()["status"] == "19"
                pinger.ping("last")
                assert late.next()["status"] == early.next()["status"] == "last"
            rival.execute("ROLLBACK")
        pinger.close()
        until(lambda: _stored(server, "una") == "last")


def _stored(server: Served, user: str) -> str | None:
    with closing(sqlite3.connect(server.data / "presently.sqlite", timeout=20)) as database:
        row = database.execute("SELECT status FROM pings WHERE subject = ?", (user,)).fetchone()
    return row[0] if row else None


def test_a_stuck_reader_and_churning_ones_never_delay_a_ping(server: Served) -> None:
    """20 subscribers that come and go, 5 pingers and one reader who never reads, for as long as the pings take."""
    stuck = socket.create_connection(("127.0.0.1", server.port))
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stuck.sendall(b"GET /subscribe/busy HTTP/1.1\r\nHost: x\r\n\r\n")
    over = threading.Event()
    turns: list[int] = []
    faults: list[BaseException] = []

    def churn() -> None:
        try:
            while not over.is_set():
                with EventStream(f"{server.url}/subscribe/busy") as reader:
                    reader.next()
                turns.append(1)
        except BaseException as error:  # noqa: BLE001 - told by the test
            faults.append(error)

    slowest: list[float] = []

    def ping() -> None:
        pinger = Pinger(server, "busy")
        slowest.append(max(pinger.ping("x" * 4_000) for _ in range(200)))
        pinger.close()

    readers = [threading.Thread(target=churn) for _ in range(20)]
    pingers = [threading.Thread(target=ping) for _ in range(5)]
    with EventStream(f"{server.url}/subscribe/busy") as steady:
        for thread in (*readers, *pingers):
            thread.start()
        times = [steady.next()["time"] for _ in range(1_000)]
        for thread in pingers:
            thread.join(60)
        over.set()
        for thread in readers:
            thread.join(60)
    stuck.close()
    assert faults == []
    assert len(slowest) == 5
    assert max(slowest) < 5.0, "a ping waited for somebody"
    assert len(turns) > 20
    assert times == sorted(times)
