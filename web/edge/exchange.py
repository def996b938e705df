"""Exchange: how one request is answered, by WSGI or by handing the socket to whom the application names."""

import sys
from collections.abc import Callable, Iterable
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Any

from geventwebsocket.handler import WebSocketHandler

from web.edge.answer import Fields, encode_head, parting, refusal, wishes
from web.edge.head import Head
from web.edge.upgrade import HandshakeRefused, check_handshake, switch_fields
from web.edge.wire import Wire

if TYPE_CHECKING:
    from web.edge.admission import Ticket
    from web.server import Server

ExcInfo = tuple[type[BaseException], BaseException, TracebackType]
BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class Exchange(WebSocketHandler):  # type: ignore[misc]  # the stock class has no types
    """The answering half of a Connection; the stock WebSocket is never made, as its destructor writes (RUNTIME 1)."""

    SUPPORTED_VERSIONS = ("13",)
    server: "Server"
    wire: Wire
    ticket: "Ticket | None"
    head: Head
    status: str | None
    environ: dict[str, Any]
    code: int
    _chunked: bool
    _left: int | None  # bytes that the application still owes of its Content-Length

    def begin(self, head: Head, environ: dict[str, Any]) -> None:
        """Forget the exchange before."""
        self.head = head
        self.environ = environ
        self.request_version = head.version
        # What follows a request for a WebSocket may be frames already, so it is never read as a request.
        self.close_connection = not head.keep_alive or head.websocket
        self.status = None
        self.code = 0
        self.headers_sent = False

    def run_application(self) -> None:
        """Call the application with the socket still plain HTTP, and do what it decided."""
        environ = self.environ
        result = self.application(environ, self.start_response)
        try:
            taken = "presently.takeover" in environ and self._may_be_taken()
            if not taken and type(result) is not list and type(result) is not tuple:
                self._stream(result)
                return
            body = b"".join(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        if taken:
            self._take_over(body)
        else:
            self._send_whole(body)

    def start_response(self, status: str, headers: Fields, exc_info: ExcInfo | None = None) -> Callable[[bytes], None]:
        """WSGI's start_response; the fields are checked when they are sent."""
        if exc_info is not None and self.headers_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if self.status is not None and exc_info is None:
            raise RuntimeError("start_response was called twice")
        self.code = int(status[:3])
        self.status = status
        self.response_headers = tuple(headers)
        return self.write

    def write(self, data: bytes) -> None:
        """Send a part of an answer's body, the first one together with the head."""
        if self.headers_sent:
            self.wire.send(self._framed(data))
            return
        length, ends = wishes(self.response_headers)
        bodiless = self.head.method == "HEAD" or self.code in BODILESS
        self._left = length
        self._chunked = length is None and not bodiless and self.head.version == "HTTP/1.1"
        self.close_connection |= ends or (length is None and not self._chunked)
        framing = "Transfer-Encoding: chunked\r\n" if self._chunked else ""
        if length is not None and self.code not in BODILESS:
            framing = f"Content-Length: {length}\r\n"
        head = self._finished_head(framing)
        framed = b"" if bodiless else self._framed(data)
        self.headers_sent = True
        self.wire.send(head + framed)

    def upgrade_connection(self) -> None:
        """Start the 101; the stock `upgrade_websocket` calls it for what asks for a WebSocket."""
        self.start_response("101 Switching Protocols", switch_fields(self.environ))

    def refusal_of(self, status: HTTPStatus, reason: str, environ: dict[str, Any] | None, fields: Fields = ()) -> bytes:
        """What a request is answered that the application does not see: in the words of whose path it is."""
        server = self.server
        if environ is not None and server.wording is not None:
            bodiless = environ["REQUEST_METHOD"] == "HEAD"
            try:
                line, said, body = server.wording(status, reason, environ)
                return parting(line, [*said, *fields], body, server.date_line, bodiless=bodiless)
            except Exception:  # noqa: BLE001 - the boundary of the application; on_error logs it
                server.on_error(sys.exc_info(), environ["REQUEST_METHOD"], environ["PATH_INFO"])
        return refusal(status, reason, fields, server.date_line)

    def _framed(self, data: bytes) -> bytes:
        if self._chunked:
            return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise ValueError("the application sent more than its Content-Length")
        return data

    def _stream(self, parts: Iterable[bytes]) -> None:
        bodiless = False
        for part in parts:
            if part:
                self.write(part)
                bodiless = self.head.method == "HEAD" or self.code in BODILESS
                if bodiless:
                    break
        if not self.headers_sent:
            self._send_whole(b"")
        elif self._chunked:
            self.wire.send(b"0\r\n\r\n")
        elif self._left and not bodiless:
            raise ValueError("the application sent less than its Content-Length")

    def _send_whole(self, body: bytes) -> None:
        if self.headers_sent:  # the application had used write()
            self._stream([body])
            return
        length, ends = wishes(self.response_headers)
        self.close_connection |= ends
        if self.code in BODILESS:
            if body:
                raise ValueError(f"an answer {self.code} has no body")
            framing = ""
        elif self.head.method == "HEAD":
            framing = f"Content-Length: {len(body) if length is None else length}\r\n"
            body = b""
        elif length is None or length == len(body):
            framing = f"Content-Length: {len(body)}\r\n"
        else:
            raise ValueError("the application's Content-Length is not its body's")
        head = self._finished_head(framing)
        self.headers_sent = True
        self.wire.send(head + body)

    def _finished_head(self, framing: str) -> bytes:
        if self.status is None:
            raise RuntimeError("the application did not call start_response")
        if self.code < HTTPStatus.OK:
            raise ValueError("an application can't answer with an interim status")
        kept = ""
        if self.close_connection or self.server.draining:
            self.close_connection = True
            kept = "Connection: close\r\n"
        elif self.head.version == "HTTP/1.0":
            kept = "Connection: keep-alive\r\n"
        return encode_head(self.status, self.response_headers, f"{self.server.date_line}{framing}{kept}")

    def _may_be_taken(self) -> bool:
        if self.environ.get("presently.socket") == "websocket":
            return (
                HTTPStatus.OK <= self.code < HTTPStatus.MULTIPLE_CHOICES or self.code == HTTPStatus.SWITCHING_PROTOCOLS
            )
        return self.code == HTTPStatus.OK and self.head.method != "HEAD"

    def _take_over(self, body: bytes) -> None:
        environ = self.environ
        takeover = environ.pop("presently.takeover")
        self.close_connection = True  # whatever becomes of it, no further request is read here
        if environ.get("presently.socket") != "websocket":
            head = self._finished_head("") + body
        else:
            try:
                check_handshake(environ)
            except HandshakeRefused as refused:
                self.headers_sent = True
                self.server.refused(refused.status.value, refused.reason)
                self.wire.send(self.refusal_of(refused.status, refused.reason, environ, refused.fields))
                return
            self.status = None
            self.upgrade_websocket()
            head = encode_head(self.status or "", self.response_headers, "Connection: Upgrade\r\n")
        self.headers_sent = True
        self.wire.send(head)
        self._hand_over(takeover)

    def _hand_over(self, takeover: Callable[..., None]) -> None:
        self.server.forget(self)
        buffered = self.wire.buffer
        sock = self.wire.detach()
        ticket, self.ticket = self.ticket, None
        try:
            takeover(sock, buffered, ticket)
        except BaseException:
            sock.close()
            if ticket is not None:
                ticket.release()
            raise
