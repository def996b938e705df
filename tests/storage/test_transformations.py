"""Transformations on every database: an account's own, in their order, and gone with it."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from actors.errors import Refused
from storage.store import Store
from storage.transformations import MOST

RULE = {"type": "set", "property": "title", "value": "é\x00\\"}


def test_they_are_kept_in_their_order_and_come_back_as_they_were(store: Store) -> None:
    ann, bob = (store.add_account(name).id for name in ("ann", "bob"))
    first = store.add_transformation(ann, RULE, ("x", "ü\x00"))
    others = store.add_transformation(bob, {"type": "delete"}, ())
    second = store.add_transformation(ann, {"type": "delete"}, ("x",))
    assert UUID(first.uuid).version == 4
    assert (first.account, first.rule, first.ids) == (ann, RULE, ("x", "ü\x00"))
    assert store.transformations_of(ann).rules == (first, second)
    assert store.transformation(first.uuid.upper()) == first
    assert store.transformation(str(uuid4())) is None
    assert {kept.account: kept.rules for kept in store.all_transformations()} == {
        ann: (first, second),
        bob: (others,),
    }


def test_each_change_has_a_higher_revision(store: Store) -> None:
    ann, bob = (store.add_account(name).id for name in ("ann", "bob"))
    revisions = [store.transformations_of(ann).revision]
    made = store.add_transformation(ann, RULE, ("x",))
    revisions.append(store.transformations_of(ann).revision)
    changed = store.change_transformation(made.uuid, ann, ids=("y",))
    assert changed == replace(made, ids=("y",))
    revisions.append(store.transformations_of(ann).revision)
    assert store.transformations_of(ann).rules == (changed,)
    assert store.change_transformation(made.uuid, bob, ids=("z",)) is None
    assert not store.remove_transformation(made.uuid, bob)
    assert store.transformations_of(ann).rules == (changed,)
    revisions.append(store.transformations_of(ann).revision + 1)
    assert store.remove_transformation(made.uuid, ann)
    assert not store.remove_transformation(made.uuid, ann)
    revisions.append(store.transformations_of(ann).revision + 1)
    assert store.transformations_of(ann).rules == ()
    assert revisions == sorted(set(revisions))


def test_an_account_has_so_many_and_takes_them_along(store: Store) -> None:
    ann, bob = (store.add_account(name).id for name in ("ann", "bob"))
    for _ in range(MOST):
        store.add_transformation(ann, RULE, ())
    with pytest.raises(Refused) as refusal:
        store.add_transformation(ann, RULE, ())
    assert refusal.value.code == "too-many-transformations"
    kept = store.add_transformation(bob, RULE, ())
    store.remove_account("ann")
    assert [each.rules for each in store.all_transformations()] == [(kept,)]
    with pytest.raises(Refused) as refusal:
        store.add_transformation(ann, RULE, ())
    assert refusal.value.code == "unknown-account"


def test_of_two_who_change_one_rule_at_once_each_keeps_what_the_other_said(store: Store) -> None:
    """Law 3: what one changed was once written with all that it had read, over what the other said meanwhile."""
    ann = store.add_account("ann").id
    made = store.add_transformation(ann, RULE, ("x",))
    deleting = {"type": "delete"}
    assert store.change_transformation(made.uuid, ann, rule=deleting) == replace(made, rule=deleting)
    assert store.change_transformation(made.uuid, ann, ids=("y",)) == replace(made, rule=deleting, ids=("y",))
