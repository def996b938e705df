from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

from tests.web.client import conversations, frame, say, understand
from web import frames
from web.frames import (
    COMMENT,
    MESSAGE_BYTES,
    PING_FRAME,
    Closed,
    Message,
    Pinged,
    Reader,
    Received,
    binary_frame,
    close_frame,
    event_frame,
    pong_frame,
    text_frame,
)
from web.gauge import EMPTY_FRAGMENTS


def read(reader: Reader, *portions: bytes) -> list[Received]:
    heard: list[Received] = []
    for portion in portions:
        heard += reader.receive(portion)
        if heard and isinstance(heard[-1], Closed):
            break
    return heard


def cut(data: bytes, places: list[int]) -> list[bytes]:
    at = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(at)]


# Outbound


@given(st.text(max_size=400))
@example("")
@example("a" * 125)
@example("a" * 126)
@example("a" * 65_535)
@example("a" * 65_536)
def test_a_client_understands_our_text(text: str) -> None:
    assert understand(text_frame(text.encode())) == [TextMessage(data=text)]


@given(st.binary(max_size=400))
def test_a_client_understands_our_bytes(payload: bytes) -> None:
    assert understand(binary_frame(payload)) == [BytesMessage(data=payload)]


@given(st.sampled_from([1000, 1001, 1003, 1007, 1008, 1009, 1011, 1012, 4000, 4008, 4999]), st.text(max_size=200))
def test_a_client_understands_our_goodbye_and_as_much_of_the_reason_as_fits(code: int, reason: str) -> None:
    (heard,) = understand(close_frame(code, reason))
    assert isinstance(heard, CloseConnection)
    assert heard.code == code
    assert reason.startswith(heard.reason or "")
    assert len((heard.reason or "").encode()) >= min(len(reason.encode()), 120)


@pytest.mark.parametrize("code", [1005, 1006, 1015])
def test_codes_that_are_never_sent_become_none(code: int) -> None:
    (heard,) = understand(close_frame(code, "why"))
    assert isinstance(heard, CloseConnection)
    assert heard.code == 1005


@given(st.binary(max_size=125))
def test_pings_and_pongs_are_understood(payload: bytes) -> None:
    assert understand(PING_FRAME) == [Ping(payload=b"")]
    assert understand(pong_frame(payload)) == [Pong(payload=payload)]


def test_an_event_of_nothing_is_a_comment() -> None:
    assert event_frame(b"") == b":\n\n"


@given(st.text(st.sampled_from("ab:\r\n \0\u2028"), min_size=1, max_size=12))
def test_an_event_holds_every_line_and_ends_nowhere_else(text: str) -> None:
    wire = event_frame(text.encode())
    assert wire.endswith(b"\n\n")
    assert b"\r" not in wire
    lines = wire.decode().removesuffix("\n\n").split("\n")
    assert all(line.startswith("data: ") for line in lines)
    said = "\n".join(line.removeprefix("data: ") for line in lines)
    assert said == text.replace("\r\n", "\n").replace("\r", "\n")


def test_a_comment_is_no_event() -> None:
    assert COMMENT.startswith(b":")
    assert COMMENT.endswith(b"\n\n")


# Inbound


def test_a_message_has_no_end_of_empty_fragments() -> None:
    """Seen to fail when they counted for nothing: a client could send them for ever."""
    many = frame(0x01) + frame(0x00) * EMPTY_FRAGMENTS
    assert read(Reader(), many) == [Closed(1008, ours=True)]
    assert read(Reader(), *(many[at : at + 7] for at in range(0, len(many), 7)))[-1] == Closed(1008, ours=True)
    message = frame(0x01, b"a") + frame(0x00) * (EMPTY_FRAGMENTS - 1) + frame(0x80, b"b")
    assert read(Reader(), message * 2) == [Message("ab")] * 2


def test_fragments_that_come_one_at_a_time_are_one_message_and_nobody_elses() -> None:
    fragments, reader = (frame(0x01, b"a"), frame(0x00, b"b"), frame(0x80, b"c")), Reader()
    heard = [read(reader, fragments[0]), read(Reader(), frame(0x81, b"else")), read(reader, *fragments[1:])]
    assert heard == [[], [Message("else")], [Message("abc")]]


@given(conversations, st.lists(st.integers(0, 5_000), max_size=12))
@settings(deadline=None)
def test_however_a_conversation_is_cut_the_same_is_heard(conversation: list[bytes], places: list[int]) -> None:
    said = b"".join(conversation)
    assert read(Reader(), *cut(said, places)) == read(Reader(), said)
    assert read(Reader(), *(said[at : at + 1] for at in range(len(said)))) == read(Reader(), said)


@given(st.lists(st.text(max_size=50), max_size=6))
def test_what_a_client_says_is_what_is_heard(texts: list[str]) -> None:
    said = say(*(TextMessage(data=text) for text in texts), BytesMessage(data=b"\0"), Ping(payload=b"?"))
    assert read(Reader(), said) == [*map(Message, texts), Message(b"\0"), Pinged(b"?")]


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=4))
@settings(max_examples=400, deadline=None)
@example(frame(0x88, b"\x03"), [])
@example(frame(0x88, (1006).to_bytes(2, "big")), [])
@example(frame(0x88, b"\x03\xe8\xff"), [])
@example(frame(0xF1, b"rsv"), [])
@example(frame(0x83, b"no such opcode"), [])
@example(b"\x81\xff" + b"\xff" * 12, [])
@example(frame(0x80, b"continues nothing"), [])
@example(frame(0x01, b"a") + frame(0x81, b"b"), [])
@example(frame(0x09, b"a ping in pieces"), [])
def test_noise_is_heard_or_ends_the_conversation_and_never_harms_another(noise: bytes, places: list[int]) -> None:
    heard = read(Reader(), *cut(noise, places))
    assert all(not isinstance(each, Closed) for each in heard[:-1])
    assert read(Reader(), frame(0x81, b"unharmed")) == [Message("unharmed")]


@pytest.mark.parametrize("cuts", [1, 2, 7, 4096])
def test_16384_bytes_are_a_message_and_one_more_is_none_however_fragmented(cuts: int) -> None:
    def in_frames(size: int) -> bytes:
        step = -(-size // cuts)
        pieces = [b"a" * min(step, size - at) for at in range(0, size, step)]
        last = len(pieces) - 1
        return b"".join(frame((0x80 if at == last else 0) | (0 if at else 1), p) for at, p in enumerate(pieces))

    assert read(Reader(), in_frames(MESSAGE_BYTES)) == [Message("a" * 16_384)]
    assert read(Reader(), in_frames(MESSAGE_BYTES + 1)) == [Closed(1009, ours=True)]


def test_the_limit_counts_bytes_and_begins_anew_with_each_message() -> None:
    reader = Reader(limit=4)
    assert read(reader, frame(0x81, "éé".encode()) * 3) == [Message("éé")] * 3
    assert read(reader, frame(0x81, "ééa".encode())) == [Closed(1009, ours=True)]


@pytest.mark.parametrize("claimed", [MESSAGE_BYTES + 1, 1 << 16, 1 << 40])
def test_a_frame_that_claims_too_much_is_refused_by_its_head(claimed: int) -> None:
    """Seen to fail when only what had come was counted: 16 KiB had to."""
    head = frame(0x82, claimed=claimed)
    length = 4 if claimed < 1 << 16 else 10
    for places in ([], [1], [2], [3], [length - 1]):
        assert read(Reader(), *cut(head[:length], places)) == [Closed(1009, ours=True)]
    assert read(Reader(), frame(0x81, b"before") + head) == [Message("before"), Closed(1009, ours=True)]
    in_parts = frame(0x01, b"a" * 100) + frame(0x89, b"?") + frame(0x00, claimed=MESSAGE_BYTES - 99)[:4]
    assert read(Reader(), in_parts) == [Pinged(b"?"), Closed(1009, ours=True)]


def test_a_frame_as_large_as_may_be_is_waited_for() -> None:
    assert read(Reader(), frame(0x82, claimed=MESSAGE_BYTES)[:8]) == []


def test_fragments_of_nothing_pile_up_nowhere() -> None:
    """Seen to fail when every empty fragment was kept until the message's end: a list without a bound."""
    reader = Reader()
    assert read(reader, frame(0x01), frame(0x00) * (EMPTY_FRAGMENTS - 1)) == []
    assert len(reader._parts) <= 1
    assert read(reader, frame(0x80)) == [Message("")]
    assert read(reader, frame(0x02), frame(0x00), frame(0x00, b"a"), frame(0x80)) == [Message(b"a")]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (frame(0x81, b"bare", masked=False), 1002),
        (frame(0x81, b"\xc3\x28"), 1007),
        (frame(0x81, b"\xed\xa0\x80"), 1007),
        (frame(0x81, b"half a \xe2\x82"), 1007),
        (frame(0x01, b"\xe2\x82") + frame(0x80, b"\x28"), 1007),
        (frame(0x89, b"a" * 126), 1002),
        (frame(0x09, b"a"), 1002),
        (frame(0x88, b"\x03"), 1002),
        (frame(0x88, (1006).to_bytes(2, "big")), 1002),
        (frame(0x88, (1000).to_bytes(2, "big") + b"\xff"), 1007),
        (frame(0xC1, b"a"), 1002),
        (frame(0x83, b"a"), 1002),
        (frame(0x80, b"a"), 1002),
        (b"\x81\xfe\x00\x05" + b"\0" * 9, 1002),
    ],
)
def test_a_breach_of_the_protocol_is_answered_with_its_code(said: bytes, code: int) -> None:
    heard = read(Reader(), said)
    assert heard[-1] == Closed(code, ours=True)
    assert read(Reader(), said[:3], said[3:])[-1] == Closed(code, ours=True)


def test_a_letter_cut_between_two_fragments_is_whole_again() -> None:
    euro = "€".encode()
    assert read(Reader(), frame(0x01, euro[:1]) + frame(0x80, euro[1:])) == [Message("€")]


@pytest.mark.parametrize("cuts", [[], [1], [2, 4]])
def test_a_goodbye_is_heard_with_its_code_and_nothing_after_it(cuts: list[int]) -> None:
    said = say(CloseConnection(code=4001, reason="enough")) + frame(0x81, b"too late")
    assert read(Reader(), *cut(said, cuts)) == [Closed(4001, ours=False)]
    assert read(Reader(), *cut(frame(0x88), cuts)) == [Closed(1005, ours=False)]


def test_a_connection_with_something_half_read_shares_nothing() -> None:
    slow, quick = Reader(), Reader()
    whole = frame(0x81, b"slowly")
    assert read(slow, whole[:4]) == []
    assert read(quick, frame(0x81, b"quickly")) == [Message("quickly")]
    assert read(slow, whole[4:]) == [Message("slowly")]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2_000)), max_size=40),
    st.lists(conversations, min_size=3, max_size=3),
)
@settings(deadline=None)
def test_connections_that_take_turns_hear_their_own_conversation(
    turns: list[tuple[int, int]], conversations_: list[list[bytes]]
) -> None:
    left = [b"".join(conversation) for conversation in conversations_]
    wanted = [read(Reader(), said) for said in left]
    readers, heard = [Reader() for _ in left], [[] for _ in left]  # type: ignore[var-annotated]
    for who, much in [*turns, (0, 1 << 20), (1, 1 << 20), (2, 1 << 20)]:
        portion, left[who] = left[who][:much], left[who][much:]
        if portion:
            heard[who] += read(readers[who], portion)
    assert heard == wanted


def test_one_machine_serves_all_who_have_nothing_half_read() -> None:
    shared = frames._between_messages[0]
    reader = Reader()
    read(reader, frame(0x81, b"a") + frame(0x89, b"b"))
    assert reader._machine is None
    assert frames._between_messages[0] is shared
    read(reader, frame(0x88))
    assert frames._between_messages[0] is not shared
