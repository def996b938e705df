"""Server: pywsgi made strict and fast; accepts, admits, sweeps the late, and drains.

Longer than other files by what has to be undone of the stock server, method by method.
"""

import _socket
import errno
import logging
import socket
import time
from collections import Counter
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from types import TracebackType
from typing import Any
from wsgiref.types import WSGIApplication

import gevent
from gevent.event import Event
from gevent.pywsgi import WSGIServer

from web.edge.admission import Admission
from web.edge.answer import FULL, FULL_ADDRESS, Fields
from web.edge.connection import Connection
from web.edge.exchange import Exchange
from web.edge.limits import EdgeLimits
from web.edge.no_room import NoRoom

BACKLOG = 4096
SWEEP_EVERY = 1.0
UNACKNOWLEDGED_MS = 38_000
BREATH = 0.5  # seconds without accepting, when the process has no descriptor left
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

OnError = Callable[[tuple[type[BaseException] | None, BaseException | None, TracebackType | None], str, str], None]
OnRefusal = Callable[[int, str], None]
BodyLimit = Callable[[str, str], int]
Wording = Callable[[HTTPStatus, str, dict[str, Any]], tuple[str, Fields, bytes]]
"""From a refusal's status and sentence, and the environ as far as it is known, to status line, fields and body."""


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket (port 0 picks one), non-blocking; what it accepts sends at once and notices dead peers.

    OSError says which address could not be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Accepted sockets inherit all three on Linux. With Nagle on, a kept connection waits 44 ms an answer (RUNTIME 4).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Whoever acknowledges nothing for this long is gone: an event stream has no pong to miss.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
    try:
        listener.bind((host, port))
    except (OSError, TypeError) as error:  # the latter for what the DNS has no form for
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else "this can be no host's name"
        raise OSError(f"cannot listen on {host}, port {port}: {reason}") from error
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


class Server(WSGIServer):  # type: ignore[misc]  # the stock class has no types
    """Serves one application on one listener; `counts` is what happened, `open` and `admission.open` what is."""

    # The stock handler would make a log file of its own for the steps of each handshake.
    logger = logging.getLogger("geventwebsocket")

    max_accept = 16
    """Connections that are accepted before those that are here get their turn again.

    The hub gives greenlets 5 ms of each of its rounds. Of the stock 100 not all are begun in that, so that in a storm
    everybody's next step stood behind a queue that grew until the storm was over.
    """

    def __init__(
        self,
        listener: socket.socket,
        application: WSGIApplication,
        limits: EdgeLimits,
        *,
        on_error: OnError,
        on_refusal: OnRefusal,
        body_limit: BodyLimit,
        wording: Wording | None,
        monotonic: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        super().__init__(listener, application, log=None, handler_class=Connection)
        self.limits = limits
        self.on_error = on_error
        self.on_refusal = on_refusal
        self.body_limit = body_limit
        self.wording = wording
        self.monotonic = monotonic
        self.wall = wall
        self.admission = Admission(limits.connections, limits.connections_per_address)
        self.connections: set[Exchange] = set()
        self.counts: Counter[str] = Counter()
        self._no_room = NoRoom(self.count, on_refusal, monotonic)
        self.draining = False
        self._drained = Event()
        self._sweeper: Any = None
        self.date_line = ""

    @property
    def open(self) -> int:
        """Connections that are still HTTP; `admission.open` has those taken over as well."""
        return len(self.connections)

    def count(self, event: str) -> None:
        """Add one to `counts`.

        Events: accepted, gone, late, connections, connections_per_address, descriptors, or the status of a refusal.
        """
        self.counts[event] += 1

    def refused(self, status: int, reason: str) -> None:
        """Count a request that was answered before the application saw it, and tell of it."""
        self.count(str(status))
        self.on_refusal(status, reason)

    def start(self) -> None:
        """Accept from now on, and sweep each second."""
        self.sweep()
        self._sweeper = self.loop.timer(SWEEP_EVERY, SWEEP_EVERY)
        self._sweeper.start(self.sweep)
        super().start()

    def update_environ(self) -> None:
        """Name the server by its own address: the stock way asks the DNS."""
        named = self.address if isinstance(self.address, tuple) else ("", "")
        self.environ["SERVER_NAME"], self.environ["SERVER_PORT"] = str(named[0]), str(named[1])

    def do_read(self) -> tuple[Any, ...] | None:
        """Accept one connection that is admitted, None when there is none; a full house answers and closes."""
        try:
            descriptor, address = self.socket._accept()  # noqa: SLF001 - as the stock server does: no wrapped socket
        except BlockingIOError:
            return None
        except OSError as error:
            self._accept_failed(error)
            return None
        sock = _socket.socket(self.socket.family, self.socket.type, self.socket.proto, descriptor)
        sock.setblocking(False)
        return sock, address

    def do_handle(self, *args: Any) -> None:
        """Give the accepted socket to a greenlet of its own, or turn it away."""
        sock, address = args
        ticket = self.admission.admit(address[0] if isinstance(address, tuple) else "")
        if ticket is None:
            self._turn_away(sock)
            return
        self.counts["accepted"] += 1
        connection = Connection(sock, address, self, ticket)
        self.connections.add(connection)
        gevent.spawn_raw(connection.handle)

    def sweep(self) -> None:
        """End every connection past its deadline; the second's work of a started server."""
        self.date_line = f"Date: {formatdate(self.wall(), usegmt=True)}\r\n"
        now = self.monotonic()
        for connection in [one for one in self.connections if one.wire.deadline <= now]:
            self.count("late")
            connection.wire.expire()

    def forget(self, connection: Exchange) -> None:
        """A connection is over or taken over."""
        self.connections.discard(connection)
        if self.draining and not self.connections:
            self._finish()

    def drain(self) -> None:
        """Accept no more, end idle connections; running requests are answered with `Connection: close`. Never waits."""
        if self.draining:
            return
        if self.started:
            self.max_accept = BACKLOG
            self._do_read()  # who already stands in the queue would be reset
        self.draining = True
        self.environ["presently.draining"] = True
        self.close()
        for connection in list(self.connections):
            if isinstance(connection, Connection) and connection.between and connection.wire.idle():
                connection.wire.shut()
        if not self.connections:
            self._finish()

    def wait_drained(self, timeout: float | None = None) -> bool:
        """Whether all connections that are still HTTP ended within `timeout` seconds (None: however long)."""
        return bool(self._drained.wait(timeout))

    def stop(self, timeout: float | None = None) -> None:
        """Drain for `timeout` seconds (1 if None), then end whatever connection is left."""
        self.drain()
        if not self.wait_drained(self.stop_timeout if timeout is None else timeout):
            for connection in list(self.connections):
                connection.wire.shut()
        self._end_sweeper()

    def _finish(self) -> None:
        self._end_sweeper()
        self._drained.set()

    def _end_sweeper(self) -> None:
        if self._sweeper is not None:
            self._sweeper.stop()
            self._sweeper.close()
            self._sweeper = None

    def _turn_away(self, sock: _socket.socket) -> None:
        full = self.admission.full
        self._no_room("connections" if full else "connections_per_address")
        try:
            sock.send(FULL if full else FULL_ADDRESS)
            sock.recv(self.limits.request_line)  # unread bytes would make the close a reset
        except OSError:
            self.count("gone")
        sock.close()

    def _accept_failed(self, error: OSError) -> None:
        if error.errno not in EXHAUSTED:
            self.count("gone")  # reset before it was accepted
            return
        self._no_room("descriptors")
        self.stop_accepting()
        self._timer = self.loop.timer(BREATH)
        self._timer.start(self._start_accepting_if_started)


def create_server(
    listener: socket.socket,
    application: WSGIApplication,
    limits: EdgeLimits,
    *,
    on_error: OnError,
    on_refusal: OnRefusal = lambda _status, _reason: None,
    body_limit: BodyLimit | None = None,
    wording: Wording | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> Server:
    """A server that is not started yet.

    `on_error(exc_info, method, path)` hears of what the application raised, `on_refusal(status, reason)` of requests
    that it never saw; the reason is a sentence of ours. `body_limit(method, path)` gives a body's limit in bytes where
    `limits.body` is not meant; `wording` says refusals in the words of the path's owner, which else are plain text, as
    they are where no path can be told; `wall` is for the field Date alone.
    """
    limit = body_limit or (lambda _method, _path: limits.body)
    return Server(
        listener,
        application,
        limits,
        on_error=on_error,
        on_refusal=on_refusal,
        body_limit=limit,
        wording=wording,
        monotonic=monotonic,
        wall=wall,
    )
