"""What goes over Discord's gateway: bytes in, envelopes out, and the few things that we say ourselves. Pure.

Source: spec/discord.md sections 2, 3.1, 3.2, 3.4 and 6 (gateway version 10, JSON, zlib-stream).
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec
import orjson

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, REQUEST_MEMBERS = 0, 1, 2, 6, 7, 8
INVALID_SESSION, HELLO, ACK = 9, 10, 11

GUILDS, GUILD_MEMBERS, GUILD_PRESENCES = 1 << 0, 1 << 1, 1 << 8
INTENTS = GUILDS | GUILD_MEMBERS | GUILD_PRESENCES
LARGE = 250
"""`large_threshold`, at its most: up to so many members come in one message, whoever they are."""

MOST_SENT = 4096
"""Bytes of a message of ours; a longer one is close 4002."""
MOST_HEARD = 96 * 1024 * 1024
"""Bytes of a message of theirs, inflated: a guild of 75,000 with all who are in it is below this."""

_QUERY = "v=10&encoding=json&compress=zlib-stream"
LONG = 64 * 1024
"""Bytes from which a message's members and presences are parsed one by one, when it is their turn."""

_FLUSHED = b"\x00\x00\xff\xff"
_NAME = "presently"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message of theirs; `data` is any JSON value."""

    op: int
    data: Any
    seq: int | None = None
    name: str | None = None


class BrokenStreamError(Exception):
    """What came cannot be inflated, or is longer than anything Discord says."""


class Inflater:
    """The zlib-stream of one connection: frames in, whole messages out."""

    def __init__(self, most: int = MOST_HEARD) -> None:
        self._context = zlib.decompressobj()
        self._waiting = bytearray()
        self._most = most

    def feed(self, frame: bytes) -> Iterator[bytes]:
        """The message that is whole with this frame, if any. BrokenStreamError: nothing after it can be read either.

        The buffer's end is looked at and not the frame's: a suffix that is cut in two would glue two messages together.
        """
        self._waiting += frame
        if len(self._waiting) > self._most:
            raise BrokenStreamError
        if not self._waiting.endswith(_FLUSHED):
            return
        try:
            message = self._context.decompress(bytes(self._waiting), self._most)
        except zlib.error:
            raise BrokenStreamError from None
        if self._context.unconsumed_tail:
            raise BrokenStreamError
        self._waiting.clear()
        yield message


class _LongData(msgspec.Struct, omit_defaults=True):
    """What of a guild, or of a part of its members, anybody reads (sections 4 and 6)."""

    id: Any = None
    guild_id: Any = None
    large: Any = None
    unavailable: Any = None
    member_count: Any = None
    members: list[msgspec.Raw] | None = None
    presences: list[msgspec.Raw] | None = None
    chunk_index: Any = None
    chunk_count: Any = None
    nonce: Any = None


class _Long(msgspec.Struct):
    op: int
    d: msgspec.Raw
    s: Any = None
    t: Any = None


_LONG, _LONG_DATA = msgspec.json.Decoder(_Long), msgspec.json.Decoder(_LongData)
_LISTS = frozenset({"GUILD_CREATE", "GUILD_MEMBERS_CHUNK"})


def read(text: bytes) -> Envelope | None:
    """The message in this text; None where it is none. See `whole` for the members in a long one."""
    return (_read_long(text) if len(text) >= LONG else None) or _read(text)


def whole(part: Any) -> Any:
    """One of a list that came in a message, which may not have been parsed yet; None for what is no JSON."""
    if not isinstance(part, msgspec.Raw):
        return part
    try:
        return orjson.loads(memoryview(part))
    except orjson.JSONDecodeError:
        return None


def _read_long(text: bytes) -> Envelope | None:
    """A message whose lists are parsed later, so that nobody waits for all of it; None for any other."""
    try:
        long = _LONG.decode(text)
        if long.t not in _LISTS:
            return None
        data = _LONG_DATA.decode(long.d)
    except (msgspec.MsgspecError, TypeError):
        return None
    told = {name: value for name in data.__struct_fields__ if (value := getattr(data, name)) is not None}
    return Envelope(long.op, told, long.s if type(long.s) is int else None, long.t)


def _read(text: bytes) -> Envelope | None:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict) or type(document.get("op")) is not int:
        return None
    seq, name = document.get("s"), document.get("t")
    return Envelope(
        document["op"],
        document.get("d"),
        seq if type(seq) is int else None,  # 0 is one
        name if isinstance(name, str) else None,
    )


def heartbeat(seq: int | None) -> bytes:
    """Op 1."""
    return _said(HEARTBEAT, seq)


def identify(token: str, shard: tuple[int, int]) -> bytes:
    """Op 2: a new session."""
    properties = {"os": "linux", "browser": _NAME, "device": _NAME}
    wanted = {"intents": INTENTS, "properties": properties, "large_threshold": LARGE, "shard": list(shard)}
    return _said(IDENTIFY, {"token": token, **wanted})


def resume(token: str, session: str, seq: int | None) -> bytes:
    """Op 6: go on with a session."""
    return _said(RESUME, {"token": token, "session_id": session, "seq": seq})


def everybody_in(guild: str, nonce: str) -> bytes:
    """Op 8: all members of the guild, with their presences."""
    return _said(REQUEST_MEMBERS, {"guild_id": guild, "query": "", "limit": 0, "presences": True, "nonce": nonce})


def members_of(guild: str, users: tuple[str, ...], nonce: str) -> bytes:
    """Op 8: these members, 100 at most."""
    wanted = {"guild_id": guild, "user_ids": list(users), "limit": 0, "presences": True, "nonce": nonce}
    return _said(REQUEST_MEMBERS, wanted)


def gateway_address(url: str) -> str | None:
    """Where to connect, of a gateway's URL with or without slash and query; as http or https. None for no such URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme)
    if scheme is None or not parts.hostname or "@" in parts.netloc:
        return None
    return f"{scheme}://{parts.netloc}{parts.path or '/'}?{_QUERY}"


def _said(op: int, data: Mapping[str, Any] | int | None) -> bytes:
    return orjson.dumps({"op": op, "d": data})
