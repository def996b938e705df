"""The outbox's contract: one transaction, numbers in order, dead letters bounded by age and number."""

import pytest

from actors.courier.dead_letters import Wanted
from actors.courier.outbox import Aftermath, DeadLetter, Stored, Work
from actors.messages.courier import Parcel, Told
from storage import outbox
from storage.store import Store
from tests.clock import FakeClock


def parcel(number: int, queue: str = "relay:1", body: bytes = b"{}") -> Stored:
    return Stored(number, Parcel(f"id-{number}", queue, body, 5.0))


def letter(number: int, died_at: float, queue: str = "relay:1") -> DeadLetter:
    return DeadLetter(Stored(number, parcel(number, queue).parcel, 5), died_at, 500, None)


def test_what_is_added_is_read_back_in_order_as_it_was(store: Store) -> None:
    body = bytes(range(256))
    store.write_outbox(Work([parcel(1), parcel(2, "webhook:x"), parcel(3, body=body)]))
    assert store.outbox_parcels("relay:1", 0, 9) == (parcel(1), parcel(3, body=body))
    assert store.outbox_parcels("relay:1", 1, 9) == (parcel(3, body=body),)
    assert store.outbox_parcels("relay:1", 0, 1) == (parcel(1),)
    assert sorted(store.outbox_queues()) == [("relay:1", 2), ("webhook:x", 1)]
    assert store.newest_parcel() == 3


def test_an_empty_one(store: Store) -> None:
    assert store.outbox_queues() == ()
    assert store.newest_parcel() == 0
    assert store.write_outbox(Work()) == frozenset()
    assert store.dead_letters(Wanted()) == ()


def test_a_known_id_is_not_added_and_named(store: Store) -> None:
    store.write_outbox(Work([parcel(1)]))
    again = Stored(2, parcel(1).parcel)
    assert store.write_outbox(Work([again, parcel(3)])) == {"id-1"}
    assert [each.number for each in store.outbox_parcels("relay:1", 0, 9)] == [1, 3]


def test_more_ids_than_one_question_takes(store: Store) -> None:
    many = [parcel(number) for number in range(1, 1001)]
    assert store.write_outbox(Work(many)) == frozenset()
    assert len(store.write_outbox(Work(many))) == 1000


def test_what_became_of_parcels_is_written(store: Store, clock: FakeClock) -> None:
    store.write_outbox(Work([parcel(number) for number in (1, 2, 3, 4)]))
    store.write_outbox(Work(aftermath=Aftermath([1], [letter(2, clock.now())], {3: 2, 99: 1})))
    assert store.outbox_parcels("relay:1", 0, 9) == (Stored(3, parcel(3).parcel, 2), parcel(4))
    (buried,) = store.dead_letters(Wanted())
    assert buried.letter.stored.parcel == parcel(2).parcel
    assert (buried.letter.died_at, buried.letter.status, buried.letter.stored.tries) == (clock.now(), 500, 5)


def test_a_queue_that_is_abandoned_leaves_nothing_but_its_dead(store: Store) -> None:
    told = [("webhook:1", Told("alice", 1, "x")), ("webhook:2", Told("alice", 7, "y"))]
    dead = Aftermath(dead=[letter(9, 1.0, "webhook:1")])
    store.write_outbox(Work([parcel(1, "webhook:1"), parcel(2, "webhook:2")], told, dead))
    store.write_outbox(Work(abandoned=["webhook:1"]))
    assert store.outbox_queues() == (("webhook:2", 1),)
    assert store.told("webhook") == (("webhook:2", Told("alice", 7, "y")),)
    assert len(store.dead_letters(Wanted())) == 1


def test_what_was_told_is_replaced_and_read_by_kind(store: Store) -> None:
    store.write_outbox(Work(told=[("webhook:1", Told("alice", 1, "x")), ("webhookx:1", Told("alice", 1, "z"))]))
    store.write_outbox(Work(told=[("webhook:1", Told("alice", 2, ""))]))
    assert store.told("webhook") == (("webhook:1", Told("alice", 2, "")),)


def test_dead_letters_by_queue_and_page(store: Store) -> None:
    dead = [letter(number, 1.0, f"relay:{number % 2}") for number in range(10)]
    store.write_outbox(Work(aftermath=Aftermath(dead=dead)))
    first = store.dead_letters(Wanted(take=3))
    assert [buried.letter.stored.parcel.id for buried in first] == ["id-9", "id-8", "id-7"]
    second = store.dead_letters(Wanted(before=first[-1].number, take=3))
    assert [buried.letter.stored.parcel.id for buried in second] == ["id-6", "id-5", "id-4"]
    assert len(store.dead_letters(Wanted(queue="relay:1"))) == 5


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(outbox, "MOST_DEAD", 5)
    return 5


def test_dead_letters_are_bounded_by_number_and_age(store: Store, clock: FakeClock, few: int) -> None:
    store.write_outbox(Work(aftermath=Aftermath(dead=[letter(number, clock.now()) for number in range(20)])))
    assert len(store.dead_letters(Wanted())) == few
    clock.advance(outbox.KEPT + 1)
    assert store.prune() == few
    assert store.dead_letters(Wanted()) == ()


def test_a_transaction_that_fails_changes_nothing(store: Store) -> None:
    store.write_outbox(Work([parcel(1)]))
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.write_outbox(Work([parcel(2), Stored(1, Parcel("other", "relay:1", b"", 0.0))], aftermath=Aftermath([1])))
    assert store.outbox_parcels("relay:1", 0, 9) == (parcel(1),)
