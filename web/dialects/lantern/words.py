"""Lantern's opcodes and the messages that are about the conversation itself (spec/lantern.md sections 6.1 and 6.2)."""

from enum import IntEnum
from typing import Any

import orjson

from actors.effects import Hang, Say
from actors.errors import Malformed
from web import json

HELLO = b'{"t":"HELLO","op":1,"d":{"heartbeat_interval":30000}}'
INTERVAL = 30.0
GRACE = 1.5
"""Intervals that may pass between two beats."""
INIT_WITHIN = 5.0
MESSAGE_BYTES = 1_024

TOO_LONG = Hang(1009)
BARE_CLOSE = Hang(1005)
"""Section 6.2: "every server-initiated close is a close frame without status"."""


class Op(IntEnum):
    """Section 6.1."""

    HELLO = 1
    INIT = 2
    INIT_ACK = 3
    HEARTBEAT = 4
    HEARTBEAT_ACK = 5
    PRESENCE_UPDATE = 6
    USER_LEFT = 7
    USER_JOINED = 8
    DISCONNECT = 9
    STORAGE_UPDATE = 10
    ERROR = 11
    SUBSCRIBE = 12
    SUBSCRIBE_ACK = 13
    UNSUBSCRIBE = 14
    UNSUBSCRIBE_ACK = 15


FROM_CLIENTS = frozenset({Op.INIT, Op.HEARTBEAT, Op.SUBSCRIBE, Op.UNSUBSCRIBE})


def message(op: Op, data: Any = None) -> bytes:
    """Key order t, op, d; `d` only where there is something."""
    return orjson.dumps({"t": op.name, "op": int(op), **({"d": data} if data else {})})


def disconnect(text: str) -> Say:
    """Section 9: "neither read; send both"."""
    return Say(message(Op.DISCONNECT, {"error": text, "reason": text}))


def size(data: str | bytes) -> int:
    """A message's length in bytes, as it came."""
    return len(data) if isinstance(data, bytes) else len(data.encode())


def read(data: str | bytes) -> Any:
    """A message's value; None for "not JSON, or JSON `null`", which are ignored alike."""
    try:
        return json.read(data)
    except Malformed:
        return None
