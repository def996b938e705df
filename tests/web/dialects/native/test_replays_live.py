"""Requests with an Idempotency-Key against a real server that is killed: both the deed and its answer, or neither."""

import http.client
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.live.clients import until
from tests.receiver import Receiver
from tests.serving import SECONDS, Served, command, start, user_add
from tests.web.dialects.native.publishing import Said, call

pytestmark = pytest.mark.live
CONFIG = """\
[limits]
requests_per_second = 0
connections_per_address = 0
[outgoing]
allow_private_hosts = ['127.0.0.1']
"""
ROUNDS, WRITERS = 2, 4
PLACE = "/v2/users/alice/claims/player"
BODY = {"lease_seconds": 600, "activities": [{"name": "Chess"}]}
GONE = (OSError, http.client.HTTPException)


class Writer:
    """Makes two claims in turn and takes the second back, each under a key of its own, until the server is gone."""

    def __init__(self, name: str, token: str) -> None:
        self.name, self.token = name, token
        self.answers: dict[str, Said] = {}
        self.asked = 0

    def say(self, server: Served, method: str, user: str) -> Said:
        """Do it, or do it again."""
        body = {"lease_seconds": 600, "activities": [{"name": user}], "status": "idle"} if method == "PUT" else None
        fields = {"Idempotency_Key": f"{method} {user}"}
        return call(server, method, f"/v2/users/{user}/claims/x", body, token=self.token, **fields)

    def write(self, server: Served, count: threading.Semaphore) -> None:
        try:
            for number in range(10_000):
                self.asked = number
                stays, goes = self.users(number)
                for method, user in (("PUT", stays), ("PUT", goes), ("DELETE", goes)):
                    self.answers[f"{method} {user}"] = self.say(server, method, user)
                    count.release()
        except GONE:
            return

    def users(self, number: int) -> tuple[str, str]:
        return f"{self.name}-{number}-stays", f"{self.name}-{number}-goes"

    def check(self, server: Served, operator: str, done: set[str]) -> int:
        """After the kill: what is there is what was done, and no retry changes it; how many deeds had lasted."""
        lasted = 0
        for user in (user for number in range(self.asked + 1) for user in self.users(number)):
            claims = call(server, "GET", f"/v2/users/{user}", token=operator).body["claims"]
            put, gone = f"PUT {user}" in done, f"DELETE {user}" in done
            assert len(claims) == (put and not gone), f"{user}: both or neither"
            if put:
                lasted += 1
                again = self.say(server, "PUT", user)
                assert [again.body] == claims or gone
                assert f"PUT {user}" not in self.answers or again.body == self.answers[f"PUT {user}"].body
            if gone:
                assert self.say(server, "DELETE", user).status == 204
                assert call(server, "GET", f"/v2/users/{user}", token=operator).body["claims"] == []
        return lasted


def written(data: Path) -> set[str]:
    """The keys under which it stands in the database that something was done."""
    with closing(sqlite3.connect(data / "presently.sqlite", timeout=10)) as opened:
        return {key for (key,) in opened.execute("SELECT idempotency_key FROM deeds")}


class Before:
    """What was asked and answered before a kill, with keys that are asked again after it."""

    def __init__(self, data: Path, receiver: Receiver) -> None:
        self.token, self.hook = user_add(data, "alice").token, {"url": f"{receiver.url}/hook"}
        with start(data, config=CONFIG) as self.server:
            self.webhook = self.ask("POST", "/v2/webhooks", self.hook, key="hook")
            self.made = self.ask("PUT", PLACE, BODY, key="one")
            self.gone = self.ask("DELETE", PLACE, key="two")
            self.newer = self.ask("PUT", PLACE, {**BODY, "status": "dnd"}, key="three")
            until(lambda: "three" in written(data))
            self.server.kill9()
        self.server = start(data, config=CONFIG)

    def ask(self, method: str, path: str, body: Any = None, key: str | None = None) -> Said:
        fields = {} if key is None else {"Idempotency_Key": key}
        return call(self.server, method, path, body, token=self.token, **fields)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    with Receiver() as receiver:
        before = Before(tmp_path_factory.mktemp("replays") / "data", receiver)
    with before.server:
        yield before


def test_a_retry_after_a_kill_undoes_nothing_that_came_later(before: Before) -> None:
    assert [said.status for said in (before.made, before.gone, before.newer)] == [200, 204, 200]
    assert before.ask("DELETE", PLACE, key="two").status == 204
    assert before.ask("PUT", PLACE, BODY, key="one").body == before.made.body
    (claim,) = before.ask("GET", "/v2/users/alice").body["claims"]
    assert claim == before.newer.body
    other = before.ask("PUT", PLACE, {**BODY, "status": "idle"}, key="one")
    assert (other.status, other.body["code"]) == (422, "key-reused")


def test_a_webhook_is_made_once(before: Before) -> None:
    """Its receiver is not there any more, and is not asked."""
    made, again = before.webhook, before.ask("POST", "/v2/webhooks", before.hook, key="hook")
    assert (again.status, again.body, again.headers["Location"]) == (201, made.body, made.headers["Location"])
    (kept,) = before.ask("GET", "/v2/webhooks").body["webhooks"]
    assert before.ask("DELETE", f"/v2/webhooks/{kept['id']}").status == 204
    gone = before.ask("POST", "/v2/webhooks", before.hook, key="hook")
    assert (gone.status, gone.body["code"]) == (404, "unknown-webhook")


def test_both_or_neither_over_kills_at_any_moment(tmp_path: Path) -> None:
    data = tmp_path / "data"
    user_add(data, "somebody")
    token, operator = (command(data, "token", kind)["token"] for kind in ("first-party", "operator"))
    lasted = answered = 0
    for round_ in range(ROUNDS):
        writers, count = [Writer(f"r{round_}w{number}", token) for number in range(WRITERS)], threading.Semaphore(0)
        with ThreadPoolExecutor(WRITERS) as crew, start(data, config=CONFIG) as server:
            writing = [crew.submit(writer.write, server, count) for writer in writers]
            before = len(written(data))
            while len(written(data)) == before:
                assert count.acquire(timeout=SECONDS)
            for _ in range(50 + 70 * round_):
                assert count.acquire(timeout=SECONDS)
            server.kill9()
        for each in writing:
            each.result()
        done = written(data)
        with start(data, config=CONFIG) as server:
            lasted += sum(writer.check(server, operator, done) for writer in writers)
        answered += sum(len(writer.answers) for writer in writers)
    print(f"measured: {answered} requests with keys answered over {ROUNDS} kills, {lasted} claims had lasted")
    assert lasted
