"""Courier: queues whose owner is gone, or not yet there, and queues that are too long."""

import pytest
from gevent.event import Event

from actors.courier import Destination
from actors.courier import courier as courier_module
from actors.courier.queue import WINDOW
from actors.messages.courier import (
    Abandon,
    Parcel,
    Post,
)
from tests.actors.courier.cast import AWAY, KIND, OK, PostOffice
from tests.stage import Stage

# --- owners, and too many --------------------------------------------------------------------------------------------


def test_parcels_of_nobody_are_dropped(stage: Stage, office: PostOffice) -> None:
    office.host.otherwise = AWAY
    office.post("1")
    office.post("2")
    office.gone.add(f"{KIND}:a")
    stage.clock.advance(1)
    assert not office.outbox.rows
    assert not office.outbox.dead
    office.gone.clear()
    office.host.otherwise = OK
    office.host.take()
    office.post("3")
    assert office.host.take() == [b"3"]


def test_nobody_looks_after_them_yet(stage: Stage, office: PostOffice) -> None:
    stage.ask(office.ref, Post(Parcel("late", "late:1", b"late", stage.clock.now())))
    stage.clock.advance(60)
    assert len(office.outbox.rows) == 1
    assert office.host.take() == []
    stage.actor(office.ref).rounds._senders["late"] = office.host
    office.house.destinations.learn("late", lambda _: Destination("https://late.example", office.owner))
    stage.settle()
    assert office.host.take() == [b"late"]


def test_a_queue_is_forgotten_also_while_it_is_under_way(stage: Stage, office: PostOffice) -> None:
    gate = Event()
    office.host.hold = gate.wait
    office.post("1")
    office.post("2")
    stage.ask(office.ref, Abandon(f"{KIND}:a"))
    assert not office.outbox.rows
    gate.set()
    stage.settle()
    assert office.host.take() == [b"1"], "what was under way is all that went"
    office.post("3")
    assert office.host.take() == [b"3"]


def test_who_posts_after_an_abandon_is_not_forgotten_with_it(stage: Stage, office: PostOffice) -> None:
    office.host.otherwise = AWAY
    office.ref.tell(Post(office.parcel("1")))
    office.ref.tell(Abandon(f"{KIND}:a"))
    office.ref.tell(Post(office.parcel("2")))
    stage.settle()
    assert [row.parcel.body for row in office.outbox.rows.values()] == [b"2"]


def test_too_many_cost_the_oldest(stage: Stage, office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier_module, "MOST_PARCELS", 300)
    office.host.otherwise = AWAY
    for number in range(1000):
        office.ref.tell(Post(office.parcel(f"{number:04}")))
    stage.settle()
    stage.clock.advance(1)
    left = sorted(row.parcel.body for row in office.outbox.rows.values())
    assert 300 <= len(left) <= 400
    newest = 300 - WINDOW
    assert left[-newest:] == [f"{number:04}".encode() for number in range(1000 - newest, 1000)]
    assert {letter.error for letter in office.outbox.dead} == {"queue-full"}
    assert len(office.outbox.dead) + len(left) == 1000
    office.host.otherwise = OK
    office.host.take()
    stage.clock.advance(300)
    assert office.host.take() == left
