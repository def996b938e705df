"""What goes over Discord's gateway, byte by byte."""

import json
import zlib
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.upstream import discord_frames as frames
from actors.upstream.discord_frames import BrokenStreamError, Envelope, Inflater, gateway_address, read, whole


def packed(*messages: bytes) -> list[bytes]:
    """Each message as one frame of one stream."""
    stream = zlib.compressobj()
    return [stream.compress(each) + stream.flush(zlib.Z_SYNC_FLUSH) for each in messages]


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=6), st.lists(st.integers(1, 40), min_size=1))
def test_a_stream_in_any_pieces_is_the_same_messages(messages: list[bytes], sizes: list[int]) -> None:
    """Also where a message's last four bytes are cut in two, which has glued messages together elsewhere."""
    inflater, heard = Inflater(), []
    for frame, message in zip(packed(*messages), messages, strict=True):
        rest, turn = frame, 0
        while rest:
            size = sizes[turn % len(sizes)]
            part, rest, turn = rest[:size], rest[size:], turn + 1
            heard += inflater.feed(part)
        assert heard[-1] == message
    assert heard == messages


def test_what_cannot_be_inflated_ends_the_stream() -> None:
    with pytest.raises(BrokenStreamError):
        list(Inflater().feed(b"no zlib at all\x00\x00\xff\xff"))


@pytest.mark.parametrize("frames_", [packed(b"x" * 1001), [b"y" * 1001]])
def test_what_is_longer_than_anything_discord_says_ends_the_stream(frames_: list[bytes]) -> None:
    with pytest.raises(BrokenStreamError):
        [list(Inflater(1000).feed(frame)) for frame in frames_]
    assert list(Inflater(1001).feed(packed(b"x" * 1001)[0])) == [b"x" * 1001]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (b'{"op":11}', Envelope(11, None)),
        (b'{"op":9,"d":false,"s":null,"t":null}', Envelope(9, False)),
        (b'{"op":0,"d":[1],"s":0,"t":"PRESENCES_REPLACE"}', Envelope(0, [1], 0, "PRESENCES_REPLACE")),
        (b'{"op":0,"d":{},"s":"7","t":7}', Envelope(0, {})),
        (b'{"op":"0"}', None),
        (b'{"op":true}', None),
        (b"[]", None),
        (b"\xff", None),
    ],
)
def test_an_envelope(text: bytes, meant: Envelope | None) -> None:
    assert read(text) == meant


def test_a_long_guild_reads_as_a_short_one() -> None:
    members = [{"user": {"id": str(number)}, "nick": "n" * 90} for number in range(900)]
    data: dict[str, Any] = {"id": "1", "large": False, "member_count": 900, "members": members, "presences": []}
    text = json.dumps({"op": 0, "t": "GUILD_CREATE", "s": 5, "d": {**data, "channels": [{"id": "2"}]}}).encode()
    assert len(text) > frames.LONG
    long = read(text)
    assert long is not None
    assert (long.op, long.seq, long.name) == (0, 5, "GUILD_CREATE")
    assert {**long.data, "members": [whole(each) for each in long.data["members"]]} == data
    assert read(text.replace(b'"members": [', b'"members": 7, "x": [')) == Envelope(
        0, {**data, "members": 7, "x": members, "channels": [{"id": "2"}]}, 5, "GUILD_CREATE"
    )


def test_a_member_that_is_no_json_is_nobody_and_the_others_are_there() -> None:
    text = b'{"op":0,"t":"GUILD_MEMBERS_CHUNK","s":1,"d":{"guild_id":"1","members":[{"a":"\xff"},{"user":{"id":"2"}}]}}'
    long = read(text + b" " * frames.LONG)
    assert long is not None
    assert [whole(each) for each in long.data["members"]] == [None, {"user": {"id": "2"}}]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("wss://gateway.discord.gg", "https://gateway.discord.gg/?v=10&encoding=json&compress=zlib-stream"),
        ("wss://gateway.discord.gg/", "https://gateway.discord.gg/?v=10&encoding=json&compress=zlib-stream"),
        ("wss://us-east.discord.gg/?v=9", "https://us-east.discord.gg/?v=10&encoding=json&compress=zlib-stream"),
        ("ws://127.0.0.1:3000/gw", "http://127.0.0.1:3000/gw?v=10&encoding=json&compress=zlib-stream"),
        ("https://gateway.discord.gg", None),
        ("wss://user:pw@gateway.discord.gg", None),
        ("wss://", None),
        ("wss://[", None),
        ("", None),
    ],
)
def test_a_gateways_address_with_slash_query_or_neither(url: str, address: str | None) -> None:
    assert gateway_address(url) == address


def test_what_we_say_is_what_the_gateway_wants_and_short() -> None:
    identify = orjson.loads(frames.identify("t0ken", (0, 1)))
    assert identify["op"] == 2
    assert identify["d"] == {
        "token": "t0ken",
        "intents": 259,
        "properties": {"os": "linux", "browser": "presently", "device": "presently"},
        "large_threshold": 250,
        "shard": [0, 1],
    }
    assert orjson.loads(frames.heartbeat(None)) == {"op": 1, "d": None}
    assert orjson.loads(frames.heartbeat(0)) == {"op": 1, "d": 0}
    resumed = orjson.loads(frames.resume("t0ken", "s", 0))
    assert resumed == {"op": 6, "d": {"token": "t0ken", "session_id": "s", "seq": 0}}
    hundred = tuple(str(10**19 + number) for number in range(100))
    assert len(frames.members_of("1" * 20, hundred, "12345")) <= frames.MOST_SENT
    everybody = orjson.loads(frames.everybody_in("7", "1"))["d"]
    assert everybody == {"guild_id": "7", "query": "", "limit": 0, "presences": True, "nonce": "1"}
