import uuid
from typing import Any

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.accounts import Change
from actors.clock import Clock
from actors.errors import Malformed, Refused
from actors.messages.keeper import Remember, Seen
from actors.presence import Claim, Source
from storage import changes
from storage.database import open_database
from storage.store import Store

DISCORD = ("discord", "123456789012345678")


def test_an_account_is_found_by_each_of_its_names(store: Store) -> None:
    alice = store.add_account("alice", links=[DISCORD, ("mastodon", "@älice@example.org")])
    store.add_account("bob", links=[("dyson", "alice")], listed=False)

    assert alice.account
    assert alice.listed
    assert str(uuid.UUID(alice.id)) == alice.id
    for key in ("alice", alice.id, alice.id.upper(), DISCORD, ("mastodon", "@älice@example.org")):
        assert store.account(key) == alice
    bob = store.account("bob")
    assert bob is not None
    assert not bob.listed
    assert store.accounts() == (alice, bob)


@pytest.mark.parametrize("key", ["Alice", "", "nobody", str(uuid.uuid4()), "a\0", "\ud800", "%", ("discord", "alice")])
def test_nobody_else_is_found(store: Store, key: Any) -> None:
    store.add_account("alice", links=[DISCORD])
    assert store.account(key) is None


def test_names_differ_by_case(store: Store) -> None:
    assert store.add_account("alice") != store.add_account("Alice")


def test_a_name_or_link_that_is_taken_changes_nothing(store: Store) -> None:
    alice = store.add_account("alice", links=[DISCORD])
    before = store.census()

    with pytest.raises(Refused) as by_name:
        store.add_account("alice", links=[("mastodon", "@new@example.org")])
    with pytest.raises(Refused) as by_link:
        store.add_account("carol", links=[("heartbeat", "carol"), DISCORD])

    assert (by_name.value.code, by_link.value.code) == ("name-taken", "link-taken")
    assert store.census() == before
    assert store.accounts() == (alice,)


@pytest.mark.parametrize(
    ("name", "links", "code"),
    [
        ("refresh", [], "bad-name"),
        ("a b", [], "bad-name"),
        ("alice\n", [], "bad-name"),
        ("x" * 65, [], "bad-name"),
        (str(uuid.uuid4()), [], "bad-name"),
        ("123456789012345678", [], "bad-name"),
        ("alice", [("github", "alice")], "unknown-provider"),
        ("alice", [("discord", "1234")], "bad-link"),
        ("alice", [("discord", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨")], "bad-link"),  # digits, but not Discord's
        ("alice", [("dyson", "")], "bad-link"),
        ("alice", [("dyson", "a\x1b[2J")], "bad-link"),
        ("alice", [("dyson", "\ud800")], "bad-link"),
        ("alice", [("dyson", "x" * 257)], "bad-link"),
    ],
)
def test_what_cannot_be_an_account_is_malformed(store: Store, name: str, links: Any, code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        store.add_account(name, links=links)
    assert refusal.value.code == code
    assert store.census().change == 0
    assert store.accounts() == ()


def test_removing_an_account_takes_all_that_is_its_own(store: Store) -> None:
    newcomer = store.add_newcomer("alice", ["kv"], links=[DISCORD])
    bob, id_ = store.add_newcomer("bob", ["kv"]), newcomer.subject.id
    claim = Claim(Source("session", "1"), since=1.0)
    store.write_behind([Remember(user, claim, until=2e9) for user in (id_, bob.subject.id)])
    store.write_behind([Seen(user, 5, "1") for user in (id_, bob.subject.id)])
    seen = store.census().change

    assert store.remove_account(id_) == newcomer.subject
    assert store.remove_account(id_) is None

    assert store.account(DISCORD) is None
    assert store.credential(newcomer.credential.id) is None
    assert store.accounts() == (bob.subject,)
    assert [live.user for live in store.live_claims()] == [bob.subject.id]
    assert [store.last_ping(id_), store.last_ping(bob.subject.id)] == [None, (5, "1")]
    assert [entry.credential for entry in store.tokens()] == [bob.credential]
    gone = (Change(seen + 1, "account", id_), Change(seen + 2, "credential", newcomer.credential.id))
    assert store.changes(seen) == gone
    assert store.add_account("alice", links=[DISCORD]).id != id_


def test_the_census_and_the_changes_tell_the_same(store: Store) -> None:
    alice = store.add_newcomer("alice", ["kv"])
    bob = store.add_account("bob")
    census = store.census()
    carol = store.add_account("carol")

    assert set(census.subjects) == {alice.subject, bob}
    assert census.credentials == (alice.credential,)
    assert store.changes(census.change) == (Change(census.change + 1, "account", carol.id),)
    assert [change.number for change in store.changes(0)] == [1, 2, 3, 4, 5]


def test_the_feed_of_changes_does_not_grow_for_ever(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail: each sign-in left two rows, and nobody ever deleted one."""
    monkeypatch.setattr(changes, "MOST", 3)
    for name in ("a", "b", "c", "d", "e"):
        store.add_account(name)
    assert store.prune() == 2
    assert [change.number for change in store.changes(0)] == [3, 4, 5]
    store.add_account("f")
    assert [change.number for change in store.changes(5)] == [6], "and numbers go on"


def test_a_newcomer_with_an_impossible_token_is_no_account(store: Store) -> None:
    with pytest.raises(Malformed):
        store.add_newcomer("alice", ["everything"])
    assert store.account("alice") is None
    assert store.changes(0) == ()


@pytest.mark.live
def test_of_two_who_want_a_name_at_once_one_is_refused(store: Store, address: str, clock: Clock) -> None:
    rival = Store(open_database(address, busy=1.0), clock)

    def take_all(whose: Store) -> list[str]:
        return [name for name in map(str, range(40)) if _taken(whose, name)]

    takers = [gevent.spawn(take_all, each) for each in (store, rival)]
    gevent.joinall(takers, raise_error=True)
    rival.close()
    ours, theirs = (taker.value for taker in takers)
    assert sorted(ours + theirs) == sorted(map(str, range(40)))
    assert [change.number for change in store.changes(0)] == list(range(1, 41))


def _taken(store: Store, name: str) -> bool:
    try:
        store.add_account(name)
    except Refused as refusal:
        assert refusal.code == "name-taken"  # noqa: PT017  # of two askers either may be refused
        return False
    return True


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(theirs=st.text(min_size=1, max_size=256).filter(str.isprintable))
def test_any_printable_link_is_kept_as_it_is(store: Store, theirs: str) -> None:
    name = f"n{uuid.uuid4().hex}"
    store.add_account(name, links=[("mastodon", theirs)])
    found = store.account(("mastodon", theirs))
    assert found is not None
    assert found.links == (("mastodon", theirs),)
    assert store.remove_account(name) == found
