"""/v2's documents: what was published comes out as it went in, and what other dialects publish keeps our promises."""

from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.presence import Activity, Claim, Kept, Kind, Link, Picture, Presence, Source, Status, Subject
from tests.actors.strategies import claims
from web.dialects.native import schemas
from web.dialects.native.documents import asked_out, claim_in, claim_out, is_seen, own_presence_out, presence_out
from web.dialects.native.schemas import GivenClaim, Invalid, read

texts = st.text(min_size=1, max_size=20)
addresses = texts.map(lambda text: f"https://example.org/{text}")
lines = st.fixed_dictionaries({"text": texts}, optional={"url": addresses})
pictures = st.fixed_dictionaries({"source": addresses}, optional={"text": texts, "url": addresses})
instants = st.integers(0, schemas.LAST_MS)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
activities = st.fixed_dictionaries(
    {"name": texts},
    optional={
        "type": st.sampled_from(["playing", "streaming", "listening", "watching", "custom", "competing"]),
        "details": lines,
        "state": st.lists(lines, min_size=1, max_size=3),
        "image": pictures,
        "small_image": pictures,
        "started_ms": instants,
        "ends_ms": instants,
        "paused": st.booleans(),
        "gradient": st.booleans(),
        "id": texts,
        "meta": st.dictionaries(st.text(max_size=5), values, max_size=3),
    },
)
given_claims = st.fixed_dictionaries(
    {"lease_seconds": st.integers(5, 86_400), "activities": st.lists(activities, max_size=4)},
    optional={"status": st.sampled_from(["online", "idle", "dnd", "offline", "invisible"])},
)


def written(shape: Any) -> Any:
    return orjson.loads(msgspec.json.encode(shape))


@given(given_claims)
def test_what_was_published_comes_out_as_it_went_in(given_claim: Any) -> None:
    claim = claim_in(read(orjson.dumps(given_claim), GivenClaim), "x", 1_000.0)
    out = written(claim_out(claim))
    assert out["activities"] == given_claim["activities"]
    assert out["status"] == given_claim.get("status")
    assert out["expires_at_ms"] - out["since_ms"] == given_claim["lease_seconds"] * 1000


@given(st.lists(claims(), max_size=4, unique_by=lambda claim: claim.source))
def test_what_others_publish_has_the_shape_that_is_promised(published: list[Any]) -> None:
    presence = Presence(tuple(published))
    document = written(presence_out(Subject("a", "a"), presence))
    msgspec.convert(document, schemas.Presence)
    assert is_seen(presence) == (document["status"] != "offline")
    if presence.status in {Status.OFFLINE, Status.INVISIBLE}:
        assert document == {"user": "a", "id": None, "status": "offline", "activities": []}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//example.org", "ftp://example.org/a", "https:", "http://[", ""]
)
def test_an_address_that_leads_nowhere_safe_is_left_out(url: str) -> None:
    activity = Activity(
        "x", Kind.UNKNOWN, Link("a", url), (Link("b", url),), Picture(url), Picture("data:image/png;,", url=url)
    )

    shown = written(claim_out(Claim(Source("x", "1"), 0.0, activities=(activity,))))["activities"]
    assert shown == [
        {"name": "x", "details": {"text": "a"}, "state": [{"text": "b"}], "small_image": {"source": "data:image/png;,"}}
    ]


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (
            '{"lease_seconds":5,"activities":[{"name":"a"},{"name":"b","state":[{"text":"c","url":"x"}]}]}',
            "/activities/1/state/0/url",
        ),
        ('{"lease_seconds":5,"activities":[{"name":"a","meta":null}]}', "/activities/0/meta"),
        ('{"lease_seconds":5,"activities":[{"name":"a","started_ms":1.5}]}', "/activities/0/started_ms"),
        ('{"lease_seconds":5,"activities":[{"name":"a","paused":1}]}', "/activities/0/paused"),
        ('{"lease_seconds":"5"}', "/lease_seconds"),
        ('{"lease_seconds":5,"activities":[' + ",".join(['{"name":"a"}'] * 17) + "]}", "/activities"),
        ("[]", ""),
    ],
)
def test_what_is_wrong_is_pointed_at(text: str, pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(text, GivenClaim)
    assert caught.value.fault.pointer == pointer


def test_the_shapes_that_validate_describe_themselves() -> None:
    _, components = msgspec.json.schema_components([GivenClaim, schemas.Snapshot, schemas.Problem])
    claim = components["GivenClaim"]
    assert claim["additionalProperties"] is False
    assert claim["properties"]["lease_seconds"]["minimum"] == 5
    assert components["Snapshot"]["properties"]["type"] == {"enum": ["snapshot"]}


WORDS = {
    "playing": Kind.PLAYING,
    "streaming": Kind.STREAMING,
    "listening": Kind.LISTENING,
    "watching": Kind.WATCHING,
    "custom": Kind.CUSTOM,
    "competing": Kind.COMPETING,
}


def test_a_type_is_a_kind_by_its_own_word_and_one_unknown_is_left_out() -> None:
    said = {"lease_seconds": 5, "activities": [{"name": word, "type": word} for word in WORDS]}
    claim = claim_in(read(orjson.dumps(said), GivenClaim), "x", 1_000.0)
    assert {activity.name: activity.kind for activity in claim.activities} == WORDS
    assert [each["type"] for each in written(claim_out(claim))["activities"]] == list(WORDS)
    unsaid = claim_in(read(b'{"lease_seconds":5,"activities":[{"name":"a"}]}', GivenClaim), "x", 1_000.0)
    assert unsaid.activities[0].kind is Kind.UNKNOWN
    assert written(claim_out(unsaid))["activities"] == [{"name": "a"}]


def test_a_claim_has_a_source_a_status_and_an_end_of_its_own() -> None:
    claim = claim_in(read(b'{"lease_seconds":5.5,"status":"dnd"}', GivenClaim), "cli", 1_000.0)
    assert (claim.source, claim.status, claim.since, claim.expires_at) == (
        Source("native", "cli"),
        Status.DND,
        1_000.0,
        1_005.5,
    )
    assert written(claim_out(Claim(Source("heartbeat", "h"), 1.5))) == {
        "source": {"kind": "heartbeat", "id": "h"},
        "status": None,
        "activities": [],
        "since_ms": 1_500,
        "expires_at_ms": None,
    }


def _is(status: Status) -> Presence:
    return Presence((Claim(Source("native", "cli"), 1.0, status, (Activity("chess"),)),), Kept(last_seen_at=2.5))


@pytest.mark.parametrize("account", [True, False])
@pytest.mark.parametrize("status", list(Status))
def test_who_asks_gets_what_may_be_seen_and_the_owner_all(status: Status, account: bool) -> None:
    """PROMISES 3.13: whoever hides, or is away, is named as they were asked for, and nothing says who that is."""
    ann, ident = Subject("id-a", "ann", account=account), "id-a" if account else None
    presence, shown = _is(status), [{"name": "chess"}]
    if status in {Status.OFFLINE, Status.INVISIBLE}:
        assert written(asked_out("id-a", ann, presence)) == {
            "user": "id-a",
            "id": None,
            "status": "offline",
            "activities": [],
        }
        assert written(presence_out(ann, presence)) == {
            "user": "ann",
            "id": ident,
            "status": "offline",
            "activities": [],
        }
    else:
        seen = {"user": "ann", "id": ident, "status": status.value, "activities": shown}
        assert written(asked_out("id-a", ann, presence)) == seen == written(presence_out(ann, presence))
    assert written(own_presence_out(ann, presence)) == {
        "user": "ann",
        "id": ident,
        "status": status.value,
        "activities": shown,
        "last_seen_at_ms": 2_500,
        "claims": [
            {
                "source": {"kind": "native", "id": "cli"},
                "status": status.value,
                "activities": shown,
                "since_ms": 1_000,
                "expires_at_ms": None,
            }
        ],
    }


@pytest.mark.parametrize("source", ["https://example.org/a", "http://example.org", "data:image/png;,"])
def test_an_image_that_leads_somewhere_is_shown_with_its_words(source: str) -> None:
    activity = Activity("x", image=Picture(source, "words", "http://example.org/b"))
    (shown,) = written(claim_out(Claim(Source("x", "1"), 0.0, activities=(activity,))))["activities"]
    assert shown == {"name": "x", "image": {"source": source, "text": "words", "url": "http://example.org/b"}}
