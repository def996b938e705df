"""Courier: committed before the answer, in order, at least once, and every fault of a host in its own way."""

from typing import Any

import pytest
from gevent.event import Event

from actors.courier import Destination
from actors.courier import courier as courier_module
from actors.courier.queue import WINDOW
from actors.courier.reply import Answered, Forbidden, Reply
from actors.errors import Unavailable
from actors.messages.courier import (
    Delayed,
    Delivered,
    Died,
    HowMuch,
    Knock,
    Post,
    Standing,
    Told,
    WriteDown,
)
from tests.actors.courier.cast import AWAY, DAY, KIND, OK, PostOffice
from tests.stage import Stage

# --- what is posted --------------------------------------------------------------------------------------------------


def test_it_is_committed_before_the_answer_and_struck_off_when_it_was_taken(stage: Stage, office: PostOffice) -> None:
    gate = Event()
    office.host.hold = gate.wait
    office.post("hello")
    assert [row.parcel.body for row in office.outbox.rows.values()] == [b"hello"]
    gate.set()
    stage.settle()
    (news,) = office.owner.mail
    assert (news.queue, news.id, news.status) == (f"{KIND}:a", "id-a-hello", 200)
    stage.clock.advance(courier_module.GATHER)
    assert not office.outbox.rows


def test_who_posts_at_once_is_one_transaction(stage: Stage, office: PostOffice) -> None:
    futures = [office.ref.ask(Post(office.parcel(str(n), f"q{n % 7}")), block=False) for n in range(600)]
    stage.settle()
    assert all(future.get(timeout=0) is None for future in futures)
    stage.clock.advance(1)
    assert office.outbox.transactions <= 4
    assert len(office.host.heard) == 600


def test_a_store_that_is_away_is_told_and_nothing_is_sent(stage: Stage, office: PostOffice) -> None:
    office.outbox.away = True
    with pytest.raises(Unavailable, match="store-away"):
        office.post("lost")
    assert office.host.heard == []
    office.outbox.away = False
    office.post("kept")
    assert office.host.take() == [b"kept"]


def test_a_parcel_that_cannot_be_stored_fails_alone(stage: Stage, office: PostOffice) -> None:
    office.outbox.poison = b"bad"
    futures = [office.ref.ask(Post(office.parcel(name)), block=False) for name in ("one", "bad", "two")]
    stage.settle()
    with pytest.raises(Unavailable, match="not-stored"):
        futures[1].get(timeout=0)
    assert office.host.take() == [b"one", b"two"]


def test_an_id_is_taken_once_while_it_waits(stage: Stage, office: PostOffice) -> None:
    office.host.otherwise = AWAY
    office.post("first", ident="same")
    office.post("again", ident="same")
    assert [row.parcel.body for row in office.outbox.rows.values()] == [b"first"]


def test_what_was_told_is_written_with_the_parcel(stage: Stage, office: PostOffice) -> None:
    stage.ask(office.ref, Post(office.parcel("x"), Told("alice", 3, "online")))
    assert office.outbox.told == {(f"{KIND}:a", "alice"): Told("alice", 3, "online")}


def test_what_a_queue_need_not_be_told_is_written_down_in_its_turn(stage: Stage, office: PostOffice) -> None:
    """In one group with parcels, each of which is answered for itself."""
    wishes = [
        Post(office.parcel("1")),
        WriteDown(f"{KIND}:a", Told("alice", 4, "away")),
        Post(office.parcel("1")),
        Post(office.parcel("2")),
    ]
    before = office.outbox.transactions
    answers = [office.ref.ask(wish, block=False) for wish in wishes]
    stage.settle()
    assert [answer.get(timeout=0.0) for answer in answers] == [None] * 4
    assert office.outbox.transactions - before <= 2, "one for all, and one for what became of them"
    assert office.outbox.told == {(f"{KIND}:a", "alice"): Told("alice", 4, "away")}
    assert office.host.bodies[0] == b"1"
    assert office.host.bodies[-1] == b"2"


def test_what_cannot_be_written_down_is_told(stage: Stage, office: PostOffice) -> None:
    office.outbox.away = True
    with pytest.raises(Unavailable):
        stage.ask(office.ref, WriteDown(f"{KIND}:a", Told("alice", 4, "away")))


# --- order, and each fault -------------------------------------------------------------------------------------------


def test_the_next_goes_when_its_predecessor_is_delivered(stage: Stage, office: PostOffice) -> None:
    office.host.replies = {b"1": [Answered(500), Answered(500)]}
    for body in "123":
        office.post(body)
    assert office.host.take() == [b"1"]
    stage.clock.advance(1.9)
    assert office.host.take() == []
    stage.clock.advance(0.1)
    assert office.host.take() == [b"1"]
    stage.clock.advance(8)
    assert office.host.take() == [b"1", b"2", b"3"]
    assert [type(news) for news in office.owner.mail] == [Delayed, Delayed, Delivered, Delivered, Delivered]


def test_after_five_tries_it_is_a_dead_letter_and_the_next_goes(stage: Stage, office: PostOffice) -> None:
    office.host.replies = {b"1": [Answered(503)] * 9}
    office.post("1")
    office.post("2")
    stage.clock.advance(2 + 8 + 32 + 128)
    assert office.host.take() == [b"1"] * 5 + [b"2"]
    stage.clock.advance(1)
    (letter,) = office.outbox.dead
    assert (letter.stored.parcel.body, letter.status, letter.error, letter.stored.tries) == (b"1", 503, None, 5)
    assert office.owner.got(Died) == [Died(f"{KIND}:a", "id-a-1", 503, None, 5)]
    assert not office.outbox.rows


@pytest.mark.parametrize(
    ("reply", "status", "error"),
    [(Answered(404), 404, None), (Answered(410), 410, None), (Forbidden("private-address"), None, "private-address")],
)
def test_what_will_never_be_taken_dies_at_once(
    stage: Stage, office: PostOffice, reply: Reply, status: int | None, error: str | None
) -> None:
    office.host.replies = {b"1": [reply]}
    office.post("1")
    office.post("2")
    assert office.host.take() == [b"1", b"2"]
    (died,) = office.owner.got(Died)
    assert (died.status, died.error) == (status, error)


def test_a_host_that_asks_for_patience_gets_it(stage: Stage, office: PostOffice) -> None:
    office.host.replies = {b"1": [Answered(429, 60.0)]}
    office.post("1")
    stage.clock.advance(59)
    assert len(office.host.heard) == 1
    stage.clock.advance(1)
    assert len(office.host.heard) == 2


def test_a_host_that_is_away_for_hours_loses_nothing(stage: Stage, office: PostOffice) -> None:
    office.host.otherwise = AWAY
    for number in range(200):
        office.post(str(number))
    stage.clock.advance(23 * 3600)
    assert len(office.host.take()) < 23 * 12 + 20, "at most every five minutes, and one try for all"
    office.host.otherwise = OK
    stage.clock.advance(300)
    assert office.host.take() == [str(number).encode() for number in range(200)]
    assert not office.outbox.dead


def test_what_is_a_day_old_dies_and_the_rest_of_that_age_with_it(stage: Stage, office: PostOffice) -> None:
    office.host.otherwise = AWAY
    for number in range(3 * WINDOW):
        office.post(str(number))
    stage.clock.advance(DAY / 2)
    office.post("young")
    stage.clock.advance(DAY / 2 + 301)
    assert len(office.outbox.dead) == 3 * WINDOW
    assert {letter.error for letter in office.outbox.dead} == {"unreachable"}
    assert [row.parcel.body for row in office.outbox.rows.values()] == [b"young"]
    office.host.otherwise = OK
    office.host.take()
    stage.clock.advance(300)
    assert office.host.take() == [b"young"]


def test_a_knock_ends_the_wait(stage: Stage, office: PostOffice) -> None:
    office.host.replies = {b"1": [AWAY] * 9}
    office.post("1")
    stage.clock.advance(100)
    office.host.take()
    office.host.replies = {}
    stage.tell(office.ref, Knock(f"{KIND}:a"))
    assert office.host.take() == [b"1"]
    stage.tell(office.ref, Knock(f"{KIND}:unknown"))


def test_one_host_that_hangs_holds_up_nobody_else(stage: Stage, office: PostOffice) -> None:
    gate = Event()
    office.host.hold = lambda: gate.wait() if office.host.bodies[-1] == b"slow" else None
    office.post("slow", "slow")
    office.post("next", "slow")
    office.post("fast", "fast")
    assert office.host.take() == [b"slow", b"fast"]
    gate.set()
    stage.settle()
    assert office.host.take() == [b"next"]


def test_so_many_go_to_one_host_at_once_and_queues_take_turns(stage: Stage, office: PostOffice) -> None:
    target = Destination("https://one.example/hook", office.owner, at_once=2)
    office.house.destinations.learn(KIND, lambda _: target)
    gate = Event()
    office.host.hold = gate.wait
    for queue in "abc":
        for number in range(2):
            office.post(f"{queue}{number}", queue)
    assert office.host.bodies == [b"a0", b"b0"]
    gate.set()
    stage.settle()
    assert office.host.bodies.index(b"c0") < max(office.host.bodies.index(b"a1"), office.host.bodies.index(b"b1"))
    assert len(office.host.bodies) == 6


def test_a_fault_of_ours_costs_the_parcel_a_try_and_nobody_else_anything(stage: Stage, office: PostOffice) -> None:
    def broken() -> None:
        if office.host.bodies[-1] == b"1":
            raise ZeroDivisionError

    office.host.hold = broken
    office.post("1", "a")
    office.post("2", "b")
    stage.clock.advance(200)
    assert office.host.bodies.count(b"1") == 5
    assert office.owner.got(Died) == [Died(f"{KIND}:a", "id-a-1", None, "internal", 5)]
    assert office.owner.got(Delivered)[0].id == "id-b-2"


def test_a_look_up_that_fails_costs_its_own_queue_a_wait(stage: Stage, office: PostOffice) -> None:
    def look_up(queue: str) -> Destination:
        if queue.endswith(":a") and office.host.heard:
            raise ZeroDivisionError
        return Destination(f"https://{queue[-1]}.example/hook", office.owner)

    office.house.destinations.learn(KIND, look_up)
    for body, queue in (("1", "a"), ("2", "a"), ("3", "b")):
        office.post(body, queue)
    assert sorted(office.host.take()) == [b"1", b"3"]
    office.host.heard.append(("", b""))
    office.post("4", "a")
    stage.clock.advance(20)
    office.house.destinations.learn(KIND, office.destination)
    office.host.take()
    stage.clock.advance(5)
    assert office.host.take() == [b"2", b"4"]


def test_what_is_delivered_while_it_is_written_is_struck_off_as_soon(stage: Stage, office: PostOffice) -> None:
    for number in range(10):
        office.post(str(number))
        stage.clock.advance(courier_module.GATHER / 3)
    stage.clock.advance(courier_module.GATHER * 1.5)
    assert not office.outbox.rows


def test_a_new_address_counts_from_the_next_try_on(stage: Stage, office: PostOffice) -> None:
    office.host.otherwise = AWAY
    office.post("1")
    asked: list[str] = []

    def elsewhere(url: str, _headers: Any, _body: bytes) -> Reply:
        asked.append(url)
        return OK

    stage.actor(office.ref).rounds._senders = {KIND: elsewhere}
    office.house.destinations.learn(KIND, lambda _: Destination("https://new.example/hook", office.owner))
    stage.clock.advance(1)
    assert asked == ["https://new.example/hook"]


def test_what_operators_are_told(stage: Stage, office: PostOffice) -> None:
    office.host.replies = {b"2": [Answered(404)], b"3": [AWAY]}
    for body in ("1", "2", "3", "4"):
        office.post(body)
    office.post("5", "b")
    traffic = stage.ask(office.ref, HowMuch(1))
    assert traffic.results == {KIND: {"delivered": 2, "given-up": 1, "delayed": 1}}
    assert traffic.waiting == {KIND: 2}
    assert traffic.queues == (Standing(f"{KIND}:a", 2, stage.clock.now() + 1, 1),)
    stage.clock.advance(1)
    assert stage.ask(office.ref, HowMuch()).queues == ()
