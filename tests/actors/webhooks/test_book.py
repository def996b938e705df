"""Book: who asks for whom, and what is left when a webhook is struck."""

from actors.messages.courier import Told
from actors.webhooks.book import Book, Deliveries
from tests.actors.webhooks.cast import webhook


def test_who_asks_is_found_by_each_name_and_what_was_told_is_theirs() -> None:
    book, one, two = Book(), webhook("ann", "ben"), webhook("ann", ident="w2")
    for each in (one, two, one):
        book.enroll(each)
    assert sorted(each.id for each in book.asking("ann")) == ["w1", "w2"]
    assert (book.asking("ben"), book.asking("carl")) == ([one], [])
    book.told["w1", "ann"] = Told("ann", 3, "online")
    assert book.last("w1", "ann") == Told("ann", 3, "online")
    assert book.last("w2", "ann") == Told("ann", 0, "")


def test_a_struck_webhook_leaves_nothing_of_its_own_and_all_of_the_others() -> None:
    book, one, two = Book(), webhook("ann", "ben"), webhook("ann", ident="w2")
    for each in (one, two):
        book.enroll(each)
        book.told[each.id, "ann"] = Told("ann", 1, "online")
        book.fared[each.id] = Deliveries(1)
    assert book.strike("w1") == one
    assert (book.webhooks, book.askers) == ({"w2": two}, {"ann": {"w2"}})
    assert (list(book.told), list(book.fared)) == ([("w2", "ann")], ["w2"])
    assert book.strike("w1") is None
    assert Deliveries() == Deliveries(0, 0, None, None, None, None)
    assert book.strike("w2") == two
    assert (book.webhooks, book.askers, book.told, book.fared) == ({}, {}, {}, {})
