"""Conversation: HTTP/1.1 over one dialled socket, by the standard library, with every byte that comes in counted.

http.client bounds a header line and the number of headers, but neither their sum, nor interim answers, trailers or a
chunk of negative length. A meter under it bounds all of them at once.
"""

import io
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

import gevent
from gevent import monkey

from actors.errors import Overrun, Unavailable
from web.outgoing.limits import FetchLimits
from web.outgoing.target import Target

_native_poll = monkey.get_original("select", "poll")
_POLLIN = 1
_PLAIN = frozenset({"", "identity"})


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, whatever its status; header names in lower case, a repeated one joined by commas."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class ClosedEarlyError(Exception):
    """The connection was closed before a byte of the answer had come."""


class Conversation:
    """One connection and the requests that go over it, one after another."""

    def __init__(self, target: Target, connection: socket.socket) -> None:
        self._meter = _Meter(connection)
        self._line = _Line(target.host, target.port)
        self._line.auto_open = 0  # it never dials by itself
        self._line.default_port = 443 if target.scheme == "https" else 80
        self._line.response_class = self._metered  # type: ignore[assignment]  # called as a class would be
        self._line.sock = connection
        self.reusable = False
        """True when the last answer ended properly and the peer takes another request."""
        self.head: Response | None = None
        """The last answer without its body, as soon as that much of it has come."""

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, limits: FetchLimits
    ) -> Response:
        """One request and its answer; ClosedEarlyError where it may be tried on another connection.

        Overrun: `too-large`. Unavailable: `bad-response`, `encoded-body` or `unreachable`.
        """
        self.reusable, self.head = False, None
        try:
            self._meter.left = limits.head_bytes
            self._line.request(method, path, body, {"Accept-Encoding": "identity", **headers})
            self._line.flush()
            answer = self._line.getresponse()
            self.head = Response(answer.status, _fields(answer))
            # A body in tiny chunks is mostly framing.
            self._meter.left = 2 * limits.body_bytes + io.DEFAULT_BUFFER_SIZE
            with answer:  # which may hold the socket longer than the connection does
                response = replace(self.head, body=_body(answer, limits.body_bytes))
                whole = answer.isclosed()
        except ConnectionError:  # http.client's RemoteDisconnected is one
            raise ClosedEarlyError from None
        except HTTPException:
            raise Unavailable("bad-response") from None
        except OSError:
            raise Unavailable("unreachable") from None
        self.reusable = whole and not answer.will_close
        return response

    def alive(self) -> bool:
        """True while the peer has neither closed nor sent what nobody asked for."""
        poll = _native_poll()
        poll.register(self._line.sock.fileno(), _POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Close the connection."""
        self._line.close()

    def _metered(self, _connection: socket.socket, **options: Any) -> HTTPResponse:
        return HTTPResponse(self._meter, **options)  # type: ignore[arg-type]  # all it uses is makefile


class _Line(HTTPConnection):
    """http.client's connection, which sends head and body in two writes, made to send them in one."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self._held = bytearray()

    def send(self, data: Any) -> None:
        """Hold it back; whatever http.client has to say comes through here."""
        self._held += data

    def flush(self) -> None:
        """Send what was held back."""
        held, self._held = self._held, bytearray()
        super().send(held)


def _fields(answer: HTTPResponse) -> dict[str, str]:
    fields: dict[str, str] = {}
    for given, value in answer.getheaders():
        name = given.lower()
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def _body(answer: HTTPResponse, most: int) -> bytes:
    """The whole body, as it was sent: nothing is unpacked, so nothing can be larger than what came in."""
    if answer.getheader("Content-Encoding", "").strip().lower() not in _PLAIN:
        raise Unavailable("encoded-body")
    if answer.length is not None and answer.length > most:
        raise Overrun("too-large")
    data = answer.read(most + 1)
    if len(data) > most:
        raise Overrun("too-large")
    if answer.length:
        raise Unavailable("bad-response", "the body is shorter than announced")
    return data


class _Meter:
    """What http.client takes for its socket: counts what is read, and stops it at `left` bytes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.left = 0

    def makefile(self, _mode: str) -> io.BufferedReader:
        """A reader for one answer."""
        return io.BufferedReader(_MeteredReader(self._connection.makefile("rb", buffering=0), self))


class _MeteredReader(io.RawIOBase):
    """One answer's bytes, through the meter."""

    def __init__(self, raw: io.RawIOBase, meter: _Meter) -> None:
        super().__init__()
        self._raw = raw
        self._meter = meter
        self._begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._begun:
            _let_others_go_on()
        self._begun = True
        count: int | None = self._raw.readinto(buffer)
        self._meter.left -= count or 0
        if self._meter.left < 0:
            raise Overrun("too-large")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _let_others_go_on() -> None:
    """One turn for the hub: a peer that sends faster than we take apart would otherwise hold it."""
    hub = gevent.get_hub()
    with hub.loop.timer(0) as turn:
        hub.wait(turn)
