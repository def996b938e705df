"""What a Stream missed, where the instance, the outbox or the connection hinders it, over real sockets."""

from dataclasses import replace

import pytest

from actors.errors import Unavailable
from actors.messages.relay import CaughtUp, Finish, Renewed
from actors.relay.catch_up import PATIENCE
from actors.relay.registration import CatchUpState, Instance, StreamState
from tests.actors.relay.catching_up import (
    ask,
    come_back,
    lose,
    news,
    questions,
    text,
    told,
    told_the_first,
    until_ended,
)
from tests.actors.relay.listening import Listening, until
from tests.fakes.exchange import Fault, Hang, Reply, Say
from tests.fakes.mastodon import FakeMastodon

pytestmark = pytest.mark.live

COMPLETE, INCOMPLETE, REFUSED = CatchUpState.COMPLETE, CatchUpState.INCOMPLETE, CatchUpState.REFUSED


@pytest.fixture
def catch_up() -> bool:
    return True


# What an instance may do


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_read_them_is_told_so_once(listening: Listening, status: int) -> None:
    stream = told_the_first(listening)
    listening.fake.always("notifications", Reply(status))
    come_back(listening)
    listening.fake.notify(text(2), "t0ken")
    ask(listening)
    until(lambda: told(listening) == [1, 2])
    assert news(listening)[-1] == CaughtUp("r1", REFUSED, f"status-{status}")
    lose(listening)
    come_back(listening)
    listening.fake.notify(text(3), "t0ken")
    until(lambda: told(listening) == [1, 2, 3])
    assert len(questions(listening)) == 2, "nobody asks again"
    assert listening.faults.count("catch-up-refused") == 1
    listening.fake.always("notifications", None)
    stream.tell(Renewed(replace(listening.registration, token="an0ther")))
    listening.take_turns()
    until(lambda: len(listening.fake.of("an0ther")) == 1)
    until(lambda: listening.state is not None and listening.state.value == "open")
    ask(listening)
    assert until_ended(listening).state is COMPLETE, "another token may be allowed to"


def test_a_scope_that_is_missing_is_403(listening: Listening) -> None:
    """A token that may only read statuses opens `user`, and silently never gets a notification (spec B2)."""
    listening.fake.scopes["t0ken"] = frozenset({"read:statuses"})
    listening.listen(endpoint="user")
    listening.until_open()
    until(lambda: news(listening))
    assert news(listening) == [CaughtUp("r1", REFUSED, "status-403")]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Reply(404), "status-404"),
        (Reply(410), "status-410"),
        (Reply(422), "status-422"),
        (Reply(200, body=b"<html>"), "no-list"),
        (Reply(200, body=b'{"error":"x"}'), "no-list"),
        (Reply(302, {"Location": "http://10.0.0.1/"}), "not-https"),
        (Reply(429, {"Retry-After": "120"}), "status-429"),
        (Reply(503, {"Retry-After": "120"}), "status-503"),
    ],
)
def test_what_cannot_be_told_in_time_holds_nobody_up(listening: Listening, fault: Fault, reason: str) -> None:
    told_the_first(listening)
    listening.fake.always("notifications", fault)
    listening.fake.make(text(2), "t0ken")
    come_back(listening)
    listening.fake.notify(text(3), "t0ken")
    ask(listening)
    until(lambda: told(listening) == [1, 3])
    assert news(listening)[-1] == CaughtUp("r1", INCOMPLETE, reason)
    assert listening.faults.count("catch-up-incomplete") == 1
    listening.fake.always("notifications", None)
    listening.clock.advance(300)  # 2 does not come any more: it would stand behind 3
    assert told(listening) == [1, 3]


@pytest.mark.parametrize(
    "fault", [Reply(500), Reply(503), Reply(429, {"Retry-After": "2"}), Say(b""), Say(b"no\r\n\r\n")]
)
def test_a_fault_that_passes_is_waited_for(listening: Listening, fault: Fault) -> None:
    told_the_first(listening)
    listening.fake.next("notifications", fault, fault, fault)
    listening.fake.make(text(2), "t0ken")
    come_back(listening)
    listening.fake.notify(text(3), "t0ken")
    ask(listening)
    for _ in range(40):
        listening.clock.advance(0.5)
    until(lambda: told(listening) == [1, 2, 3])
    assert until_ended(listening) == CaughtUp("r1", COMPLETE, brought=2)


@pytest.mark.parametrize("fault", [Reply(503), Hang()])
def test_one_that_does_not_pass_is_not(listening: Listening, fault: Fault) -> None:
    told_the_first(listening)
    listening.fake.always("notifications", fault)
    come_back(listening)
    listening.fake.notify(text(2), "t0ken")
    ask(listening)
    waited = 0
    while told(listening) == [1] and waited <= 2 * PATIENCE:
        listening.clock.advance(1)
        waited += 1
    assert PATIENCE / 4 < waited <= PATIENCE + 20, "two questions may hang, the first and the last"
    assert told(listening) == [1, 2]
    assert until_ended(listening).state is INCOMPLETE
    assert 2 <= len(questions(listening)) <= 12, "asked with pauses"


def test_a_connection_that_is_lost_meanwhile_is_caught_up_after_the_next(listening: Listening) -> None:
    told_the_first(listening)
    for number in (2, 3, 4):
        listening.fake.make(text(number), "t0ken")
    come_back(listening)
    listening.outbox.holds = True
    ask(listening)
    until(lambda: listening.outbox.asked)
    listening.outbox.commit()  # 2
    until(lambda: listening.outbox.asked)
    renewed = Renewed(replace(listening.registration, endpoint="user"))
    listening.streams[0].tell(renewed)  # hangs up while 3 is on its way
    until(lambda: len(listening.fake.opened) == 3)
    listening.outbox.holds = False
    listening.outbox.commit()
    until(lambda: listening.state is not None and listening.state.value == "open")
    ask(listening)
    until(lambda: told(listening) == [1, 2, 3, 4])
    assert until_ended(listening).brought == 1


def test_an_outbox_that_is_away_delays_and_loses_nothing(listening: Listening) -> None:
    told_the_first(listening)
    for number in (2, 3):
        listening.fake.make(text(number), "t0ken")
    come_back(listening)
    listening.outbox.holds = True
    ask(listening)
    until(lambda: listening.outbox.asked)
    listening.outbox.fail(Unavailable("not-stored"))
    listening.outbox.holds = False
    listening.clock.advance(PATIENCE + 1)
    until(lambda: told(listening) == [1, 2, 3])
    assert until_ended(listening) == CaughtUp("r1", COMPLETE, brought=2)


def test_an_end_that_is_wanted_meanwhile_tells_nothing_newer(listening: Listening) -> None:
    """What was missed is asked for after the next start; were 3 told now, 2 never would be."""
    stream = told_the_first(listening)
    listening.fake.make(text(2), "t0ken")
    come_back(listening)
    listening.fake.notify(text(3), "t0ken")
    finished = stream.ask(Finish(), block=False)
    finished.get(timeout=5)
    assert told(listening) == [1]
    assert listening.house.registrations.marks == {"r1": "1"}


def test_switched_off_nothing_is_asked_but_the_mark_is_kept(listening: Listening) -> None:
    listening.catch_up = False
    told_the_first(listening)
    listening.fake.make(text(2), "t0ken")
    come_back(listening)
    listening.fake.notify(text(3), "t0ken")
    until(lambda: told(listening) == [1, 3])
    assert not questions(listening)
    assert listening.outbox.marks == ["1", "3"]
    assert news(listening)[-1] == CaughtUp("r1", CatchUpState.OFF)


def test_it_is_asked_where_the_instance_map_says(listening: Listening) -> None:
    listening.registration = replace(listening.registration, instance="https://social.example")
    fake = listening.fake.url
    listening.listen(Instance("https://social.example", replace_url=fake, replace_url_web=fake))
    listening.until_open()
    until(lambda: news(listening))
    assert news(listening) == [CaughtUp("r1", COMPLETE)]


def test_by_an_event_stream_too(listening: Listening) -> None:
    listening.fake.always("websocket", Reply(404))
    told_the_first(listening)
    listening.fake.make(text(2), "t0ken")
    come_back(listening)
    assert listening.fake.listeners[0].way == "event stream"
    listening.fake.notify(text(3), "t0ken")
    ask(listening)
    until(lambda: told(listening) == [1, 2, 3])


def test_a_stream_that_stands_unread_for_our_sake_is_not_called_stalled(listening: Listening) -> None:
    told_the_first(listening)
    listening.outbox.holds = True
    listening.fake.make(text(2), "t0ken")
    come_back(listening)
    ask(listening)
    until(lambda: listening.outbox.asked)
    listening.clock.advance(200)
    assert listening.state is StreamState.OPEN


def test_the_token_does_not_follow_a_redirect_to_somebody_else(listening: Listening) -> None:
    stranger = FakeMastodon().start()
    try:
        told_the_first(listening)
        location = {"Location": f"{stranger.url}/api/v1/notifications"}
        listening.fake.next("notifications", Reply(307, location))
        come_back(listening)
        ask(listening)
        assert until_ended(listening) == CaughtUp("r1", REFUSED, "status-401")
        (request,) = stranger.asked("notifications")
        assert request.token is None
        assert "t0ken" not in repr(request)
    finally:
        stranger.stop()
