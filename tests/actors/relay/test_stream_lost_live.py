"""How a connection of a Stream ends, and what it does then, over real sockets (mastodon-relay.md B6)."""

import pytest

from actors.messages.relay import Describe
from tests.actors.relay.listening import Listening
from tests.fakes.exchange import Reply

pytestmark = pytest.mark.live


# How a connection ends


def test_an_empty_close_frame_and_then_401_is_the_end(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.revoke("t0ken")
    listening.until_waiting("close-1005")
    assert listening.delay <= 1.5
    listening.return_now()
    assert listening.until_over() == "unauthorized"
    assert len(listening.fake.asked("websocket")) == 2


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 1011, 1012, 4000])
def test_any_close_is_answered_by_coming_back(listening: Listening, code: int | None) -> None:
    stream = listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    if code == 1006:
        listener.cut()
    else:
        listener.close(code)  # type: ignore[attr-defined]
    listening.until_waiting(f"close-{code or 1005}")
    assert 0.5 <= listening.delay <= 1.5
    listening.return_now()
    listening.until_open()
    figures = stream.ask(Describe())
    assert (figures.opens, figures.closes, figures.way) == (2, {code or 1005: 1}, "websocket")
    assert not listening.refusals


def test_a_reset_is_a_lost_connection(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    listening.fake.listeners[0].reset()
    listening.until_waiting("close-1006")


def test_what_came_before_the_close_is_kept(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    for number in range(100):
        listener.notify(str(number))
    listener.close(1012)  # type: ignore[attr-defined]
    listening.until_waiting("close-1012")
    assert listening.outbox.payloads == [str(number) for number in range(100)]


def test_an_event_stream_that_ends(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    listening.listen()
    listening.until_open()
    listening.fake.revoke("t0ken")
    listening.until_waiting("close-1006")
    listening.return_now()
    listening.until_waiting("unauthorized")
    listening.return_now()
    assert listening.until_over() == "unauthorized"


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_an_event_stream_that_is_refused_is_tried_again_from_the_beginning(listening: Listening, status: int) -> None:
    """400 is what Mastodon says of a channel that it does not know (spec B3)."""
    listening.fake.next("websocket", Reply(404))
    listening.fake.next("events", Reply(status, body=b'{"error":"Unknown channel requested"}'))
    listening.listen()
    listening.until_waiting(f"status-{status}")
    listening.return_now()
    listening.until_open()
    assert listening.fake.listeners[0].way == "websocket"


def test_an_event_stream_for_which_a_scope_is_missing_ends_it_after_a_second_look(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    listening.fake.scopes["t0ken"] = frozenset({"read:statuses"})
    listening.listen(endpoint="user:notification")
    listening.until_waiting("unauthorized")
    listening.return_now()
    assert listening.until_over() == "unauthorized"


def test_an_event_stream_that_is_not_chunked_as_it_should_be(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    listening.listen()
    listening.until_open()
    listening.fake.listeners[0].raw(b"zzz\r\n")
    listening.until_waiting("close-1006")


def test_an_event_without_end(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    listening.listen()
    listening.until_open()
    listening.fake.listeners[0].chunk(b"data: " + b"x" * (1024 * 1024 + 100))  # type: ignore[attr-defined]
    listening.until_waiting("close-1006")
