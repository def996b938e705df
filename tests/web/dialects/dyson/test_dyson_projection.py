"""DysonNetwork's activities as other dialects see them, and theirs as DysonNetwork's clients do, member by member."""

import uuid
from typing import Any

import pytest

from actors.activities import Posted
from actors.presence import Activity, Claim, Kind, Link, Native, Picture, Presence, Source, Subject
from web.dialects.dyson.documents import DEPLOYED, DOCUMENTED, account_id, active, claim_of
from web.dialects.dyson.requests import whole

NOW = 1_767_607_200.0
ANN = Subject("1d3c0a2e-1111-4222-8333-444455556666", "ann", account=True)
IDENT = "7b0f4c1e-6f0e-4f5c-9d55-0a4f1f0c2d11"


def posted(manual_id: str | None = None, at: float = NOW, **content: Any) -> Posted:
    return Posted(IDENT, ANN.id, manual_id, whole({"type": 0, **content}), 7, at + 420, at, at + 1)


def foreign(activity: Activity, *, ident: str = "1", lasts: float | None = None, since: float = NOW) -> Claim:
    return Claim(
        Source("session", ident), since, activities=(activity,), expires_at=None if lasts is None else NOW + lasts
    )


def shown(activity: Activity) -> dict[str, Any]:
    (told,) = active(ANN, Presence((foreign(activity),)), NOW)
    return dict(told.content)


# --- out to other dialects --------------------------------------------------------------------------------------------


def test_everything_that_was_posted_has_its_place() -> None:
    content = {
        "type": 2,
        "title": "Suite",
        "title_url": "https://ex.org/t",
        "subtitle": "J.S.",
        "subtitle_url": "https://ex.org/s",
        "caption": "live",
        "large_image": "https://ex.org/l.png",
        "small_image": "https://ex.org/s.png",
        "meta": {"bpm": 104},
    }
    kept = posted("player:1", **content)
    claim = claim_of(kept)
    assert (claim.source, claim.since, claim.expires_at) == (Source("dyson", IDENT), NOW, NOW + 420)
    assert claim.receipt == {"lease_minutes": 7, "updated_at": NOW + 1}
    document = {"id": IDENT, "manual_id": "player:1", "content": whole(content)}
    assert claim.activities == (
        Activity(
            name="Suite",
            kind=Kind.LISTENING,
            details=Link("J.S.", "https://ex.org/s"),
            state=(Link("live"),),
            image=Picture("https://ex.org/l.png", url="https://ex.org/t"),
            small_image=Picture("https://ex.org/s.png"),
            id="player:1",
            meta={"bpm": 104},
            native=Native("dyson", document),
        ),
    )


def test_what_was_not_posted_is_not_there() -> None:
    content = {"subtitle": "", "subtitle_url": "https://ex.org", "caption": "", "large_image": "", "small_image": ""}
    for given in ({}, content):
        (activity,) = claim_of(posted(**given)).activities
        assert (activity.details, activity.state, activity.image, activity.small_image) == (None, (), None, None)
        assert (activity.id, activity.meta) == (IDENT, None)


@pytest.mark.parametrize(
    ("number", "kind"), [(0, Kind.UNKNOWN), (1, Kind.PLAYING), (2, Kind.LISTENING), (3, Kind.UNKNOWN)]
)
def test_a_type_is_a_kind(number: int, kind: Kind) -> None:
    assert claim_of(posted(type=number)).activities[0].kind is kind


# --- in from other dialects -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (Kind.PLAYING, 1),
        (Kind.STREAMING, 1),
        (Kind.COMPETING, 1),
        (Kind.LISTENING, 2),
        (Kind.WATCHING, 0),
        (Kind.CUSTOM, 0),
        (Kind.UNKNOWN, 0),
    ],
)
def test_a_kind_is_a_type(kind: Kind, number: int) -> None:
    assert shown(Activity("x", kind))["type"] == number


def test_all_that_others_say_has_its_place() -> None:
    everything = Activity(
        "Game",
        Kind.PLAYING,
        details=Link("level 1", "https://ex.org/d"),
        state=(Link("a"), Link("b")),
        image=Picture("l.png", "words", "https://ex.org/i"),
        small_image=Picture("s.png"),
        started_ms=0,
        ends_ms=5,
        paused=False,
        gradient=True,
        meta={"score": 1},
    )
    assert shown(everything) == {
        "type": 1,
        "title": "Game",
        "subtitle": "level 1",
        "subtitle_url": "https://ex.org/d",
        "caption": "a\nb",
        "large_image": "l.png",
        "title_url": "https://ex.org/i",
        "small_image": "s.png",
        "meta": {"score": 1, "started_ms": 0, "ends_ms": 5, "paused": False, "gradient": True},
    }
    nothing = dict.fromkeys(shown(everything))
    assert shown(Activity()) == {**nothing, "type": 0}


@pytest.mark.parametrize(
    ("lasts", "minutes", "ends"),
    [(None, 5, 300), (0.5, 1, 0.5), (60, 1, 60), (61, 2, 61), (3600, 60, 3600), (9999, 60, 9999)],
)
def test_a_lease_is_told_in_minutes_from_1_to_60(lasts: float | None, minutes: int, ends: float) -> None:
    (told,) = active(ANN, Presence((foreign(Activity("x"), lasts=lasts, since=NOW - 9),)), NOW)
    assert (told.lease_minutes, told.expires_at) == (minutes, NOW + ends)
    assert (told.created_at, told.updated_at, told.manual_id, told.account) == (NOW - 9, NOW - 9, None, ANN.id)


def test_each_place_of_each_source_of_each_user_has_an_id_that_stays() -> None:
    two = Claim(Source("session", "1"), NOW, activities=(Activity("a"), Activity("b")))
    presence = Presence((two, foreign(Activity("c"), ident="2")))
    told = {user.id: [each.id for each in active(user, presence, NOW)] for user in (ANN, Subject("ben", "ben"))}
    assert len({ident for idents in told.values() for ident in idents}) == 6
    assert [each.id for each in active(ANN, presence, NOW + 5)] == told[ANN.id]
    (renewed,) = active(ANN, Presence((foreign(Activity("d"), since=NOW + 1),)), NOW + 2)
    assert renewed.id == told[ANN.id][0], "whatever is said there"


def test_the_newest_comes_first_whoever_said_it() -> None:
    claims = (foreign(Activity("old"), since=NOW - 2), claim_of(posted(title="new")))
    for said in (claims, claims[::-1]):
        assert [each.content["title"] for each in active(ANN, Presence(said), NOW + 1)] == ["new", "old"]


def test_its_own_words_under_anothers_claim_are_read_as_anothers() -> None:
    native = Native("dyson", {"id": "forged", "manual_id": "forged", "content": {"title": "forged"}})
    (told,) = active(ANN, Presence((foreign(Activity("true", native=native)),)), NOW)
    assert (told.content["title"], told.manual_id) == ("true", None)


def test_clients_insist_on_a_guid_of_the_account() -> None:
    assert account_id(ANN) == ANN.id
    assert account_id(Subject("id-a", "a", account=True)) == "id-a"
    assert account_id(Subject(IDENT, IDENT)) == IDENT
    made = account_id(Subject("ben", "ben"))
    assert (str(uuid.UUID(made)), made) == (made, account_id(Subject("ben", "ben")))
    for other in ("carl", IDENT + "0", "x" + IDENT, IDENT[:-1] + "x"):
        assert account_id(Subject(other, other)) not in {made, other}


# --- arrays -----------------------------------------------------------------------------------------------------------


def test_an_array_has_each_in_its_wires_spelling() -> None:
    found = [posted("a", type=1, meta={"appName": 1}), posted(type=9)]
    for wire in (DEPLOYED, DOCUMENTED):
        assert wire.activities(found) == [wire.activity(each) for each in found]
    assert [each["type"] for each in DOCUMENTED.activities(found)] == ["Gaming", 9]
    assert [each["meta"] for each in DEPLOYED.activities(found)] == [{"app_name": 1}, None]
    terms = [DEPLOYED.activity(posted(queryable_terms=said))["queryable_terms"] for said in (["a", "b"], [], None)]
    assert terms == [["a", "b"], [], []]
    assert DEPLOYED.activity(found[0], packed=True)["meta"] == {"appName": 1}
    assert DEPLOYED.activity(found[0])["lease_minutes"] == DOCUMENTED.activity(found[0])["leaseMinutes"] == 7
