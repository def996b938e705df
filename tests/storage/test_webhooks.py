"""Webhooks as they are kept: sealed, limited, and gone with their account."""

from pathlib import Path

import pytest

from actors.courier.outbox import Work
from actors.errors import Overrun, Refused
from actors.messages.courier import Told
from actors.webhooks.webhook import Webhook
from storage.database import Database
from storage.sealing import Seal
from storage.store import Store
from storage.webhooks import MOST, Webhooks

KEY, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def webhooks(store: Store) -> Webhooks:
    return store.webhooks(Seal(lambda: KEY))


def webhook(account: str, ident: str = "w1", **more: object) -> Webhook:
    told = {"url": "https://a.example/ä?x=\x00", "secret": "geheim", "users": ("alice", "ünal"), "created_at": 5.0}
    return Webhook(ident, account, **(told | more))  # type: ignore[arg-type]


def test_one_is_kept_as_it_is(store: Store, webhooks: Webhooks) -> None:
    made = webhook(store.add_account("alice").id)
    webhooks.add_webhook(made)
    assert webhooks.webhooks() == (made,) == webhooks.webhooks_of(made.account)
    assert webhooks.webhooks_of("nobody") == ()


def test_its_secret_is_not_readable(store: Store, webhooks: Webhooks, database: Database) -> None:
    made = webhook(store.add_account("alice").id)
    webhooks.add_webhook(made)
    ((sealed,),) = database.run(lambda tables: tables.rows("SELECT secret FROM webhooks"))
    assert "geheim" not in sealed
    assert store.webhooks(Seal(lambda: OTHER)).webhooks() == (), "under another secret it is left where it is"
    assert webhooks.webhooks() == (made,)


def test_an_account_has_so_many(store: Store, webhooks: Webhooks) -> None:
    alice, bob = store.add_account("alice").id, store.add_account("bob").id
    for number in range(MOST):
        webhooks.add_webhook(webhook(alice, str(number)))
    with pytest.raises(Overrun, match="at most"):
        webhooks.add_webhook(webhook(alice, "more"))
    webhooks.add_webhook(webhook(bob, "his"))


def test_nobodys_is_refused(webhooks: Webhooks) -> None:
    with pytest.raises(Refused, match="unknown-account"):
        webhooks.add_webhook(webhook("nobody"))


def test_they_go_one_by_one_and_with_their_account(store: Store, webhooks: Webhooks, tmp_path: Path) -> None:
    alice = store.add_account("alice").id
    webhooks.add_webhook(webhook(alice, "1"))
    webhooks.add_webhook(webhook(alice, "2"))
    assert webhooks.remove_webhook("1")
    assert not webhooks.remove_webhook("1")
    assert [each.id for each in webhooks.webhooks()] == ["2"]
    store.write_outbox(Work(told=[("webhook:2", Told("alice", 1, "x")), ("relay:2", Told("alice", 1, "x"))]))
    store.remove_account("alice")
    assert webhooks.webhooks() == ()
    assert webhooks.told("webhook") == (), "what it was told is forgotten too"
    assert len(webhooks.told("relay")) == 1
