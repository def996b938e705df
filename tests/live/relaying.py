"""What the relay's live tests speak with: a sink for callbacks, a fake instance as a process, and its registrants."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.serving import ROOT, SECONDS, Served, free_port

APP, SECRET, SIGNING_KEY = "org.example.app", "app-s3cret-k3y", "s1gning-k3y"

CONFIG = f"""
[limits]
requests_per_second = 0
connections_per_address = 0
[relay]
allow_private_hosts = ["127.0.0.1"]
[relay.app_map."{APP}"]
secret = "{SECRET}"
signing_key = "{SIGNING_KEY}"
[relay.instance_map."*"]
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One callback that came; `payload` as it stands in the body."""

    tag: str
    payload: Any
    delivery: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def number(self) -> int:
        """The notification's own id."""
        return int(json.loads(self.payload)["id"])


class Sink:
    """An app's server. Answers with `status`, or what `answer` says of a call; holds everybody while `gate` is shut."""

    def __init__(self, port: int = 0, *, keeps: bool = False) -> None:
        """`keeps` keeps connections open, as most servers do; then it must not outlive its test."""
        self.keeps = keeps
        self.calls: list[Call] = []
        self.status = 202
        self.answer: Callable[[Call], int | None] = lambda _call: None
        self.gate = threading.Event()
        self.gate.set()
        self.news = threading.Condition()
        self.waiting = 0
        self.port = port or free_port()
        self._server: ThreadingHTTPServer | None = None
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/callback?k=callback-s3cret"

    def open(self) -> None:
        """Listen, again perhaps."""
        handler = type("Handler", (_Handler,), {"sink": self})
        self._server = _Server(("127.0.0.1", self.port), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections from now on, and end those that stand."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
            server.cut()

    def take(self, call: Call) -> int:
        """Called in a thread for each callback."""
        with self.news:
            self.waiting += 1
            self.news.notify_all()
        self.gate.wait(SECONDS)
        status = self.answer(call) or self.status
        with self.news:
            self.waiting -= 1
            self.calls.append(call)
            self.news.notify_all()
        return status

    def of(self, tag: str) -> list[Call]:
        return [call for call in list(self.calls) if call.tag == tag]

    def wait_for(self, wanted: Callable[[], object], seconds: float = SECONDS) -> None:
        """Until it is true, looked at whenever a call comes."""
        with self.news:
            assert self.news.wait_for(wanted, seconds), f"{len(self.calls)} calls came"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, *args: Any) -> None:
        self.connections: set[Any] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def close_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().close_request(request)

    def cut(self) -> None:
        for connection in list(self.connections):
            self.shutdown_request(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone, killed perhaps, is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    sink: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        document = json.loads(body)
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(document["tag"], document["payload"], headers["x-presently-delivery"], headers, body)
        status = self.sink.take(call)
        self.close_connection = not self.sink.keeps
        fields = "Content-Length: 0\r\n" + ("" if self.sink.keeps else "Connection: close\r\n")
        self.wfile.write(f"HTTP/1.1 {status} Answer\r\n{fields}\r\n".encode())

    def log_message(self, *_: Any) -> None:
        """Nothing is written of callbacks."""


@dataclass(slots=True)
class FakeProcess:
    """tests/fakes/mastodon.py as a process of its own, which may be stopped and started."""

    port: int = field(default_factory=free_port)
    notifications: Path | None = None
    """A file of them that outlives it."""
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.fakes.mastodon", "--port", str(self.port)]
        if self.notifications is not None:
            command += ["--notifications", str(self.notifications)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("ready ")

    def stop(self) -> None:
        """As a crash: no close frames."""
        process, self.process = self.process, None
        if process is not None:
            with process:
                process.send_signal(signal.SIGKILL)
                process.wait(SECONDS)

    def ask(self, word: str, **said: Any) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request("POST", f"/fake/{word}", json.dumps(said))
            answered: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return answered

    def make(self, number: int, token: str | None = None, **more: Any) -> str:
        """A notification of everybody's, or of a token's, in its database alone; its payload."""
        assert self.notifications is not None
        payload = json.dumps({"id": str(number), "type": "mention", **more})
        with self.notifications.open("a") as lines:
            lines.write(json.dumps({"token": token, "payload": payload}) + "\n")
        return payload

    def notify(self, token: str, number: int, **more: Any) -> str:
        """A notification to whoever listens by this token, one at least; its payload."""
        payload = json.dumps({"id": str(number), "type": "mention", **more})
        assert self.ask("notify", token=token, payload=payload)["told"] > 0
        return payload

    def publish(self, token: str, author: str, event: str = "update", **more: Any) -> None:
        """A status in the home timeline of whoever listens by this token, one at least."""
        payload = json.dumps({"id": "7", "account": {"acct": author}, **more})
        assert self.ask("say", token=token, event=event, payload=payload)["told"] > 0

    def tokens(self) -> list[str]:
        """Of those who listen."""
        listening: list[str] = self.ask("state")["tokens"]
        return sorted(listening)


@dataclass(frozen=True, slots=True)
class Registrant:
    """Who registers with one server."""

    server: Served
    instance: str
    callback: str

    def said(self, tag: str, **changed: str | None) -> dict[str, str]:
        """The parameters of a registration; None leaves one out."""
        usual: dict[str, str | None] = {
            "instance_url": self.instance,
            "app_id": APP,
            "app_secret": SECRET,
            "tag": tag,
            "access_token": token_of(tag),
            "callback_url": self.callback,
        }
        return {name: value for name, value in {**usual, **changed}.items() if value is not None}

    def register(self, tag: str, **changed: str | None) -> tuple[int, str]:
        return self.post("/register", self.said(tag, **changed))

    def unregister(self, tag: str, **changed: str | None) -> tuple[int, str]:
        return self.post("/unregister", self.said(tag, access_token=None, callback_url=None, **changed))

    def post(self, path: str, said: dict[str, str] | bytes, kind: str = "application/x-www-form-urlencoded") -> Any:
        """Status and text."""
        body = said if isinstance(said, bytes) else urlencode(said).encode()
        status, _, text = self.ask("POST", path, body, {"Content-Type": kind})
        return status, text

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=SECONDS)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def registrations(self, query: str = "") -> list[dict[str, Any]]:
        """What the owner sees."""
        path = f"/relay/registrations{query}"
        status, _, text = self.ask("GET", path, headers={"Authorization": basic(APP, SECRET)})
        assert status == 200, text
        found: list[dict[str, Any]] = json.loads(text)["registrations"]
        return found

    def registration(self, tag: str) -> dict[str, Any] | None:
        return next((each for each in self.registrations() if each["tag"] == tag), None)


def token_of(tag: str) -> str:
    """The access token of the account that registers by this tag."""
    return f"t0ken-of-{tag}"


def basic(name: str, secret: str) -> str:
    return f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}"


@contextmanager
def surroundings(*, keeps: bool = False, notifications: Path | None = None) -> Iterator[tuple[FakeProcess, Sink]]:
    """A fake instance and a sink; gone afterwards."""
    fake, sink = FakeProcess(notifications=notifications), Sink(keeps=keeps)
    if notifications is not None:
        notifications.touch()
    try:
        fake.start()
        yield fake, sink
    finally:
        fake.stop()
        sink.gate.set()
        sink.close()
