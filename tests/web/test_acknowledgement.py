"""Whether a peer is still there, by what the kernel tells; a network that is cut cannot be had on one loopback."""

import socket
import struct
from contextlib import suppress
from typing import Any

import pytest

from web.acknowledgement import acknowledged


class Told:
    """A connection of which the kernel tells this many segments on their way, and when the last ACK came."""

    def __init__(self, unacked: int, last_ack_ms: int) -> None:
        words = [0] * 24
        words[4], words[12] = unacked, last_ack_ms
        self.info = struct.pack("=8B24I", *range(8), *words)

    def getsockopt(self, level: int, option: int, size: int) -> bytes:
        assert (level, option) == (socket.IPPROTO_TCP, socket.TCP_INFO)
        return self.info[:size]


@pytest.mark.parametrize(
    ("unacked", "last_ack_ms", "there"),
    [(1, 7_999, True), (1, 8_050, True), (1, 8_200, False), (3, 30_000, False), (0, 30_000, True)],
)
def test_what_is_on_its_way_must_have_been_acknowledged_since(unacked: int, last_ack_ms: int, there: bool) -> None:
    connection: Any = Told(unacked, last_ack_ms)
    assert acknowledged(connection, 8.0) is there


def test_a_system_that_does_not_tell_is_believed() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert acknowledged(one, 0.0)
    short: Any = Told(1, 30_000)
    short.info = short.info[:40]
    assert acknowledged(short, 8.0)


@pytest.mark.live
def test_a_real_peer_acknowledges_and_one_that_does_not_read_too() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
        listening.accept()[0] as served,
    ):
        served.sendall(b":\n\n")
        assert client.recv(10) == b":\n\n"
        assert acknowledged(served, 0.0)
        served.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                served.send(b"x" * 65_536)
        assert acknowledged(served, 0.0)
