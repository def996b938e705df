"""Writers for the kill loop: each asks for what is durable until the server is gone, and knows what it was answered."""

import http.client
import json
import threading
from typing import Any

from tests.live.clients import Rest
from tests.serving import SECONDS, Added, Served

ANN = "100000000000000001"
GONE = (http.client.HTTPException, ConnectionError, TimeoutError)
JSON = {"Content-Type": "application/json"}


class Writer:
    """On one kept connection; `news` counts the answers of all writers of a round."""

    def __init__(self, name: str, server: Served, owner: Added, news: threading.Semaphore) -> None:
        self.name, self.server, self.owner, self.news = name, server, owner, news
        self.credential = {"Authorization": owner.token}
        self.answered = -1
        """The newest number that was answered; what comes after it was under way, and may have been committed."""
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)

    def write(self) -> None:
        """Number after number, until the server is gone."""
        try:
            for number in range(100_000):
                self.say(number)
                self.answered = number
                self.then(number)
                self.news.release()
        except GONE:
            return
        finally:
            self.connection.close()

    def say(self, number: int) -> None:
        """Write this number over the one before."""
        raise NotImplementedError

    def then(self, number: int) -> None:
        """What else is written after it."""

    def check(self, server: Served) -> None:
        """Whether all that was answered is there, on the server that was started again."""
        raise NotImplementedError

    def clear(self, server: Served) -> None:
        """Make room for the next round."""

    def compare(self, kept: str | None) -> None:
        """Whether this is what was answered last, or what was under way then."""
        assert (-1 if kept is None else int(kept)) in {self.answered, self.answered + 1}

    def ask(self, method: str, path: str, body: object, status: int, **fields: str) -> tuple[Any, str]:
        """The body of the answer, which must have this status, and its cookie."""
        sent = None if body is None else json.dumps(body).encode()
        self.connection.request(method, path, sent, {**JSON, **self.credential, **fields})
        with self.connection.getresponse() as answer:
            text, cookie = answer.read(), (answer.headers["Set-Cookie"] or "").partition(";")[0]
        assert answer.status == status, text
        return json.loads(text) if text else None, cookie


class Pairs(Writer):
    """Key-values of Lantern's and Lanyard's: one key written over and over, others written and taken away."""

    path = f"/api/v1/users/{ANN}/storage"
    other = f"/v1/users/{ANN}/kv"
    dropped = 0
    """How many of the other keys were answered to be gone."""

    def say(self, number: int) -> None:
        self.ask("PUT", f"{self.path}/{self.name}", {"value": str(number)}, 200)

    def then(self, number: int) -> None:
        self.ask("PATCH", self.other, {f"{self.name}d{number}": "x"}, 204)
        self.ask("DELETE", f"{self.other}/{self.name}d{number}", None, 204)
        self.dropped += 1

    def clear(self, server: Served) -> None:
        """An account keeps 512 pairs at most."""
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)
        self.ask("DELETE", self.path, None, 200)
        self.connection.close()

    def check(self, server: Served) -> None:
        kept = json.loads(Rest(server.port).ask("GET", self.path)[1])
        self.compare(kept.get(self.name))
        assert not {f"{self.name}d{number}" for number in range(self.dropped)} & kept.keys()


class Activities(Writer):
    """DysonNetwork's activities: one written over and over, others written and ended."""

    path = "/api/activities"
    ended = 0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.credential = {"Authorization": f"Bearer {self.owner.token}"}

    def say(self, number: int) -> None:
        self._post(self.name, number)

    def then(self, number: int) -> None:
        self._post(f"{self.name}e{number}", number)
        self.ask("DELETE", f"{self.path}?manualId={self.name}e{number}", None, 204)
        self.ended += 1

    def check(self, server: Served) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)
        shown = {each["manualId"]: each["title"] for each in self.ask("GET", self.path, None, 200)[0]}
        self.connection.close()
        self.compare(shown.get(self.name))
        assert not {f"{self.name}e{number}" for number in range(self.ended)} & shown.keys()

    def _post(self, name: str, number: int) -> None:
        body = {"type": 1, "manualId": name, "title": str(number), "leaseMinutes": 60}
        self.ask("POST", self.path, body, 200)


class Newcomers(Writer):
    """People who register themselves and take a key each."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.credential = {}
        self.cookies: list[str] = []
        self.keys: list[str] = []

    def say(self, number: int) -> None:
        body = {"id": f"{self.name}-{number}", "password": "hunter2"}
        self.cookies.append(self.ask("POST", "/api/user/new", body, 200)[1])

    def then(self, number: int) -> None:
        self.keys.append(self.ask("GET", "/api/user/me/key", None, 200, Cookie=self.cookies[number])[0]["key"])

    def check(self, server: Served) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=SECONDS)
        for number, cookie in enumerate(self.cookies):
            assert self.ask("GET", "/api/user/me", None, 200, Cookie=cookie)[0]["userID"] == f"{self.name}-{number}"
        for key in self.keys:
            self.ask("GET", f"/session?token={key}", None, 200)
        self.connection.close()


TRADES = (Pairs, Activities, Newcomers)
