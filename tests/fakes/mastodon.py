"""FakeMastodon: an instance that does what the test says: REST look-up, WebSocket and event stream, faults and all.

    fake = FakeMastodon().start()
    fake.next("websocket", Reply(503))            # the next upgrade gets this; `always` until told otherwise
    fake.listeners[0].notify('{"id":"1"}')        # to one; fake.notify(payload, token) to all of a token
    fake.make(payload, token)                     # nobody listens; the REST API lists it, as it does all the others
    fake.revoke("token")                          # 401 from now on, and the close frame without a code
    fake.stop(); fake.start()                     # the same port again

What it says unasked is what Mastodon 4.3 to 4.7 were seen to say (spec mastodon-relay.md, part B). As a process of its
own, `python -m tests.fakes.mastodon --port N`, it is told the same by POST /fake/notify, /fake/say, /fake/revoke,
/fake/close, /fake/cut and asked by GET /fake/state.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import ssl
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import gevent
import h11
from gevent.event import Event
from gevent.server import StreamServer

from tests.fakes.exchange import Fault, Hang, Reply, Request, Say, answer, json_reply, read
from tests.fakes.listeners import (
    READ,
    READ_NOTIFICATIONS,
    READ_STATUSES,
    EventStreamListener,
    Listener,
    SocketListener,
    keep_pinging,
)
from tests.fakes.notifications import Notifications

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
NEEDS = {"user": {READ, READ_STATUSES}, "user:notification": {READ, READ_NOTIFICATIONS}}
SCOPES = "Access token does not have the required scopes"


class FakeMastodon:
    """`version` None leaves it out; `streaming` is urls.streaming_api, this server's own where it is None."""

    def __init__(
        self,
        *,
        port: int = 0,
        version: str | None = "4.5.7",
        streaming: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.port = port
        self.tls = tls
        self.version = version
        self.streaming = streaming
        self.scopes: dict[str, frozenset[str]] = {}
        """Of a token; `read` for one that is not named here."""
        self.revoked: set[str] = set()
        self.notifications = Notifications()
        self.requests: list[Request] = []
        self.listeners: list[Listener] = []
        """Those that are open, oldest first."""
        self.opened: list[Listener] = []
        """All there ever were."""
        self.reads_token: Callable[[Request], str | None] = lambda request: request.token
        self.ping_seconds: float | None = None
        """Pings by itself; otherwise the test says when."""
        self._next: dict[str, deque[Fault]] = defaultdict(deque)
        self._always: dict[str, Fault] = {}
        self._server: StreamServer | None = None
        self._stopped = Event()
        self._stopped.set()
        self.changed: Callable[[], object] = lambda: None

    @property
    def url(self) -> str:
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}"

    def start(self) -> Self:
        self._server = StreamServer(("127.0.0.1", self.port), self._serve, backlog=4096, **self._tls())
        self._server.start()
        self.port = self._server.server_port
        self._stopped.clear()
        if self.ping_seconds is not None:
            gevent.spawn(keep_pinging, lambda: list(self.listeners), self.ping_seconds, self._stopped)
        return self

    def stop(self) -> None:
        """As a process that ends: every connection without a word."""
        for listener in list(self.listeners):
            listener.cut()
        self._stopped.set()
        if self._server is not None:
            self._server.stop(timeout=1)
            self._server = None

    def next(self, route: str, *faults: Fault) -> None:
        """In place of the next usual answers of `info`, `notifications`, `websocket` or `events`."""
        self._next[route].extend(faults)

    def always(self, route: str, fault: Fault | None) -> None:
        """The same for all; None ends it."""
        if fault is None:
            self._always.pop(route, None)
        else:
            self._always[route] = fault

    def asked(self, route: str) -> list[Request]:
        """What was asked of them."""
        return [request for request in self.requests if _route(request) == route]

    def of(self, token: str) -> list[Listener]:
        return [listener for listener in self.listeners if listener.token == token]

    def notify(self, payload: Any, token: str | None = None) -> int:
        """A notification to all, or to all of a token's; how many that were."""
        self.make(payload, token)
        hearing = self.listeners if token is None else self.of(token)
        for listener in list(hearing):
            listener.notify(payload)
        return len(hearing)

    def make(self, payload: Any, token: str | None = None) -> None:
        """A notification that no stream tells."""
        self.notifications.add(payload, token)

    def say(self, event: str, payload: str, token: str) -> int:
        """Any other event, to those who listen to all of a token's `user` stream."""
        hearing = [listener for listener in self.of(token) if listener.stream == "user"]
        for listener in hearing:
            listener.event(event, payload)
        return len(hearing)

    def revoke(self, token: str) -> None:
        """It is good no more; whoever listens with it is closed without a code."""
        self.revoked.add(token)
        for listener in self.of(token):
            listener.close()  # type: ignore[attr-defined]

    def _tls(self) -> dict[str, Any]:
        return {} if self.tls is None else {"ssl_context": self.tls}

    # What is asked

    def _serve(self, connection: Any, _address: object) -> None:
        with suppress(OSError, h11.RemoteProtocolError):
            http = h11.Connection(h11.SERVER)
            while (request := read(http, connection)) is not None:
                if not request.path.startswith("/fake/"):
                    self.requests.append(request)
                self.changed()
                if not self._answer(request, http, connection):
                    return
                http.start_next_cycle()

    def _answer(self, request: Request, http: h11.Connection, connection: Any) -> bool:
        """False when nothing may follow on this connection."""
        route = _route(request)
        fault = self._next[route].popleft() if self._next[route] else self._always.get(route)
        if isinstance(fault, Reply):
            return answer(http, connection, fault)
        if isinstance(fault, Say):
            connection.sendall(fault.data)
            return False
        if isinstance(fault, Hang):
            while connection.recv(4096):
                pass
            return False
        if route in {"websocket", "events"}:
            self._listen(request, http, connection)
            return False
        return answer(http, connection, self._document(request, route))

    def _document(self, request: Request, route: str) -> Reply:
        if route == "info":
            urls = {"streaming_api": self.streaming or self.url.replace("http", "ws", 1)}
            document: dict[str, Any] = {"uri": "fake.example", "urls": urls}
            return json_reply(document | ({} if self.version is None else {"version": self.version}))
        if route == "notifications":
            return self.notifications.answer(request, self._scopes(self.reads_token(request)))
        if request.path == "/api/v1/streaming/health":
            return Reply(200, body=b"OK")
        return self._told(request) if request.path.startswith("/fake/") else Reply(404)

    def _told(self, request: Request) -> Reply:
        """From another process."""
        words = json.loads(request.body or b"{}")
        match request.path.removeprefix("/fake/"):
            case "notify":
                return json_reply({"told": self.notify(words["payload"], words.get("token"))})
            case "say":
                return json_reply({"told": self.say(words["event"], words["payload"], words["token"])})
            case "revoke":
                self.revoke(words["token"])
            case "close":
                for listener in list(self.listeners):
                    listener.close(words.get("code"))  # type: ignore[attr-defined]
            case "cut":
                for listener in list(self.listeners):
                    listener.cut()
            case "state":
                tokens = [listener.token for listener in self.listeners]
                return json_reply({"listening": len(tokens), "tokens": tokens, "looked_up": len(self.asked("info"))})
        return json_reply({})

    def _scopes(self, token: str | None) -> frozenset[str] | None:
        if token is None or token in self.revoked:
            return None
        return self.scopes.get(token, frozenset({READ}))

    # Who listens

    def _listen(self, request: Request, http: h11.Connection, connection: Any) -> None:
        token, stream = self.reads_token(request), _stream(request)
        scopes = self._scopes(token)
        if token is None or scopes is None:
            answer(http, connection, _unauthorised(request, "Missing" if token is None else "Invalid"))
            return
        allowed = bool(scopes & NEEDS.get(stream, set()))
        if not request.upgrade and not allowed:
            refusal = json_reply({"error": SCOPES}, 401)
            answer(
                http,
                connection,
                refusal if stream in NEEDS else json_reply({"error": "Unknown channel requested"}, 400),
            )
            return
        kind = SocketListener if request.upgrade else EventStreamListener
        connection.sendall(_accepted(request) if request.upgrade else _EVENT_STREAM)
        listener = kind(connection, token, stream, scopes, self.changed)
        if not allowed:  # the socket stays open, and silent
            error, status = (SCOPES, 401) if stream in NEEDS else ("Unknown stream type", 400)
            listener.text(json.dumps({"error": error, "status": status}))  # type: ignore[union-attr]
        elif isinstance(listener, EventStreamListener):
            listener.chunk(b":)\n")
        self.listeners.append(listener)
        self.opened.append(listener)
        self.changed()
        try:
            listener.serve(http.trailing_data[0])
        finally:
            self.listeners.remove(listener)
            self.changed()


_EVENT_STREAM = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: private, no-store\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def _unauthorised(request: Request, what: str) -> Reply:
    error = f"{what} access token"
    if request.upgrade:
        return Reply(401, {"Content-Type": "text/plain", "X-Error-Message": error, "Connection": "close"})
    return json_reply({"error": error}, 401)


def _accepted(request: Request) -> bytes:
    digest = hashlib.sha1(request.headers["sec-websocket-key"].encode() + GUID).digest()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines.append(f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}")
    if "sec-websocket-protocol" in request.headers:
        lines.append(f"Sec-WebSocket-Protocol: {request.headers['sec-websocket-protocol']}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def _route(request: Request) -> str:
    if request.path == "/api/v1/instance":
        return "info"
    if request.path == "/api/v1/notifications":
        return "notifications"
    if request.upgrade:
        return "websocket"
    if request.path.startswith("/api/v1/streaming/") and request.path != "/api/v1/streaming/health":
        return "events"
    return "other"


def _stream(request: Request) -> str:
    if request.upgrade:
        return request.query.get("stream", "")
    return request.path.removeprefix("/api/v1/streaming/").strip("/").replace("/", ":")


def main() -> None:
    """A process of its own; it says `ready` when it listens."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", default="4.5.7")
    parser.add_argument("--ping-seconds", type=float, default=30.0)
    parser.add_argument("--notifications", type=Path, help="a file of them, see tests/fakes/notifications.py")
    parser.add_argument("--certificate", help="a PEM file with the key; then it speaks TLS")
    wanted = parser.parse_args()
    tls = None
    if wanted.certificate is not None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(wanted.certificate)
    fake = FakeMastodon(port=wanted.port, version=wanted.version, tls=tls)
    fake.ping_seconds = wanted.ping_seconds
    fake.notifications.file = wanted.notifications
    fake.start()
    print(f"ready {fake.url}", flush=True)
    gevent.get_hub().join()


if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()
    main()
