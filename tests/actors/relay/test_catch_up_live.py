"""What a Stream missed is asked for after every connection, and comes before anything else, over real sockets."""

import json

import pytest

from actors.messages.relay import CaughtUp
from actors.relay.catch_up import MOST_PAGES
from actors.relay.memory import STILL_SAID
from actors.relay.registration import CatchUpState
from actors.upstream.mastodon_notifications import PAGE
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
from tests.fakes.exchange import Hang, Reply

pytestmark = pytest.mark.live

COMPLETE, INCOMPLETE = CatchUpState.COMPLETE, CatchUpState.INCOMPLETE


@pytest.fixture
def catch_up() -> bool:
    return True


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
