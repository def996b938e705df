"""How a Stream ends when the house goes dark: whatever the instance has said is with the Courier first."""

from typing import Any

import pytest

from actors.messages.relay import Finish
from tests.actors.relay.listening import Listening, until
from tests.fakes.exchange import Hang, Reply

pytestmark = pytest.mark.live

SAID = ['{"id":"1"}', '{"id":"2"}', '{"id":"3"}']


def finish(stream: Any) -> Any:
    return stream.ask(Finish(), block=False)


@pytest.mark.parametrize("way", ["websocket", "event stream"])
def test_what_was_said_is_kept_before_the_end(listening: Listening, way: str) -> None:
    if way == "event stream":
        listening.fake.always("websocket", Reply(404))
    listening.outbox.holds = True
    stream = listening.listen()
    listening.until_open()
    (listener,) = listening.fake.listeners
    assert listener.way == way
    for payload in SAID:
        listener.notify(payload)
    until(lambda: listening.outbox.asked)
    finished = finish(stream)
    for _ in SAID:
        until(lambda: listening.outbox.asked)
        assert stream.is_alive()
        listening.outbox.commit()
    finished.get(timeout=5)
    assert listening.outbox.payloads == SAID
    assert not stream.is_alive()
    until(lambda: not listening.fake.listeners)
    assert listener.closed_with == (1005 if way == "websocket" else None)


def test_who_is_not_connected_stops_at_once(listening: Listening) -> None:
    listening.fake.always("info", Reply(503))
    stream = listening.listen()
    listening.until_waiting()
    finish(stream).get(timeout=5)
    assert not stream.is_alive()


def test_who_is_about_to_connect_stops_at_once(listening: Listening) -> None:
    listening.fake.always("websocket", Hang())
    stream = listening.listen()
    until(lambda: listening.fake.asked("websocket"))
    finish(stream).get(timeout=5)
    assert not stream.is_alive()


def test_asked_twice_it_ends_once(listening: Listening) -> None:
    stream = listening.listen()
    listening.until_open()
    first, second = finish(stream), finish(stream)
    first.get(timeout=5)
    second.get(timeout=5)


def test_a_server_that_does_not_answer_is_left_to_whoever_waits(listening: Listening) -> None:
    stream = listening.listen()
    listening.until_open()
    listening.fake.listeners[0].frozen = True
    finished = finish(stream)
    until(lambda: listening.fake.listeners[0].closed_with == 1005)
    assert stream.is_alive()
    stream.stop(block=False)
    finished.get(timeout=5)
