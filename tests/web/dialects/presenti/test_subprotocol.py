"""presenti's handshakes: of offered subprotocols the first is echoed (presenti.md section 1), where it is one."""

import socket

import pytest

from tests.serving import SECONDS, Served

pytestmark = pytest.mark.live

ASK = (
    "GET /presence/ann HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: {offered}\r\n\r\n"
)


def head_of_answer(served: Served, offered: str) -> bytes:
    with socket.create_connection(("127.0.0.1", served.port), timeout=SECONDS) as connection:
        connection.sendall(ASK.format(offered=offered).encode())
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += connection.recv(65_536)
    return heard.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    ("offered", "echoed"),
    [("a", b"a"), ("a.v2, b", b"a.v2"), (", b", b"b"), ("a b, c", b"c"), ('"a"', None), ("", None), (", ,", None)],
)
def test_the_first_that_is_a_token_is_echoed(open_server: Served, offered: str, echoed: bytes | None) -> None:
    """A client fails the connection over an echo that is empty or no token. Seen to fail when both were sent back."""
    first, *fields = head_of_answer(open_server, offered).split(b"\r\n")
    assert first.startswith(b"HTTP/1.1 101 ")
    said = [field for field in fields if field.startswith(b"Sec-WebSocket-Protocol")]
    assert said == ([] if echoed is None else [b"Sec-WebSocket-Protocol: " + echoed])
