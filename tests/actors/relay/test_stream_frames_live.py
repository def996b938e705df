"""A Stream and what is no frame, or no news, over real sockets (mastodon-relay.md B5)."""

import json

import pytest

from actors.relay.registration import StreamState
from tests.actors.relay.listening import FIRST, Listening, until
from tests.fakes.exchange import Reply

pytestmark = pytest.mark.live


# Frames that are none


def test_garbage_is_survived_and_said_once(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    for text in ("garbage", "[1]", "{}", '{"event":5}', '{"event":"notification"}', "null", ""):
        listener.text(text)
    listener.binary(b'{"event":"notification","payload":"no"}')
    listener.notify(FIRST)
    until(lambda: listening.outbox.parcels)
    assert listening.outbox.payloads == [FIRST]
    assert listening.faults == ["garbage"]


def test_bytes_that_are_no_frame_are_a_lost_connection(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.listeners[0].raw(b"\x8f\x00")
    listening.until_waiting("close-1006")


def test_text_that_is_no_utf8_is_garbage(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    listener.raw(b"\x81\x02\xff\xfe")
    listener.notify(FIRST)
    until(lambda: listening.outbox.parcels)
    assert listening.outbox.payloads == [FIRST]


def test_a_message_without_end_is_a_lost_connection(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    listener.raw(b"\x01\x7f" + (2**40).to_bytes(8, "big") + b"x" * (1024 * 1024 + 10))
    listening.until_waiting("close-1006")


def test_fragments_without_end_are_a_lost_connection_whatever_pings_are_between(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    fragment = b"\x7e\xff\xff" + b"x" * 65_535
    listener.raw(b"\x01" + fragment)
    for _ in range(17):
        listener.raw(b"\x89\x00\x00" + fragment)
    listening.until_waiting("close-1006")


def test_a_message_in_a_million_pieces_is_a_lost_connection(listening: Listening) -> None:
    """Each piece is put to the last at the cost of the whole: what is short in bytes may be long in work."""
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    listener.raw(b"\x01\x01x" + b"\x00\x01x" * 20_000)
    listening.until_waiting("close-1006")


def test_a_frame_that_comes_in_pieces(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    text = json.dumps({"event": "notification", "payload": FIRST}).encode()
    for byte in b"\x01\x05" + text[:5] + b"\x89\x00\x80" + bytes([len(text) - 5]) + text[5:]:
        listener.raw(bytes([byte]))
        listening.clock.advance(0)
    until(lambda: listening.outbox.parcels)
    assert listening.outbox.payloads == [FIRST]
    until(lambda: listener.pongs == 1)


@pytest.mark.parametrize(("status", "reason"), [(400, "stream-error-400"), (500, "stream-error-500")])
def test_an_error_frame_is_a_failure(listening: Listening, status: int, reason: str) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.listeners[0].text(json.dumps({"error": "Unknown stream type", "status": status}))
    listening.until_waiting(reason)
    until(lambda: not listening.fake.listeners)
    listening.return_now()
    listening.until_open()


def test_a_scope_that_is_missing_ends_it_after_a_second_look(listening: Listening) -> None:
    listening.fake.scopes["t0ken"] = frozenset({"write"})
    listening.listen()
    listening.until_waiting("scope")
    assert not listening.refusals
    listening.return_now()
    assert listening.until_over() == "scope"
    assert listening.refusals[0].registration_id == "r1"
    assert listening.state is StreamState.CLOSED
    until(lambda: not listening.fake.listeners)


# Silence


def test_silence_is_asked_about_and_then_ends_it(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    listening.clock.advance(31)
    until(lambda: listener.pings == 1)
    listener.frozen = True
    listening.clock.advance(45)
    until(lambda: listener.pings == 2)
    assert listening.state is StreamState.OPEN
    listening.clock.advance(32)
    assert listening.was_waiting("stalled")
    until(lambda: listening.fake.listeners and listening.fake.listeners[-1] is not listener)


def test_whoever_pings_is_not_asked(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    for number in range(10):
        listening.clock.advance(29)
        listener.ping()  # type: ignore[attr-defined]
        until(lambda: listener.pongs == number + 1)  # noqa: B023 - it is called before the next round
    assert listener.pings == 0  # type: ignore[attr-defined]
    assert listening.state is StreamState.OPEN


def test_comments_keep_an_event_stream(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    for _ in range(10):
        listening.clock.advance(29)
        listener.ping()  # type: ignore[attr-defined]
        listening.clock.advance(0)
    assert listening.state is StreamState.OPEN
    listening.clock.advance(76)
    assert listening.was_waiting("stalled")


def test_an_outbox_that_is_away_is_not_taken_for_silence(listening: Listening) -> None:
    listening.outbox.holds = True
    listening.listen()
    listening.until_open()
    listening.fake.notify(FIRST)
    until(lambda: listening.outbox.asked)
    for _ in range(10):
        listening.clock.advance(29)
    assert listening.state is StreamState.OPEN
    while listening.outbox.asked:
        listening.outbox.commit()
    assert set(listening.outbox.payloads) == {FIRST}
