"""Connection: the requests of one accepted socket, one after another, until it ends or is taken over."""

import sys
from _socket import socket
from functools import partial
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any

from gevent import Timeout, sleep

from web.edge.admission import Ticket
from web.edge.answer import refusal
from web.edge.chunks import Chunks
from web.edge.exchange import Exchange
from web.edge.head import END, BadRequest, Head, asked_for, find_end, parse_head
from web.edge.wire import NEVER, Gone, Wire

if TYPE_CHECKING:
    from web.server import Server

IN_A_ROW = 16
"""Requests that came together and are answered before others get their turn."""

FAILED = "The server failed to answer this request."
LATE = HTTPStatus.REQUEST_TIMEOUT, "The request took too long to come."


class Connection(Exchange):
    """Reads whole requests within their limits and deadlines; nothing of the stock reading and writing is left.

    `between` is True while no byte of a next request has come.
    """

    def __init__(self, sock: socket, address: Any, server: "Server", ticket: Ticket) -> None:
        # The stock constructor would make a buffered file of the socket.
        self.server = server
        self.application = server.application
        self.client_address = address
        self.ticket = ticket
        self.between = True
        self._in_a_row = 0
        self._block: bytes | None = None  # the head before: a publisher on a kept connection repeats it to the byte
        self._pattern: dict[str, Any] | None = None  # the environ that it makes, but for the body
        limits = server.limits
        self.wire = Wire(sock, server.monotonic, server.monotonic() + limits.head_time, limits.write_time)

    def handle(self) -> None:
        """Serve until the connection is over; nothing of the peer's doing raises."""
        try:
            while self._serve_one():
                continue
        except Gone:
            self.server.count("gone")
        finally:
            self.server.forget(self)
            if self.ticket is not None:
                self.wire.close()
                self.ticket.release()

    def _serve_one(self) -> bool:
        """Read a request and answer it; whether another may follow on this connection."""
        head: Head | None = None
        try:
            head = self._read_head()
            if head is None:
                return False
            body = self._read_body(head) if head.length or head.chunked else b""
        except BadRequest as bad:
            self._refuse(bad, self._known(head))
            return False
        wire = self.wire
        wire.deadline = NEVER  # the application has the time it takes
        self.begin(head, self._environ(head, body))
        self._answer()
        if self.close_connection:
            # RFC 9112 section 9.6: bytes that nobody reads would make the close a reset, which overtakes the answer.
            if self.ticket is not None and not wire.idle():
                self._linger()
            return False
        wire.last_words = None
        wire.deadline = self.server.monotonic() + self.server.limits.idle_time
        if wire.buffer:
            self._in_a_row += 1
            if self._in_a_row % IN_A_ROW == 0:
                sleep(0)
        return True

    def _read_head(self) -> Head | None:
        wire, limits = self.wire, self.server.limits
        self.between = not wire.buffer
        begun = False
        # RFC 9112 section 2.2: an empty line before a request is read over.
        buffer = wire.buffer = wire.buffer.removeprefix(b"\r\n")
        while not buffer or (end := find_end(buffer, limits)) < 0:
            if buffer and not begun:
                begun = True
                wire.last_words = self._late
                wire.deadline = self.server.monotonic() + limits.head_time
            data = wire.receive()
            if not data:
                return None
            self.between = False
            buffer = wire.buffer = buffer + data if buffer else data.removeprefix(b"\r\n")
        block = buffer[:end]
        if block != self._block:
            self.head = parse_head(block, limits)
            self._block, self._pattern = block, None
        wire.buffer = buffer[end + len(END) :]
        return self.head

    def _read_body(self, head: Head) -> bytes:
        limit = self.server.body_limit(head.method, head.path)
        if head.length > limit:
            raise BadRequest(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large.")
        wire = self.wire
        if not head.chunked and len(wire.buffer) >= head.length:
            body, wire.buffer = wire.buffer[: head.length], wire.buffer[head.length :]
            return body
        wire.last_words = partial(self._late, head)
        wire.deadline = self.server.monotonic() + self.server.limits.body_time
        if head.expects_continue and not wire.buffer:
            wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._read_chunks(limit) if head.chunked else self._read_plain(head.length)

    def _read_plain(self, length: int) -> bytes:
        portions = [self.wire.buffer]
        missing = length - len(portions[0])
        while missing > 0:
            portions.append(self._receive_more())
            missing -= len(portions[-1])
        whole = b"".join(portions)
        self.wire.buffer = whole[length:]
        return whole[:length]

    def _read_chunks(self, limit: int) -> bytes:
        chunks = Chunks(limit)
        data = self.wire.buffer
        while not chunks.feed(data):
            data = self._receive_more()
        self.wire.buffer = chunks.rest
        return chunks.body

    def _receive_more(self) -> bytes:
        data = self.wire.receive()
        if not data:
            raise Gone
        return data

    def _environ(self, head: Head, body: bytes) -> dict[str, Any]:
        if self._pattern is None or self.server.draining:
            self._pattern = self._environ_of(head)
        environ = {**self._pattern, "wsgi.input": BytesIO(body)}
        if head.chunked:
            del environ["HTTP_TRANSFER_ENCODING"]  # it was taken off, as RFC 9112 section 7.1.3 has it
            environ["CONTENT_LENGTH"] = str(len(body))
        return environ

    def _environ_of(self, head: Head) -> dict[str, Any]:
        environ: dict[str, Any] = {
            **self.server.environ,
            **head.fields,
            "REQUEST_METHOD": head.method,
            "PATH_INFO": head.path,
            "QUERY_STRING": head.query,
            "RAW_URI": head.target,
            "SERVER_PROTOCOL": head.version,
            "presently.websocket": head.websocket,
            "presently.ticket": self.ticket,
        }
        address = self.client_address
        if isinstance(address, tuple):
            environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = address[0], str(address[1])
        return environ

    def _answer(self) -> None:
        """Run the application and answer; whatever it raises becomes a 500, told once to on_error."""
        try:
            self.run_application()
        except Gone:
            raise
        except (Exception, Timeout):  # noqa: BLE001 - the boundary of the application; on_error logs it
            self.server.on_error(sys.exc_info(), self.head.method, self.head.path)
            self.close_connection = True
            if not self.headers_sent:
                self.wire.send(refusal(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED, (), self.server.date_line))

    def _known(self, head: Head | None) -> dict[str, Any] | None:
        """The environ of a request that is being read, as far as it has come; None where even its path is unknown."""
        if head is not None:
            return self._environ_of(head)
        asked = asked_for(self.wire.buffer, self.server.limits)
        if asked is None:
            return None
        told = {"REQUEST_METHOD": asked[0], "PATH_INFO": asked[1], "QUERY_STRING": "", "presently.websocket": False}
        return {**self.server.environ, **told}

    def _late(self, head: Head | None = None) -> bytes:
        return self.refusal_of(*LATE, self._known(head))

    def _refuse(self, bad: BadRequest, environ: dict[str, Any] | None) -> None:
        self.server.refused(bad.status.value, bad.reason)
        self.wire.last_words = None
        self.wire.send(self.refusal_of(bad.status, bad.reason, environ))
        self._linger()

    def _linger(self) -> None:
        self.wire.linger(self.server.monotonic() + self.server.limits.linger_time)
