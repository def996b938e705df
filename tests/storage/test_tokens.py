import base64
import dataclasses

import pytest

from actors.accounts import Change, digest_of
from actors.clock import Clock
from actors.errors import Malformed, Refused
from storage import tokens
from storage.database import Database
from storage.store import Store
from tests.clock import FakeClock


def test_a_token_is_known_by_its_digest_alone(store: Store, clock: Clock) -> None:
    alice = store.add_account("alice")
    token, credential = store.create_token(alice.id, ["kv", "publish"], expires_at=clock.now() + 60)

    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert credential.digest == digest_of(token)
    assert (credential.account, credential.scopes) == (alice.id, {"kv", "publish"})
    assert (credential.created_at, credential.expires_at) == (clock.now(), clock.now() + 60)
    assert store.credential_by_digest(digest_of(token)) == credential
    assert store.credential(credential.id) == credential
    assert store.credential_by_digest(digest_of(token.swapcase())) is None


def test_no_token_is_in_the_database(store: Store, address: str) -> None:
    if address.startswith("postgresql"):
        pytest.skip("reads SQLite's file")
    token, _ = store.create_token(None, ["operator"])
    store.close()
    with open(address, "rb") as file:
        kept = file.read()
    assert digest_of(token).hex().encode() in kept
    assert token.encode() not in kept


def test_a_token_of_nobody_belongs_to_no_account(store: Store) -> None:
    store.add_newcomer("alice", ["kv"])
    _, credential = store.create_token(None, ["operator"])
    assert credential.account is None
    assert [entry.owner for entry in store.tokens()] == ["alice", None]
    assert {each.account for each in store.census().credentials} == {None, store.accounts()[0].id}


def test_revocation_is_told_once(store: Store) -> None:
    token, credential = store.create_token(None, ["first-party"])
    assert store.revoke_token(credential.id)
    assert not store.revoke_token(credential.id)
    assert not store.revoke_token("nope\0\ud800")

    assert store.credential(credential.id) is None
    assert store.credential_by_digest(digest_of(token)) is None
    assert store.tokens() == ()
    assert store.census().credentials == ()
    assert store.changes(0) == (Change(1, "credential", credential.id), Change(2, "credential", credential.id))


def test_tokens_that_are_over_are_not_kept_for_ever(store: Store, database: Database, clock: FakeClock) -> None:
    """Seen to fail: each one ever revoked, and each sign-in that ran out, stayed a row."""
    lasting = store.create_token(None, ["operator"])[1]
    ended = store.create_token(None, ["operator"], expires_at=clock.now() + 60)[1]
    revoked = store.create_token(None, ["operator"])[1]
    store.revoke_token(revoked.id)
    news = store.census().change

    clock.advance(tokens.KEPT)
    assert store.prune() == 0
    clock.advance(1)
    assert store.prune() == 1, "the one that was revoked"
    clock.advance(60)
    assert store.prune() == 1, "the one that ended by itself"
    assert database.run(lambda tables: tables.rows("SELECT id FROM credentials")) == [(lasting.id,)]
    assert not store.revoke_token(ended.id)
    assert store.census().change == news, "nobody has to hear of it: they opened nothing any more"


def test_the_last_use_is_kept_and_is_no_change(store: Store) -> None:
    _, used = store.create_token(None, ["first-party"])
    _, unused = store.create_token(None, ["operator"])
    store.note_uses({used.id: 7.5, "unknown": 8.0})
    store.note_uses({})
    assert {entry.credential.id: entry.last_used_at for entry in store.tokens()} == {used.id: 7.5, unused.id: None}
    assert store.census().change == 2


@pytest.mark.parametrize("scopes", [[], ["all"], ["kv", "KV"]])
def test_scopes_that_are_none_are_malformed(store: Store, scopes: list[str]) -> None:
    with pytest.raises(Malformed) as refusal:
        store.create_token(None, scopes)
    assert refusal.value.code == "unknown-scope"
    assert store.tokens() == ()


@pytest.mark.parametrize("account", ["alice", "", "\0", "\ud800"])
def test_a_token_needs_an_account_that_is_there(store: Store, account: str) -> None:
    with pytest.raises(Refused) as refusal:
        store.create_token(account, ["kv"])
    assert refusal.value.code == "unknown-account"


def test_what_is_handed_out_is_frozen(store: Store) -> None:
    store.add_newcomer("alice", ["kv"])
    entry = store.tokens()[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry.credential.account = None  # type: ignore[misc]
