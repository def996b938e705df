"""What people do to their own accounts, on every database: all of it or nothing, and told in the feed."""

import pytest

from actors.accounts import digest_of
from actors.errors import Malformed, Refused
from storage.people import BROWSERS, KEYS, SIGNED_IN
from storage.store import Store
from tests.clock import FakeClock


def test_who_signs_up_is_unlisted_and_signed_in_for_twelve_hours(store: Store, clock: FakeClock) -> None:
    made = store.sign_up("ann", "hash")
    assert (made.subject.name, made.subject.listed, made.subject.account) == ("ann", False, True)
    assert store.account("ann") == made.subject
    credential = store.credential_by_digest(digest_of(made.identity.text))
    assert credential == made.identity.credential
    assert credential is not None
    assert (credential.scopes, credential.account) == ({"identity"}, made.subject.id)
    assert credential.expires_at == clock.now() + SIGNED_IN == clock.now() + 43_200
    assert [(change.kind, change.id) for change in store.changes(0)] == [
        ("account", made.subject.id),
        ("credential", credential.id),
    ]


def test_a_sign_up_that_is_refused_leaves_nothing(store: Store) -> None:
    store.sign_up("ann", "hash")
    newest = store.census().change
    with pytest.raises(Refused, match="named ann"):
        store.sign_up("ann", "other")
    with pytest.raises(Malformed):
        store.sign_up("not a name", "hash")
    assert store.census().change == newest


def test_signing_in_is_for_the_hash_that_is_still_kept(store: Store) -> None:
    account = store.sign_up("ann", "hash").subject.id
    assert store.sign_in(account, "hash").ended == ()
    with pytest.raises(Refused) as refusal:
        store.sign_in(account, "older hash")
    assert refusal.value.code == "invalid-credentials"


def test_so_many_browsers_and_no_more(store: Store, clock: FakeClock) -> None:
    made = store.sign_up("ann", "hash")
    for _ in range(BROWSERS - 1):
        clock.advance(1)
        assert store.sign_in(made.subject.id, "hash").ended == ()
    clock.advance(1)
    assert store.sign_in(made.subject.id, "hash").ended == (made.identity.credential.id,)
    assert store.credential(made.identity.credential.id) is None


def test_sign_ins_that_are_over_make_room(store: Store, clock: FakeClock) -> None:
    made = store.sign_up("ann", "hash")
    out = store.sign_in(made.subject.id, "hash")
    assert store.revoke_token(out.credential.id)
    clock.advance(SIGNED_IN)
    ended = store.sign_in(made.subject.id, "hash").ended
    assert set(ended) == {made.identity.credential.id, out.credential.id}


def test_the_newest_ten_keys(store: Store, clock: FakeClock) -> None:
    made = store.sign_up("ann", "hash")
    who = made.subject.id, made.identity.credential.id
    operators = store.create_token(made.subject.id, ("publish",))[1]
    keys = []
    for _ in range(KEYS + 2):
        clock.advance(1)
        keys.append(store.mint_key(*who))
    assert [key.ended for key in keys] == [()] * KEYS + [(keys[0].credential.id,), (keys[1].credential.id,)]
    assert {entry.credential.id for entry in store.tokens()} == {
        operators.id,
        *(key.credential.id for key in keys[2:]),
    }
    assert keys[-1].credential.scopes == {"publish", "kv"}


def test_an_identity_that_has_ended_mints_nothing(store: Store) -> None:
    made = store.sign_up("ann", "hash")
    store.revoke_token(made.identity.credential.id)
    with pytest.raises(Refused) as refusal:
        store.mint_key(made.subject.id, made.identity.credential.id)
    assert refusal.value.code == "invalid-identity"


def test_a_new_password_ends_all_of_the_account_but_one_and_nobody_elses(store: Store) -> None:
    made, other = store.sign_up("ann", "hash"), store.sign_up("bob", "hash")
    here = made.identity.credential.id
    ends = {
        store.sign_in(made.subject.id, "hash").credential.id,
        store.mint_key(made.subject.id, here).credential.id,
        store.create_token(made.subject.id, ("kv",))[1].id,
    }
    newest = store.census().change
    assert store.change_password(made.subject.id, "wrong", "new", here) is None
    assert store.password_hash(made.subject.id) == "hash"
    ended = store.change_password(made.subject.id, "hash", "new", here)
    assert set(ended or ()) == ends
    assert store.password_hash(made.subject.id) == "new"
    assert {change.id for change in store.changes(newest)} == ends
    assert all(store.credential(each) is None for each in ends)
    assert store.credential(here) is not None
    assert store.credential(other.identity.credential.id) is not None


def test_an_identity_is_no_scope_that_a_token_may_be_given(store: Store) -> None:
    with pytest.raises(Malformed):
        store.create_token(store.sign_up("ann", "hash").subject.id, ("identity",))
