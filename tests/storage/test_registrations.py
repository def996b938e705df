"""Registrations on every database: one for each place, secrets sealed, a renewal in place of what stood there."""

from dataclasses import replace

import pytest

from actors.courier.outbox import Aftermath, DeadLetter, Stored, Work
from actors.messages.courier import Parcel, Told
from actors.messages.relay import Register
from actors.relay.ledger import Past
from actors.relay.registration import LEASE, Entry, Registration
from storage.database import Database
from storage.registrations import Registrations
from storage.sealing import Seal
from storage.store import Store

WISH = Register("https://a.example", "app", "tag", "app-s3cret", "t0ken", "https://app.example/in?k=1", "user")
AT = 1_700_000_000.0


@pytest.fixture
def kept(store: Store) -> Registrations:
    return store.registrations(Seal(lambda: "00" * 32))


def test_a_registration_comes_back_as_it_was(kept: Registrations) -> None:
    made = kept.register(WISH, "1", AT)
    assert made == Registration(
        "1", "https://a.example", "app", "tag", "t0ken", "https://app.example/in?k=1", "user", AT + LEASE
    )
    assert kept.registrations() == (Entry(made, "app-s3cret"),)


def test_the_consent_to_be_seen_is_kept_until_a_renewal_without_it(kept: Registrations) -> None:
    made = kept.register(replace(WISH, presence="credential"), "1", AT)
    assert made.presence == "credential"
    assert kept.registrations() == (Entry(made, "app-s3cret"),)
    assert kept.register(WISH, "2", AT).presence is None
    assert kept.registrations()[0].registration.presence is None


def test_its_place_is_taken_once_and_a_renewal_says_everything_anew(kept: Registrations) -> None:
    kept.register(WISH, "1", AT)
    again = Register("https://a.example", "app", "tag", "new-s3cret", "t1", "https://app.example/new")
    renewed = kept.register(again, "2", AT + 60)
    assert (renewed.id, renewed.token, renewed.endpoint, renewed.expires_at) == ("1", "t1", None, AT + 60 + LEASE)
    assert kept.registrations() == (Entry(renewed, "new-s3cret"),)


@pytest.mark.parametrize("tag", ["", " ", "\x00", "\ud800", "t" * 255, "é"])
def test_any_text_may_be_a_tag(kept: Registrations, tag: str) -> None:
    made = kept.register(Register("https://a.example", "app", tag, "s", "t", "https://c"), "1", AT)
    other = kept.register(Register("https://a.example", "app", tag + "x", "s", "t", "https://c"), "2", AT)
    assert [entry.registration for entry in kept.registrations()] == [made, other]


def test_what_is_removed_is_gone_and_removing_twice_is_harmless(kept: Registrations) -> None:
    kept.register(WISH, "1", AT)
    kept.remove(("1", "2"))
    kept.remove(("1",))
    assert kept.registrations() == ()


def test_no_secret_stands_in_the_database(kept: Registrations, database: Database) -> None:
    kept.register(WISH, "1", AT)
    rows = database.run(lambda tables: tables.rows("SELECT * FROM registrations"))
    assert "t0ken" not in str(rows)
    assert "s3cret" not in str(rows)


def test_a_row_of_another_key_is_left_alone(kept: Registrations, store: Store) -> None:
    kept.register(WISH, "1", AT)
    other = store.registrations(Seal(lambda: "ab" * 32))
    assert other.registrations() == ()
    assert len(kept.registrations()) == 1
    assert other.register(WISH, "2", AT).id == "1", "its owner may make it again"
    assert len(other.registrations()) == 1


def test_the_mark_of_each_is_what_its_queue_was_told_last(kept: Registrations, store: Store) -> None:
    assert kept.past() == {}
    told = [("relay:1", Told("notification", 0, "41")), ("relay:1", Told("else", 0, "x"))]
    store.write_outbox(Work(told=[*told, ("webhook:1", Told("notification", 0, "9"))]))
    store.write_outbox(Work(told=[("relay:1", Told("notification", 0, "42"))]))
    assert kept.past() == {"relay:1": Past("42")}
    store.write_outbox(Work(abandoned=["relay:1"]))
    assert kept.past() == {}


def test_what_became_of_callbacks_is_counted_as_they_are_struck_off(kept: Registrations, store: Store) -> None:
    parcels = [Stored(number, Parcel(f"id-{number}", f"relay:{number % 2}", b"", 5.0)) for number in range(1, 1001)]
    store.write_outbox(Work(parcels))
    dead = [DeadLetter(each, 6.0, 500, None) for each in parcels[900:903]]
    store.write_outbox(Work(aftermath=Aftermath([each.number for each in parcels[:900]], dead)))
    assert kept.past() == {"relay:1": Past(None, 450, 2), "relay:0": Past(None, 450, 1)}
    again = Aftermath([each.number for each in parcels[:905]])
    store.write_outbox(Work(aftermath=again, told=[("relay:0", Told("notification", 0, "9"))]))
    assert kept.past() == {"relay:1": Past(None, 451, 2), "relay:0": Past("9", 451, 1)}, "none of them twice"
    store.write_outbox(Work(abandoned=["relay:0"]))
    assert kept.past() == {"relay:1": Past(None, 451, 2)}
