"""Key-values, tokens in a dialect's form and last-seen: the contract of the store on every database."""

import base64
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.accounts import digest_of
from actors.activities import Upsert
from actors.errors import Refused, Unavailable
from actors.keyvalues import MOST_PAIRS, DropPairs, SetPairs, Storage
from actors.messages.keeper import LastSeen
from actors.presence import Kept, Subject
from storage.database import Database
from storage.last_seen import KEPT
from storage.sealing import SECRET_FILE, Seal, secret_of
from storage.store import Store
from tests.clock import FakeClock

KEYS = st.sampled_from(["a", "b", "c_", "D"])
CHANGES = st.one_of(
    st.builds(SetPairs, st.just(""), st.lists(st.tuples(KEYS, st.text(max_size=4)), max_size=3).map(tuple)),
    st.builds(SetPairs, st.just(""), st.tuples(st.tuples(KEYS, st.text(max_size=4))), only_known=st.just(True)),
    st.builds(DropPairs, st.just(""), st.none() | st.lists(KEYS, max_size=2).map(tuple), only_known=st.booleans()),
)


@pytest.fixture
def store(database: Database, clock: FakeClock, tmp_path: Path) -> Store:
    return Store(database, clock, Seal(lambda: secret_of(None, tmp_path)))


def _account(store: Store) -> Subject:
    return store.add_account(f"a{uuid.uuid4().hex}")


def _one(store: Store, change: Any) -> Storage:
    (outcome,) = store.commit([change])
    assert isinstance(outcome, Storage), outcome
    return outcome


def _model(pairs: dict[str, str], change: Any) -> dict[str, str]:
    """What the change makes of these, said once more in plain words; KeyError where it is refused."""
    changed = dict(pairs)
    if isinstance(change, SetPairs):
        for key, value in change.pairs:
            if change.only_known:
                pairs[key]
            changed[key] = value
        return changed
    for key in list(pairs) if change.keys is None else dict.fromkeys(change.keys):
        if change.only_known:
            pairs[key]
        changed.pop(key, None)
    return changed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(CHANGES, max_size=6), st.booleans())
def test_a_group_does_what_its_changes_would_one_by_one(store: Store, changes: list[Any], together: bool) -> None:
    account = _account(store).id
    changes = [type(each)(account, *([getattr(each, f) for f in each.__slots__[1:]])) for each in changes]
    outcomes = list(store.commit(changes)) if together else [store.commit([each])[0] for each in changes]
    pairs: dict[str, str] = {}
    revision = 0
    for change, outcome in zip(changes, outcomes, strict=True):
        try:
            after = _model(pairs, change)
        except KeyError:
            assert isinstance(outcome, Refused)
            assert outcome.code == "unknown-key"
            continue
        assert isinstance(outcome, Storage)
        assert outcome.pairs == tuple(after.items()), "in the order of their making"
        assert (outcome.revision > revision) == (after != pairs)
        pairs, revision = after, outcome.revision
    assert store.storage(account) == Storage(account, tuple(pairs.items()), revision)


def test_what_is_kept_is_read_at_start_with_when_users_were_seen(store: Store) -> None:
    ann, bob = _account(store), _account(store)
    kept = _one(store, SetPairs(ann.id, (("a", "\0'\"\\ü\u2028 😀"), ("b", ""))))
    store.write_behind([LastSeen(ann.id, 7.0), LastSeen(bob.id, 8.5), LastSeen("n\0", 1.0), LastSeen("n\0", 9.0)])
    assert store.kept() == {
        ann.id: Kept(kept.pairs, 7.0, kept.revision),
        bob.id: Kept(last_seen_at=8.5),
        "n\0": Kept(last_seen_at=9.0),
    }
    assert store.storage_revisions() == {ann.id: kept.revision}
    store.remove_account(ann.id)
    assert set(store.kept()) == {bob.id, "n\0"}


def test_a_storage_is_made_by_a_token_that_may_keep(store: Store) -> None:
    ann = _account(store)
    store.create_token(ann.id, ["publish", "read"])
    assert store.storage(ann.id).revision == 0
    since = store.census().change
    store.create_token(ann.id, ["kv"])
    assert store.storage(ann.id) == Storage(ann.id, (), 1)
    assert [change.kind for change in store.changes(since)] == ["credential", "storage"]
    store.create_token(ann.id, ["kv"])
    assert [change.kind for change in store.changes(since)][2:] == ["credential"]


def test_512_pairs_are_kept_and_a_group_goes_on_after_the_refusal(store: Store) -> None:
    account = _account(store).id
    pairs = tuple((f"k{number}", "x") for number in range(MOST_PAIRS))
    upsert = Upsert(account, str(uuid.uuid4()), "m", {"type": 1}, 5)
    full, refused, _, shrunk, again = store.commit(
        [
            SetPairs(account, pairs),
            SetPairs(account, (("k0", "y"), ("one", "more"))),
            upsert,
            DropPairs(account, ("k0",)),
            SetPairs(account, (("one", "more"),)),
        ]
    )
    assert isinstance(full, Storage)
    assert isinstance(shrunk, Storage)
    assert isinstance(again, Storage)
    assert isinstance(refused, Refused)
    assert refused.code == "too-many-pairs"
    assert [len(each.pairs) for each in (full, shrunk, again)] == [512, 511, 512]


def test_a_million_characters_are_kept_and_what_is_full_can_be_emptied(store: Store) -> None:
    account = _account(store).id
    _one(store, SetPairs(account, tuple((f"k{number:03}", "x" * 9_996) for number in range(100))))
    for change in (SetPairs(account, (("k000", "x" * 9_997),)), SetPairs(account, (("y", ""),))):
        (refused,) = store.commit([change])
        assert isinstance(refused, Refused)
        assert refused.code == "storage-full"
    assert _one(store, SetPairs(account, (("k000", "y" * 9_996),))).revision == 3
    assert len(_one(store, DropPairs(account, ("k001",))).pairs) == 99


def test_nobody_keeps_anything_without_an_account(store: Store) -> None:
    change = SetPairs("7b0f4c1e-6f0e-4f5c-9d55-0a4f1f0c2d11", (("a", "x"),))
    (outcome,) = store.commit([change])
    assert isinstance(outcome, Refused)
    assert outcome.code == "unknown-account"
    with pytest.raises(Refused, match="no such account"):
        store.change_storage(change)


def test_a_command_is_told_to_whoever_follows(store: Store) -> None:
    ann = _account(store)
    since = store.census().change
    assert store.change_storage(SetPairs(ann.id, (("a", "x"),))).pairs == (("a", "x"),)
    (change,) = store.changes(since)
    assert (change.kind, change.id) == ("storage", ann.id)
    _one(store, SetPairs(ann.id, (("b", "x"),)))
    assert len(store.changes(since)) == 1, "the server itself knows what it has written"


def test_who_has_no_account_is_not_remembered_for_ever(store: Store, clock: FakeClock) -> None:
    ann = _account(store)
    store.write_behind([LastSeen(who, clock.now()) for who in (ann.id, "a member")])
    clock.advance(KEPT)
    assert store.prune() == 0
    clock.advance(1)
    assert store.prune() == 1
    assert set(store.kept()) == {ann.id}


# --- tokens in a dialect's form -------------------------------------------------------------------------------------


def test_lanterns_token_can_be_shown_again_until_there_is_a_new_one(store: Store, tmp_path: Path) -> None:
    ann = store.add_account("ann", links=[("discord", "100000000000000001")])
    with pytest.raises(Refused):
        store.dialect_token(ann)
    first = store.issue_dialect_token(ann, "lantern")
    user, colon, rest = base64.b64decode(first.text).decode().partition(":")
    assert (user, colon) == ("100000000000000001", ":")
    assert re.fullmatch("[0-9a-f]{32}", rest)
    assert store.dialect_token(ann) == first.text
    second = store.issue_dialect_token(ann, "lantern")
    assert second.ended == (first.credential.id,)
    assert store.dialect_token(ann) == second.text
    assert store.credential_by_digest(digest_of(first.text)) is None
    credential = store.credential_by_digest(digest_of(second.text))
    assert credential is not None
    assert (credential.account, credential.scopes) == (ann.id, {"kv"})
    assert (tmp_path / SECRET_FILE).stat().st_mode & 0o777 == 0o600


def test_lanyards_key_has_its_form_and_is_kept_as_a_digest_alone(store: Store, tmp_path: Path) -> None:
    ann = _account(store)
    first, second = (store.issue_dialect_token(ann, "lanyard") for _ in range(2))
    assert re.fullmatch("lnyd_[0-9a-f]{32}", first.text)
    assert second.ended == (first.credential.id,)
    store.issue_dialect_token(ann, "lantern")
    assert store.credential_by_digest(digest_of(second.text)) is not None, "one of each dialect"
    assert second.text.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_the_database_alone_tells_no_token(store: Store, database: Database, clock: FakeClock) -> None:
    ann = _account(store)
    text = store.issue_dialect_token(ann, "lantern").text
    for secret in ("0" * 64, "f" * 64):
        with pytest.raises(Unavailable, match="another secret"):
            Store(database, clock, Seal(lambda secret=secret: secret)).dialect_token(ann)
    bare = Store(database, clock)
    with pytest.raises(Refused, match="without a secret"):
        bare.dialect_token(ann)
    rows = database.run(lambda tables: tables.rows("SELECT * FROM sealed_tokens"))
    assert text not in repr(rows)
    assert text.encode().hex() not in repr(rows)


def test_a_secret_is_made_once_unless_it_is_configured(tmp_path: Path) -> None:
    assert secret_of("ab" * 32, tmp_path) == "ab" * 32
    assert list(tmp_path.iterdir()) == []
    made = secret_of(None, tmp_path)
    assert re.fullmatch("[0-9a-f]{64}", made)
    assert secret_of(None, tmp_path) == made
    assert [path.name for path in tmp_path.iterdir()] == [SECRET_FILE]
