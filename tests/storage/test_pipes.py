"""presenti's pipes on every database: they are the account's links, each with a UUID and a direction."""

from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.errors import Malformed, Refused
from storage.store import Store


def test_a_pipe_is_a_link(store: Store) -> None:
    account = store.add_account("ann").id
    newest = store.census().change
    pipe = store.add_pipe("discord", "42", account.upper(), 1)
    assert (pipe.provider, pipe.id, pipe.account, pipe.direction) == ("discord", "42", account, 1)
    assert UUID(pipe.uuid).version == 4
    found = store.account(("discord", "42"))
    assert found is not None
    assert found.links == (("discord", "42"),)
    assert [(change.kind, change.id) for change in store.changes(newest)] == [("account", account)]


def test_and_a_link_is_a_pipe(store: Store) -> None:
    account = store.add_account("ann", links=[("mastodon", "@ann@example.org")]).id
    (pipe,) = store.pipes_of(account)
    assert (pipe.provider, pipe.id, pipe.direction) == ("mastodon", "@ann@example.org", 0)
    assert store.pipe(pipe.uuid) == pipe


def test_every_way_to_find_one(store: Store) -> None:
    ann, bob = (store.add_account(name).id for name in ("ann", "bob"))
    pipe, other = store.add_pipe("slack", "1", ann, 0), store.add_pipe("slack", "2", bob, 3)
    for wanted in (
        {"uuid": pipe.uuid.upper()},
        {"provider": "slack", "theirs": "1"},
        {"provider": "slack", "account": ann.upper()},
        {"uuid": pipe.uuid, "provider": "slack", "theirs": "1", "account": ann},
    ):
        assert store.pipe(**wanted) == pipe
    for wanted in (
        {"uuid": str(uuid4())},
        {"provider": "slack", "theirs": "3"},
        {"provider": "discord", "theirs": "1"},
        {"uuid": pipe.uuid, "account": bob},
        {"uuid": pipe.uuid, "theirs": "2"},
    ):
        assert store.pipe(**wanted) is None
    assert set(store.pipes_to("slack")) == {(pipe, "ann"), (other, "bob")}
    assert store.pipes_to("discord") == ()


def test_one_for_each_account_and_provider_and_one_account_for_each(store: Store) -> None:
    ann, bob = (store.add_account(name).id for name in ("ann", "bob"))
    store.add_pipe("slack", "1", ann, 0)
    for theirs, account in (("2", ann), ("1", bob), ("1", ann)):
        with pytest.raises(Refused) as refusal:
            store.add_pipe("slack", theirs, account, 0)
        assert refusal.value.code == "link-taken"
    with pytest.raises(Refused) as refusal:
        store.add_pipe("slack", "2", str(uuid4()), 0)
    assert refusal.value.code == "unknown-account"
    for theirs in ("", "x" * 257, "a\nb", "\x00"):
        with pytest.raises(Malformed):
            store.add_pipe("slack", theirs, bob, 0)


def test_steering_and_removing(store: Store) -> None:
    account = store.add_account("ann").id
    pipe = store.add_pipe("spotify", "x", account, 0)
    steered = store.steer_pipe(pipe.uuid, 3)
    assert steered is not None
    assert steered.direction == 3
    assert store.pipes_of(account) == (steered,)
    assert store.remove_pipe(pipe.uuid) == steered
    assert store.remove_pipe(pipe.uuid) is store.steer_pipe(pipe.uuid, 1) is None
    left = store.account("ann")
    assert left is not None
    assert left.links == ()


def test_an_account_takes_its_pipes_along(store: Store) -> None:
    pipe = store.add_pipe("spotify", "x", store.add_account("ann").id, 0)
    store.remove_account("ann")
    assert store.pipe(pipe.uuid) is None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300))
def test_any_id_is_kept_as_it_is_or_refused(store: Store, theirs: str) -> None:
    store.remove_account("hyp")
    account = store.add_account("hyp").id
    fits = 1 <= len(theirs) <= 256 and theirs.isprintable()
    if fits:
        store.add_pipe("slack", theirs, account, 0)
        found = store.pipe(provider="slack", theirs=theirs)
        assert found is not None
        assert found.id == theirs
    else:
        with pytest.raises(Malformed):
            store.add_pipe("slack", theirs, account, 0)
