"""What was done under an Idempotency-Key, on every database: both or neither, for a day, the newest."""

import pytest

from actors.deeds import KEPT, Done
from actors.errors import Refused
from actors.messages.keeper import Remember
from actors.presence import Claim, Source
from actors.webhooks.webhook import Webhook
from storage import deeds
from storage.sealing import Seal
from storage.store import Store
from tests.clock import FakeClock

CLAIM = Claim(Source("native", "x"), 1.5, expires_at=2e9)


def done(key: str, at: float, **more: object) -> Done:
    return Done("token", key, f"of {key}", at, **more)  # type: ignore[arg-type]


def test_they_come_back_as_they_were_and_a_key_has_one(store: Store, clock: FakeClock) -> None:
    first = done("ä\x00", clock.now(), since=0.1 + 0.2, expires_at=1_700_000_060.123)
    store.write_behind([first, done("b", clock.now(), made="w1")])
    store.write_behind([done("b", clock.now() + 1, made="w2")])
    assert store.deeds() == (first, done("b", clock.now() + 1, made="w2"))


def test_the_newest_are_kept_for_a_day(store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deeds, "MOST", 3)
    began = clock.now()
    store.write_behind([done(str(number), began + number) for number in range(5)])
    assert [each.key for each in store.deeds()] == ["2", "3", "4"]
    clock.advance(KEPT + 3)
    assert [each.key for each in store.deeds()] == ["3", "4"]
    assert store.prune() == 1
    clock.elapsed -= KEPT + 3
    assert [each.key for each in store.deeds()] == ["3", "4"]


def test_one_token_never_pushes_out_what_another_did(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail when the numbers of those that had made room were counted too."""
    monkeypatch.setattr(deeds, "MOST", 4)
    monkeypatch.setattr(deeds, "MOST_OF_ONE", 2)
    store.write_behind([Done("other", "mine", "r", clock.now())])
    for number in range(9):
        store.write_behind([done(str(number), clock.now() + number)])
    assert [(each.owner, each.key) for each in store.deeds()] == [("other", "mine"), ("token", "7"), ("token", "8")]


def test_a_batch_is_written_whole_or_not_at_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object) -> None:
        raise ValueError("in the middle")

    with monkeypatch.context() as patch:
        patch.setattr(deeds, "note", stumble)
        with pytest.raises(ValueError, match="in the middle"):
            store.write_behind([Remember("alice", CLAIM, 2e9), done("a", 5.0)])
    assert store.live_claims() == ()


def test_a_webhook_that_is_refused_was_not_made(store: Store, clock: FakeClock) -> None:
    webhooks = store.webhooks(Seal(lambda: "ab" * 32))
    alice = store.add_account("alice").id
    made = done("k", clock.now(), made="w1")
    with pytest.raises(Refused, match="unknown-account"):
        webhooks.add_webhook(Webhook("w1", "nobody", "https://a.example/", "geheim", ("alice",), 5.0), made)
    assert store.deeds() == ()
    webhooks.add_webhook(Webhook("w1", alice, "https://a.example/", "geheim", ("alice",), 5.0), made)
    assert store.deeds() == (made,)
