"""The client's side of a WebSocket: wsproto's own, and frames by hand where the client is to misbehave."""

import os

from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Message, Ping, Pong

MASK = b"\x11\x22\x33\x44"


def understand(data: bytes) -> list[object]:
    """What a client makes of these bytes."""
    machine = Connection(ConnectionType.CLIENT)
    machine.receive_data(data)
    return list(machine.events())


def say(*events: Message | Ping | Pong | CloseConnection) -> bytes:
    """What a well-behaved client sends."""
    machine = Connection(ConnectionType.CLIENT)
    return b"".join(machine.send(event) for event in events)


def frame(first: int, payload: bytes = b"", *, masked: bool = True, claimed: int | None = None) -> bytes:
    """One frame by hand; `claimed` is the length it says it has."""
    size = len(payload) if claimed is None else claimed
    bit = 0x80 if masked else 0
    if size < 126:
        head = bytes((first, bit | size))
    elif size < 1 << 16:
        head = bytes((first, bit | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, bit | 127)) + size.to_bytes(8, "big")
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


texts = st.text(max_size=300)
conversations = st.lists(
    st.one_of(
        texts.map(lambda text: frame(0x81, text.encode())),
        st.binary(max_size=300).map(lambda data: frame(0x82, data)),
        st.binary(max_size=125).map(lambda data: frame(0x89, data)),
        st.binary(max_size=125).map(lambda data: frame(0x8A, data)),
        st.lists(texts, min_size=1, max_size=4).map(lambda parts: fragmented(parts)),  # noqa: PLW0108 - defined below,
    ),
    max_size=8,
)


def fragmented(parts: list[str]) -> bytes:
    """One message in as many frames, cut anywhere in its bytes, with a ping between two of them."""
    pieces = [part.encode() for part in parts]
    frames = [frame((0x01 if not at else 0) | (0x80 if at == len(pieces) - 1 else 0), p) for at, p in enumerate(pieces)]
    return frames[0] + frame(0x89, b"between") + b"".join(frames[1:]) if len(frames) > 1 else frames[0]


def noise(size: int) -> bytes:
    """Bytes that mean nothing."""
    return os.urandom(size)
