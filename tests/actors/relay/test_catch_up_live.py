"""What a Stream missed is asked for after every connection, and comes before anything else, over real sockets."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from actors.errors import Unavailable
from actors.messages.relay import CaughtUp, Finish, Renewed
from actors.relay.catch_up import MOST_PAGES, PATIENCE, SETTLE
from actors.relay.memory import STILL_SAID
from actors.relay.registration import CatchUpState, Instance, StreamState
from actors.upstream.mastodon_notifications import PAGE
from tests.actors.relay.listening import Listening, until
from tests.fakes.exchange import Fault, Hang, Reply, Say
from tests.fakes.mastodon import FakeMastodon

pytestmark = pytest.mark.live

COMPLETE, INCOMPLETE, REFUSED = CatchUpState.COMPLETE, CatchUpState.INCOMPLETE, CatchUpState.REFUSED


@pytest.fixture
def listening() -> Iterator[Listening]:
    made = Listening(catch_up=True)
    yield made
    made.close()


def text(number: int | str) -> str:
    return json.dumps({"id": str(number), "type": "mention"})


def told(listening: Listening) -> list[int]:
    return [int(json.loads(payload)["id"]) for payload in listening.outbox.payloads]


def questions(listening: Listening) -> list[dict[str, str]]:
    return [dict(request.query) for request in listening.fake.asked("notifications")]


def news(listening: Listening) -> list[CaughtUp]:
    return listening.house.relay.got(CaughtUp)  # type: ignore[attr-defined,no-any-return]


def told_the_first(listening: Listening) -> Any:
    """A stream that has told one notification, and whose connection was lost then."""
    stream = listening.listen()
    listening.until_open()
    until(lambda: news(listening))
    listening.fake.notify(text(1))
    until(lambda: listening.outbox.parcels)
    lose(listening)
    return stream


def lose(listening: Listening) -> None:
    listening.fake.listeners[0].cut()
    listening.until_waiting()
    until(lambda: not listening.fake.listeners)


def come_back(listening: Listening) -> None:
    listening.return_now()
    listening.until_open()


def ask(listening: Listening) -> None:
    """Let the question be asked, and answered."""
    before = len(questions(listening))
    listening.clock.advance(SETTLE)
    until(lambda: len(questions(listening)) > before)


def until_ended(listening: Listening) -> CaughtUp:
    until(lambda: news(listening)[-1].state is not CatchUpState.ASKING)
    return news(listening)[-1]


def test_what_was_missed_comes_before_what_the_stream_says_then(listening: Listening) -> None:
    told_the_first(listening)
    for number in (2, 3):
        listening.fake.make(text(number), "t0ken")
    listening.fake.make(text(4), "somebody else's")
    come_back(listening)
    listening.fake.notify(text(5), "t0ken")  # listed too by then
    assert told(listening) == [1]
    ask(listening)
    listening.fake.notify(text(6), "t0ken")
    until(lambda: len(told(listening)) == 5)
    assert told(listening) == [1, 2, 3, 5, 6]
    assert until_ended(listening) == CaughtUp("r1", COMPLETE, brought=3)
    assert questions(listening)[1] == {"limit": str(PAGE), "min_id": "1"}
    assert [record.event for record in listening.records if record.event == "caught-up"] == ["caught-up"]


def test_the_payload_is_the_text_that_was_listed(listening: Listening) -> None:
    told_the_first(listening)
    odd = '{"type" :"mention", "id":"2","status":{"content":"<p>\\u00fc \\ud83d\\ude00</p>","n":1.50}}'
    listening.fake.make(odd, "t0ken")
    come_back(listening)
    ask(listening)
    until(lambda: len(told(listening)) == 2)
    assert listening.outbox.payloads[1] == odd


def test_the_token_goes_in_a_header_and_into_no_journal(listening: Listening) -> None:
    told_the_first(listening)
    listening.fake.next("notifications", Reply(403))
    come_back(listening)
    ask(listening)
    until_ended(listening)
    for request in listening.fake.asked("notifications"):
        assert request.headers["authorization"] == "Bearer t0ken"
        assert "t0ken" not in str(request.query)
    assert "t0ken" not in repr(listening.records) + repr(news(listening))


def test_the_mark_is_written_with_each_callback(listening: Listening) -> None:
    told_the_first(listening)
    assert listening.outbox.marks == ["1"]
    assert listening.house.registrations.marks == {"r1": "1"}
    listening.fake.make(text(2), "t0ken")
    come_back(listening)
    ask(listening)
    until(lambda: listening.outbox.marks == ["1", "2"])


def test_a_delivery_has_its_id_from_the_notification(listening: Listening) -> None:
    """So that even what a new life tells again is known by it; two registrations have each their own."""
    stream = told_the_first(listening)
    stream.stop(block=False)
    until(lambda: not stream.is_alive())
    listening.house.registrations.note_mark("r1", "0")
    listening.listen()
    listening.take_turns()
    listening.until_open()
    ask(listening)
    until(lambda: told(listening) == [1, 1])
    listening.listen(id="r2", tag="other")
    listening.take_turns()
    until(lambda: len(listening.fake.listeners) == 2)
    listening.fake.listeners[1].notify(text(1))
    until(lambda: told(listening) == [1, 1, 1])
    first, again, other = (parcel.id for parcel in listening.outbox.parcels)
    assert first == again != other


def test_pages_follow_each_other_until_there_is_an_empty_one(listening: Listening) -> None:
    told_the_first(listening)
    listening.fake.notifications.most = 30  # whatever is asked for, as before 4.1
    for number in range(2, 72):
        listening.fake.make(text(number), "t0ken")
    come_back(listening)
    ask(listening)
    assert until_ended(listening) == CaughtUp("r1", COMPLETE, brought=70)
    assert told(listening) == list(range(1, 72))
    assert [asked.get("min_id") for asked in questions(listening)[1:]] == ["1", "31", "61", "71"]


def test_beyond_so_many_pages_the_new_counts_more(listening: Listening) -> None:
    told_the_first(listening)
    listening.fake.notifications.most = 1
    for number in range(2, MOST_PAGES + 10):
        listening.fake.make(text(number), "t0ken")
    come_back(listening)
    ask(listening)
    assert until_ended(listening) == CaughtUp("r1", INCOMPLETE, "too-many", MOST_PAGES)
    listening.fake.notify(text(1000), "t0ken")
    until(lambda: told(listening)[-1] == 1000)
    assert told(listening) == [*range(1, MOST_PAGES + 2), 1000]


def test_an_instance_that_knows_no_min_id_tells_nothing_twice(listening: Listening) -> None:
    listening.fake.notifications.pages_forward = False
    told_the_first(listening)
    listening.fake.make(text(2), "t0ken")
    come_back(listening)
    ask(listening)
    assert until_ended(listening) == CaughtUp("r1", COMPLETE, brought=1)
    assert told(listening) == [1, 2]


def test_ids_without_an_order_are_known_again(listening: Listening) -> None:
    listening.listen()
    listening.until_open()
    for ident in ("01HA", "01HB"):
        listening.fake.notify(text(ident))
    until(lambda: len(listening.outbox.parcels) == 2)
    lose(listening)
    listed = Reply(200, body=f"[{text('01HD')},{text('01HC')},{text('01HB')},{text('01HA')}]".encode())
    listening.fake.next("notifications", listed, Reply(200, body=b"[]"))
    come_back(listening)
    ask(listening)
    assert until_ended(listening).brought == 2
    listening.fake.notify(text("01HD"))
    listening.fake.notify(text("01HE"))
    until(lambda: len(listening.outbox.parcels) == 5)
    assert [json.loads(each)["id"] for each in listening.outbox.payloads] == ["01HA", "01HB", "01HC", "01HD", "01HE"]
    assert [asked.get("min_id") for asked in questions(listening)[1:]] == ["01HB", "01HD"]


def test_a_later_one_with_a_lower_id_is_told_and_does_not_bring_the_others_back(listening: Listening) -> None:
    """Workers tell in their own order: 3 before 2."""
    told_the_first(listening)
    come_back(listening)
    ask(listening)
    until_ended(listening)
    listening.fake.notify(text(3))
    listening.fake.notify(text(2))
    until(lambda: len(told(listening)) == 3)
    assert told(listening) == [1, 3, 2]
    assert listening.outbox.marks[-1] == "3"


def test_what_was_listed_is_forgotten_when_no_stream_says_it_any_more(listening: Listening) -> None:
    told_the_first(listening)
    listening.fake.make(text(2), "t0ken")
    for number in range(3, 30):
        listening.fake.make(text(number), "t0ken")
    come_back(listening)
    ask(listening)
    until_ended(listening)
    until(lambda: len(told(listening)) == 29)
    listening.fake.listeners[0].notify(text(2))
    listening.fake.listeners[0].notify(text(30))
    until(lambda: told(listening)[-1] == 30)
    assert told(listening).count(2) == 1
    for _ in range(4):
        listening.fake.listeners[0].ping()
        listening.clock.advance(STILL_SAID / 3)
    listening.fake.listeners[0].notify(text(2))  # an instance that says the same again is taken at its word
    until(lambda: told(listening).count(2) == 2)


# The first connection


def test_at_first_only_the_newest_is_learned_and_nobody_waits(listening: Listening) -> None:
    listening.fake.make(text(7), "t0ken")
    listening.fake.next("notifications", Hang())
    listening.listen()
    listening.until_open()
    listening.fake.notify(text(8), "t0ken")
    until(lambda: told(listening) == [8])
    lose(listening)
    come_back(listening)
    ask(listening)
    assert until_ended(listening) == CaughtUp("r1", COMPLETE)
    assert questions(listening) == [{"limit": "1"}, {"limit": str(PAGE), "min_id": "8"}]


@pytest.mark.parametrize(("before", "mark"), [((6, 7), "7"), ((), "0")])
def test_what_comes_before_the_first_notification_is_not_missed_either(
    listening: Listening, before: tuple[int, ...], mark: str
) -> None:
    for number in before:
        listening.fake.make(text(number), "t0ken")
    listening.listen()
    listening.until_open()
    until(lambda: news(listening))
    assert news(listening) == [CaughtUp("r1", COMPLETE)]
    assert [(each.queue, each.told.shown) for each in listening.outbox.written] == [("relay:r1", mark)]
    lose(listening)
    listening.fake.make(text(8), "t0ken")
    come_back(listening)
    ask(listening)
    until(lambda: told(listening) == [8])


def test_what_was_told_meanwhile_counts_more_than_what_was_learned(listening: Listening) -> None:
    listening.fake.next("notifications", Reply(503))
    listening.outbox.holds = True
    listening.listen()
    listening.until_open()
    listening.fake.notify(text(1), "t0ken")
    until(lambda: listening.outbox.asked)
    listening.clock.advance(2)  # the question is asked again
    until(lambda: news(listening))
    listening.outbox.commit()
    assert not listening.outbox.written
    until(lambda: listening.house.registrations.marks == {"r1": "1"})


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
