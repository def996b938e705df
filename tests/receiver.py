"""Receiver: somebody else's server, to which callbacks are posted; it answers as the test says and may be away."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any, Self

import gevent
from gevent.event import Event
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer

from tests.serving import SECONDS, free_port


@dataclass(frozen=True, slots=True)
class Heard:
    """One POST; header names in lower case with hyphens."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def delivery(self) -> str:
        return self.headers["x-presently-delivery"]

    def signed_with(self, secret: str) -> bool:
        """The check that docs/webhooks.md gives to receivers."""
        parts = dict(part.split("=", 1) for part in self.headers["x-presently-signature"].split(","))
        expected = hmac.new(secret.encode(), parts["t"].encode() + b"." + self.body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected, parts["v1"])


@dataclass
class Receiver:
    """Echoes challenges; answers others with `statuses`, one after the other, and then 204."""

    port: int = field(default_factory=free_port)
    statuses: list[int] = field(default_factory=list)
    echoes: bool = True
    heard: list[Heard] = field(default_factory=list)
    """Without challenges."""
    challenges: list[Heard] = field(default_factory=list)
    _news: Event = field(default_factory=Event)
    _server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.come()
        return self

    def __exit__(self, *_: object) -> None:
        self.go()

    def come(self) -> None:
        """Listen."""
        self._server = WSGIServer(("127.0.0.1", self.port), self._answer, log=None, error_log=None, spawn=Pool())
        self._server.start()

    def go(self) -> None:
        """Be away: nobody listens any more."""
        if self._server is not None:
            self._server.stop(timeout=0)
            self._server = None

    def wait(self, count: int, seconds: float = SECONDS) -> list[Heard]:
        """What has been heard, when that is so much."""
        with gevent.Timeout(seconds, AssertionError(f"heard only {[each.body for each in self.heard]}")):
            while len(self.heard) < count:
                self._news.clear()
                self._news.wait()
        return self.heard

    def _answer(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read()
        named = {name[5:].lower().replace("_", "-"): value for name, value in environ.items() if name[:5] == "HTTP_"}
        heard = Heard(environ["PATH_INFO"], named, body)
        if heard.document.get("type") == "challenge":
            self.challenges.append(heard)
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [heard.document["challenge"].encode() if self.echoes else b"hello"]
        self.heard.append(heard)
        status = self.statuses.pop(0) if self.statuses else 204
        start_response(f"{status} X", [("Content-Length", "0")])
        self._news.set()
        return []
