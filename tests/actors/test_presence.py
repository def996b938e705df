from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.presence import NOBODY, Activity, Claim, Kept, Native, Presence, Source, Status, merge_status
from tests.actors.strategies import activities, claims, of_distinct_sources, sources, times


def of(*said: Claim) -> Presence:
    presence = NOBODY
    for claim in said:
        presence = presence.with_claim(claim)
    return presence


@given(of_distinct_sources.flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_claims_of_distinct_sources_commute(drawn: tuple[list[Claim], list[Claim]]) -> None:
    assert of(*drawn[0]) == of(*drawn[1])


@given(st.lists(claims(), max_size=6), claims())
def test_the_same_claim_twice_is_the_same_object(said: list[Claim], claim: Claim) -> None:
    once = of(*said, claim)
    assert once.with_claim(claim) is once


@given(st.lists(claims(), max_size=10))
def test_a_source_has_one_place_its_last_word_and_the_age_it_came_with(said: list[Claim]) -> None:
    presence = of(*said)
    assert len({claim.source for claim in presence.claims}) == len(presence.claims)
    for claim in presence.claims:
        words = [each for each in said if each.source == claim.source]
        assert claim == replace(words[-1], since=words[0].since)


@given(st.lists(claims(), max_size=6), sources)
def test_a_source_that_withdraws_takes_only_its_own(said: list[Claim], source: Source) -> None:
    presence = of(*said)
    left = presence.without(source)
    assert left.claims == tuple(claim for claim in presence.claims if claim.source != source)
    assert left.without(source) is left
    assert left.claim_of(source) is None


@given(of_distinct_sources, times)
def test_expiry_is_complete_and_idempotent(said: list[Claim], now: float) -> None:
    presence = of(*said)
    later = presence.at(now)
    assert list(later.claims) == [c for c in presence.claims if c.expires_at is None or c.expires_at > now]
    assert later.at(now) is later


@given(of_distinct_sources, times, times)
def test_expiry_in_two_steps_is_expiry_in_one(said: list[Claim], earlier: float, later: float) -> None:
    presence, instant = of(*said), max(earlier, later)
    assert presence.at(min(earlier, later)).at(instant) == presence.at(instant)


def test_a_lease_is_over_at_its_very_instant() -> None:
    claim = Claim(Source("session", "1"), since=0.0, expires_at=10.0)
    assert not claim.expired(9.999)
    assert claim.expired(10.0)


def test_invisible_wins_then_dnd_else_the_most_available() -> None:
    by_weight = [Status.INVISIBLE, Status.DND, Status.ONLINE, Status.IDLE, Status.OFFLINE]
    for said in (statuses for count in range(4) for statuses in product(Status, repeat=count)):
        merged = merge_status(Claim(Source("session", str(n)), 0.0, status) for n, status in enumerate(said))
        assert merged is min(said, key=by_weight.index, default=Status.OFFLINE), said


@given(activities)
def test_whoever_shows_an_activity_is_online_and_an_empty_claim_says_nothing(activity: Activity) -> None:
    source = Source("session", "1")
    assert of(Claim(source, 0.0, activities=(activity,))).status is Status.ONLINE
    assert of(Claim(source, 0.0, Status.IDLE, activities=(activity,))).status is Status.IDLE
    assert of(Claim(source, 0.0)).status is Status.OFFLINE


@pytest.mark.parametrize(
    ("status", "shown", "effective"),
    [
        (None, (), None),
        (None, (Activity("chess"),), Status.ONLINE),
        (Status.IDLE, (), Status.IDLE),
        (Status.OFFLINE, (Activity("chess"),), Status.OFFLINE),
    ],
)
def test_what_a_claim_says_of_availability(
    status: Status | None, shown: tuple[Activity, ...], effective: Status | None
) -> None:
    assert Claim(Source("session", "1"), 0.0, status, shown).effective_status is effective


@given(of_distinct_sources)
def test_activities_are_ordered_by_the_age_of_their_source(said: list[Claim]) -> None:
    presence = of(*said)
    ages = [claim.since for claim in presence.claims]
    assert ages == sorted(ages)
    assert presence.activities == tuple(a for claim in presence.claims for a in claim.activities)


@given(st.lists(claims(), max_size=6), claims())
def test_a_presence_looks_like_itself_and_leases_do_not_show(said: list[Claim], claim: Claim) -> None:
    presence = of(*said, claim)
    assert presence.looks_like(presence)
    known = presence.claim_of(claim.source)
    assert known is not None
    assert presence.with_claim(replace(known, expires_at=1e9)).looks_like(presence)


@given(of_distinct_sources, times)
def test_an_empty_claim_does_not_show_and_a_word_does(said: list[Claim], since: float) -> None:
    presence, source = of(*said), Source("module", "load")
    assert presence.with_claim(Claim(source, since)).looks_like(presence)
    assert not presence.with_claim(Claim(source, since, Status.OFFLINE)).looks_like(presence)
    assert not presence.with_claim(Claim(source, since, activities=(Activity("chess"),))).looks_like(presence)


SAID = Claim(Source("session", "1"), 1.0, Status.IDLE, (Activity("chess"),), "desktop", 9.0, receipt=1, credential="a")


@pytest.mark.parametrize(
    ("change", "shows"),
    [
        ({"status": Status.DND}, True),
        ({"status": None}, True),
        ({"activities": (Activity("go"),)}, True),
        ({"activities": ()}, True),
        ({"platform": "mobile"}, True),
        ({"native": Native("presenti", {})}, True),
        ({"source": Source("session", "2")}, True),
        ({"since": 2.0}, False),
        ({"expires_at": None}, False),
        ({"receipt": 2}, False),
        ({"credential": "b"}, False),
    ],
)
def test_what_of_a_claim_shows(change: dict[str, Any], shows: bool) -> None:
    busy = Claim(Source("socket", "9"), 0.0, Status.DND)  # so that the merged status is the same
    one, other = of(busy, SAID), of(busy, replace(SAID, **change))
    assert one.looks_like(other) is not shows
    assert other.looks_like(one) is not shows


def test_a_status_and_key_values_show() -> None:
    said = of(SAID)
    assert not said.looks_like(of(replace(SAID, status=Status.ONLINE)))
    assert not said.looks_like(said.keeping(Kept((("k", "v"),))))
    assert said.looks_like(said.keeping(Kept(last_seen_at=7.0, revision=3)))


@given(of_distinct_sources, of_distinct_sources)
def test_looking_alike_is_mutual_and_equal_presences_look_alike(one: list[Claim], other: list[Claim]) -> None:
    a, b = of(*one), of(*other)
    assert a.looks_like(b) == b.looks_like(a)
    assert a != b or a.looks_like(b)


@given(st.lists(st.one_of(claims(), sources, times), max_size=8))
def test_what_is_kept_stays_whatever_is_claimed(said: list[Claim | Source | float]) -> None:
    kept = Kept((("k", "v"),), 7.0, 3)
    presence = NOBODY.keeping(kept)
    for each in said:
        if isinstance(each, Claim):
            presence = presence.with_claim(each)
        else:
            presence = presence.without(each) if isinstance(each, Source) else presence.at(each)
        assert presence.kept is kept
