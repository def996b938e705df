"""Kept activities: the contract of storage/activities.py on every database."""

import uuid
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.activities import Amend, Outcome, Posted, Remove, Upsert, Wanted
from actors.errors import Malformed, Refused
from actors.messages.keeper import Forget, Remember, Seen
from actors.presence import Claim, Source
from storage.store import Store
from tests.clock import FakeClock

CONTENT = st.fixed_dictionaries(
    {},
    optional={
        "type": st.integers(0, 9),
        "title": st.none() | st.text(max_size=5),
        "caption": st.sampled_from(["", "x"]),
        "meta": st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=2),
    },
)


def _account(store: Store) -> str:
    return store.add_account(f"a{uuid.uuid4().hex}").id


def _upsert(account: str, manual_id: str | None = "m", minutes: int = 5, **content: Any) -> Upsert:
    return Upsert(account, str(uuid.uuid4()), manual_id, {"type": 1, **content}, minutes)


def _one(store: Store, change: Any) -> Outcome:
    return store.commit([change])[0]


def _kept(outcome: Outcome) -> Posted:
    assert isinstance(outcome, Posted), outcome
    return outcome


def _history(store: Store, account: str, **wanted: Any) -> list[str]:
    return [posted.id for posted in store.activities(Wanted(account, include_expired=True, **wanted)).activities]


def test_an_upsert_replaces_what_is_active_and_leaves_what_is_over(store: Store, clock: FakeClock) -> None:
    account = _account(store)
    first = _kept(_one(store, _upsert(account, title="a", caption="b")))
    clock.advance(1)
    second = _kept(_one(store, _upsert(account, minutes=1, title="c")))
    assert (second.id, second.created_at) == (first.id, first.created_at)
    assert second.content == {"type": 1, "title": "c"}
    assert second.expires_at == clock.now() + 60
    clock.advance(60)
    third = _kept(_one(store, _upsert(account, title="d")))
    assert third.id != first.id
    assert _history(store, account) == [third.id, first.id]
    assert [posted.id for posted in store.live_activities()] == [third.id]


def test_a_manual_id_of_blanks_is_none_and_case_counts(store: Store) -> None:
    account = _account(store)
    changes = [_upsert(account, name) for name in (" ", " ", None, None, "m", "M", "m ", "m")]
    ids = {_kept(outcome).id for outcome in store.commit(changes)}
    assert len(ids) == 7


def test_an_upsert_without_type_needs_one_to_replace(store: Store) -> None:
    account = _account(store)
    untyped = Upsert(account, str(uuid.uuid4()), "m", {"type": None, "title": "t"}, 5)
    refused = _one(store, untyped)
    assert isinstance(refused, Malformed)
    assert refused.code == "type-required"
    _one(store, _upsert(account, type=3))
    assert _kept(_one(store, untyped)).content == {"type": 3, "title": "t"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(CONTENT, st.lists(CONTENT, max_size=4))
def test_what_an_amendment_does_not_name_stays(
    store: Store, first: dict[str, Any], later: list[dict[str, Any]]
) -> None:
    account = _account(store)
    content = {"type": 0, **first}
    made = _kept(_one(store, Upsert(account, str(uuid.uuid4()), "m", content, 7)))
    for number, part in enumerate(later):
        named = {"id": made.id, "manual_id": None} if number % 2 else {"id": None, "manual_id": "m"}
        content = {**content, **part}
        amended = _kept(_one(store, Amend(account, content=part, **named)))
        assert amended.content == content
        assert (amended.lease_minutes, amended.expires_at) == (7, made.expires_at)
    (stored,) = store.activities(Wanted(account)).activities
    assert stored.content == content


def test_an_amendment_renews_and_renames_but_takes_no_manual_id_away(store: Store, clock: FakeClock) -> None:
    account = _account(store)
    one, _two = (_kept(_one(store, _upsert(account, name))) for name in ("one", "two"))
    taken = _one(store, Amend(account, one.id, None, {}, new_manual_id="two"))
    assert isinstance(taken, Refused)
    assert taken.code == "manual-id-taken"
    clock.advance(301)
    _one(store, _upsert(account, "two"))
    assert isinstance(_one(store, Amend(account, one.id, None, {}, new_manual_id="two", lease_minutes=3)), Refused)
    revived = _kept(_one(store, Amend(account, one.id, None, {}, new_manual_id="three", lease_minutes=3)))
    assert (revived.manual_id, revived.expires_at) == ("three", clock.now() + 180)


def test_what_is_removed_is_found_no_more(store: Store) -> None:
    account = _account(store)
    made = _kept(_one(store, _upsert(account)))
    assert not _kept(_one(store, Remove(account, None, "m"))).active(made.created_at)
    for named in ((None, "m"), (made.id, None)):
        assert isinstance(_one(store, Remove(account, *named)), Refused)
        assert isinstance(_one(store, Amend(account, *named, {})), Refused)
    assert _history(store, account) == []


def test_a_removal_that_keeps_history_ends_first(store: Store) -> None:
    account = _account(store)
    made = _kept(_one(store, _upsert(account)))
    outcomes = [_one(store, Remove(account, made.id, None, keep_history=True)) for _ in range(3)]
    assert [type(outcome) for outcome in outcomes] == [Posted, Posted, Refused]


def test_nobody_reaches_anothers_and_a_refusal_spoils_no_group(store: Store) -> None:
    mine, other = _account(store), _account(store)
    made = _kept(_one(store, _upsert(mine)))
    outcomes = store.commit(
        [
            Amend(other, made.id, None, {"title": "stolen"}),
            _upsert(other, title="own"),
            Remove(other, made.id, None),
            _upsert("7b0f4c1e-6f0e-4f5c-9d55-0a4f1f0c2d11"),
        ]
    )
    codes = [outcome.code if isinstance(outcome, Refused) else "kept" for outcome in outcomes]
    assert codes == ["unknown-activity", "kept", "unknown-activity", "unknown-account"]
    assert _history(store, mine) == [made.id]


def test_history_is_filtered_newest_first_and_paged(store: Store, clock: FakeClock) -> None:
    account = _account(store)
    made = []
    for number in range(5):
        clock.advance(400)
        made.append(_kept(_one(store, _upsert(account, str(number), title=f"T%{number}", queryable_terms=["x", "y_"]))))
    ids = [posted.id for posted in reversed(made)]
    assert _history(store, account, offset=1, take=2) == ids[1:3]
    assert store.activities(Wanted(account, include_expired=True, take=0)).total == 5
    assert _history(store, account, query="T%3") == [made[3].id]
    assert _history(store, account, query="t%3") == []
    assert _history(store, account, query=" Y_ ") == ids
    assert _history(store, account, term="X") == ids
    assert _history(store, account, type=2) == []
    assert [posted.id for posted in store.activities(Wanted(account, type=1)).activities] == ids[:1]


def test_old_history_goes_and_an_account_takes_its_own_along(store: Store, clock: FakeClock) -> None:
    account = _account(store)
    _one(store, _upsert(account))
    assert store.prune() == 0
    clock.advance(91 * 86_400)
    kept = _kept(_one(store, _upsert(account)))
    assert store.prune() == 1
    assert _history(store, account) == [kept.id]
    store.remove_account(account)
    assert store.live_activities() == ()


def test_any_text_comes_back(store: Store) -> None:
    account = _account(store)
    odd = "\0'\"\\ü\u2028 😀"
    made = _kept(_one(store, _upsert(account, odd, title=odd, meta={odd: odd})))
    assert store.activities(Wanted(account)).activities == (made,)


def test_the_claim_of_an_activity_is_not_stored_twice(store: Store, clock: FakeClock) -> None:
    claim = Claim(Source("dyson", "x"), clock.now())
    other = Claim(Source("session", "x"), clock.now())
    until = clock.now() + 9
    store.write_behind([Remember("u", claim, until), Remember("u", other, until), Forget("u", claim.source)])
    assert [live.claim for live in store.live_claims()] == [other]


def test_the_last_ping_is_kept(store: Store) -> None:
    assert store.last_ping("u\0") is None
    store.write_behind([Seen("u\0", 7, "a"), Seen("u\0", 8, "\n"), Seen("v", 9, "")])
    assert store.last_ping("u\0") == (8, "\n")
    assert store.last_ping("v") == (9, "")
