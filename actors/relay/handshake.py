"""The way from a dialled socket to an open stream: one HTTP request, its answer's head, and what that opens.

WebSocket by RFC 6455 section 4.1, event stream by WHATWG HTML. The head is h11's, for its bounds: websocket-client
reads one of any length, follows redirects unasked and keeps cookies of strangers for all of us.
"""

import base64
import binascii
import hashlib
import os
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import quote

import h11

from actors.errors import Refused, Unavailable
from actors.relay.network import Network
from actors.relay.wire import AT_ONCE, EventStreamWire, WebSocketWire, Wire
from actors.upstream.mastodon_address import Address
from actors.upstream.mastodon_effects import Open, Way

MOST_HEAD = 32 * 1024
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SUBPROTOCOL = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_IN_A_HEADER = re.compile(r"[\x21-\x7e]+")

Head = h11.Response | h11.InformationalResponse


class OpenWire(Protocol):
    """What is open, whatever is said over it."""

    def fileno(self) -> int:
        """Of the socket."""

    def close(self) -> None:
        """End it, without waiting."""


W = TypeVar("W", bound=OpenWire)


@dataclass(frozen=True, slots=True)
class Opened(Generic[W]):
    """The stream is open."""

    wire: W


@dataclass(frozen=True, slots=True)
class Turned:
    """The server has answered something else."""

    status: int
    headers: Mapping[str, str]


def open_stream(network: Network, wanted: Open) -> Opened[Wire] | Turned:
    """Dial and shake hands; waits. A HouseError when nobody answers, or nothing that is HTTP."""
    connection = network.dial(wanted.address.url, wanted.address.guarded)
    return _closed_unless_open(connection, lambda: _shake_hands(connection, wanted))


def open_websocket(
    connection: socket.socket, address: Address, agent: str, wire: Callable[[socket.socket, bytes], W]
) -> Opened[W] | Turned:
    """Shake hands as somebody who needs no credential for it, and who is called this; `wire` is made of what opens."""
    wanted = Open(address, Way.WEBSOCKET, "")

    def shake_hands() -> Opened[W] | Turned:
        http, key, head = _ask(connection, wanted, agent)
        if head.status_code != 101:
            return Turned(head.status_code, _fields(head))
        early = _early(http, key, head)
        connection.settimeout(0.0)
        return Opened(wire(connection, early))

    return _closed_unless_open(connection, shake_hands)


def _closed_unless_open(connection: socket.socket, shake_hands: Callable[[], Opened[W] | Turned]) -> Opened[W] | Turned:
    outcome: Opened[W] | Turned | None = None
    try:
        outcome = shake_hands()
    except (h11.ProtocolError, UnicodeError):  # its text may hold what we sent
        raise Unavailable("bad-response") from None
    except OSError:
        raise Unavailable("unreachable") from None
    finally:
        if not isinstance(outcome, Opened):
            connection.close()
    return outcome


def _shake_hands(connection: socket.socket, wanted: Open) -> Opened[Wire] | Turned:
    http, key, head = _ask(connection, wanted, "Presently")
    headers = _fields(head)
    if wanted.way is Way.WEBSOCKET and head.status_code == 101:
        wire: Wire = WebSocketWire(connection, _early(http, key, head))
    elif wanted.way is Way.EVENT_STREAM and _is_event_stream(head, headers):
        wire = EventStreamWire(connection, http)
    else:
        return Turned(head.status_code, headers)
    connection.settimeout(0.0)
    return Opened(wire)


def _ask(connection: socket.socket, wanted: Open, agent: str) -> tuple[h11.Connection, bytes, Head]:
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD)
    key = base64.b64encode(os.urandom(16))
    connection.sendall(_request(http, wanted, key, agent))
    return http, key, _read_head(http, connection)


def _early(http: h11.Connection, key: bytes, head: Head) -> bytes:
    """What came behind the 101, which must be the answer to this key."""
    if _fields(head).get("sec-websocket-accept", "").encode("latin-1") != _accept(key):
        raise Unavailable("bad-response")
    return bytes(http.trailing_data[0])


def _request(http: h11.Connection, wanted: Open, key: bytes, agent: str) -> bytes:
    address = wanted.address
    target = address.target
    if wanted.token_in_query:
        target += f"{'&' if '?' in target else '?'}access_token={quote(wanted.token, safe='')}"
    headers = [("Host", address.host), ("User-Agent", agent)]
    if _IN_A_HEADER.fullmatch(wanted.token):
        headers.append(("Authorization", f"Bearer {wanted.token}"))
    if wanted.way is Way.WEBSOCKET:
        headers += _upgrade(wanted.token, key.decode("ascii"))
    else:
        headers += [("Accept", "text/event-stream"), ("Cache-Control", "no-store")]
    try:
        request = http.send(h11.Request(method="GET", target=target, headers=headers))
        return bytes(request or b"") + bytes(http.send(h11.EndOfMessage()) or b"")
    except (h11.LocalProtocolError, UnicodeError):  # it would repeat what we meant to send
        raise Refused("bad-url") from None


def _upgrade(token: str, key: str) -> list[tuple[str, str]]:
    """Pleroma and others look for the token in the subprotocol only; Mastodon takes Authorization before that."""
    headers = [("Upgrade", "websocket"), ("Connection", "Upgrade")]
    headers += [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", key)]
    return [*headers, ("Sec-WebSocket-Protocol", token)] if _SUBPROTOCOL.fullmatch(token) else headers


def _read_head(http: h11.Connection, connection: socket.socket) -> Head:
    """The head of the answer; interim answers before it count, or a peer that says nothing else would hold the hub."""
    left = MOST_HEAD
    while left > 0:
        event = http.next_event()
        if event is h11.NEED_DATA:
            data = connection.recv(AT_ONCE)
            left -= len(data)
            http.receive_data(data)
        elif isinstance(event, h11.Response) or (isinstance(event, Head) and event.status_code == 101):
            return event
        elif not isinstance(event, h11.InformationalResponse):
            break
    raise Unavailable("bad-response")


def _fields(head: Head) -> dict[str, str]:
    """The first of each name."""
    fields: dict[str, str] = {}
    for name, value in head.headers:
        fields.setdefault(name.decode("latin-1"), value.decode("latin-1"))
    return fields


def _is_event_stream(head: Head, headers: Mapping[str, str]) -> bool:
    return head.status_code == 200 and headers.get("content-type", "").lower().startswith("text/event-stream")


def _accept(key: bytes) -> bytes:
    return binascii.b2a_base64(hashlib.sha1(key + _GUID, usedforsecurity=False).digest(), newline=False)
