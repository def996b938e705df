"""Event streams: however they are cut, with comments wherever Mastodon puts them (spec B5)."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.upstream.event_stream import Event, EventStream, TooLongError

MASTODON = b':)\nevent: notification\ndata: {"id":"1"}\n\n:thump\n:thump\nevent: update\ndata: {}\n\n:thump\n\n'
SAID = [Event("notification", '{"id":"1"}'), Event("update", "{}")]


def feed(*parts: bytes, most: int = 10_000) -> list[Event]:
    stream = EventStream(most)
    return [event for part in parts for event in stream.feed(part)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@given(data=st.data())
def test_any_cut_says_the_same(end: bytes, data: st.DataObject) -> None:
    whole = MASTODON.replace(b"\n", end)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)))))
    parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert feed(*parts) == SAID


@pytest.mark.parametrize(
    ("text", "events"),
    [
        (b"data: a\ndata: b\n\n", [Event("message", "a\nb")]),
        (b"data:a\n\ndata\n\n", [Event("message", "a"), Event("message", "")]),
        (b"event: x\n\ndata: y\n\n", [Event("message", "y")]),
        (b"\xef\xbb\xbfdata: y\n\n", [Event("message", "y")]),
        (b"id: 1\nretry: 5\nfoo: 2\ndata: y\n\n", [Event("message", "y")]),
        (b"data: \xff\n\n", [Event("message", "�")]),
        (b"data: y\r\rdata: z\r\r", [Event("message", "y")]),  # the last return may be half of a line's end
        (b"data: y\n", []),
        (b"\n\n\n", []),
        (b"", []),
    ],
)
def test_the_rules(text: bytes, events: list[Event]) -> None:
    assert feed(text) == events


@pytest.mark.parametrize("parts", [[b"x" * 101], [b"x" * 60, b"x" * 60], [b"data: y\n"] * 20, [b"y\n" + b"x" * 101]])
def test_what_is_too_long(parts: list[bytes]) -> None:
    with pytest.raises(TooLongError):
        feed(*parts, most=100)


def test_the_limit_is_reached_but_not_passed() -> None:
    assert feed(b"data: " + b"x" * 94, b"\n\n", most=100) == [Event("message", "x" * 94)]


def test_many_short_events_are_not_too_long() -> None:
    assert len(feed(*[b"data: y\n\n"] * 100, most=100)) == 100


def test_a_long_line_in_pieces_costs_no_more_than_its_length() -> None:
    """A megabyte in pieces of 16 bytes: what costs its square takes minutes."""
    began = time.process_time()
    feed(*[b"x" * 16] * 65_536, most=2_000_000)
    assert time.process_time() - began < 5
