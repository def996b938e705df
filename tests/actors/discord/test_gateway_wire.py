"""The frames of Discord's gateway over a socket that never waits."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.connection import CloseReason, Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

from actors.discord import wire as wires
from actors.discord.wire import GatewayWire, Packed
from actors.relay.wire import LOST, NO_CODE, Closed, Sign, Text


class Ends:
    """Both ends of one connection."""

    def __init__(self, early: bytes = b"") -> None:
        mine, self.peer = socket.socketpair()
        mine.setblocking(False)
        self.peer.settimeout(5)
        self.wire = GatewayWire(mine, early)
        self.machine = Connection(ConnectionType.SERVER)

    def close(self) -> None:
        self.wire.close()
        self.peer.close()

    def say(self, event: Any) -> None:
        self.peer.sendall(self.machine.send(event))

    def heard(self) -> list[Any]:
        """All that is there now, but for signs of life."""
        found = []
        while (each := self.wire.next()) is not None:
            if not isinstance(each, Sign):
                found.append(each)
            if isinstance(each, Closed):
                break
        return found

    def told(self) -> list[Any]:
        """What the peer hears."""
        self.machine.receive_data(self.peer.recv(65_536))
        return list(self.machine.events())


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends()
    yield ends
    ends.close()


def test_messages_both_ways(ends: Ends) -> None:
    assert ends.wire.next() is None
    ends.say(TextMessage(data="grüß"))
    ends.say(BytesMessage(data=b"\x00\xff", message_finished=False))
    ends.say(BytesMessage(data=b"\x01"))
    assert ends.heard() == [Text("grüß".encode()), Packed(b"\x00\xff\x01")]
    assert ends.wire.say(b'{"op":1}')
    (event,) = ends.told()
    assert event.data == '{"op":1}'


def test_what_came_with_the_handshake_is_heard_first() -> None:
    early = Connection(ConnectionType.SERVER).send(TextMessage(data="hello"))
    ends = Ends(early)
    assert ends.heard() == [Text(b"hello")]
    ends.close()


def test_a_ping_is_answered(ends: Ends) -> None:
    ends.say(Ping(payload=b"x"))
    assert ends.heard() == []
    (event,) = ends.told()
    assert isinstance(event, Pong)
    assert event.payload == b"x"


@pytest.mark.parametrize(("code", "heard"), [(4004, 4004), (1000, 1000), (CloseReason.NO_STATUS_RCVD, NO_CODE)])
def test_a_close_frames_code(ends: Ends, code: int, heard: int) -> None:
    ends.say(CloseConnection(code=code))
    assert ends.heard() == [Closed(heard)]


@pytest.mark.parametrize("data", [b"", b"\x83\x00", b"\x81\x81abcd\x00", b"\x81\x01\xff"])
def test_a_connection_that_ends_or_says_what_is_no_frame_is_lost(ends: Ends, data: bytes) -> None:
    if data:
        ends.peer.sendall(data)
    else:
        ends.peer.close()
    assert ends.heard() == [Closed(LOST)]


def test_we_close_so_that_the_session_stays(ends: Ends) -> None:
    ends.wire.close()
    (event,) = ends.told()
    assert event.code == 4000


def test_what_is_longer_than_anything_discord_says(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wires, "MOST_HEARD", 100)
    ends.say(BytesMessage(data=b"x" * 60, message_finished=False))
    ends.say(BytesMessage(data=b"x" * 60))
    assert ends.heard() == [Closed(LOST)]


def test_what_does_not_fit_is_not_said_by_halves_unnoticed(ends: Ends) -> None:
    said = 0
    while ends.wire.say(b"x" * 4000):
        said += 1
    assert said


@given(st.lists(st.binary(max_size=200), max_size=5), st.integers(1, 50))
def test_messages_in_any_pieces(messages: list[bytes], size: int) -> None:
    ends = Ends()
    data = b"".join(ends.machine.send(BytesMessage(data=each)) for each in messages)
    heard: list[Any] = []
    for start in range(0, len(data), size):
        ends.peer.sendall(data[start : start + size])
        heard += ends.heard()
    ends.close()
    assert heard == messages
