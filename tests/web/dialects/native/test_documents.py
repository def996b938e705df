"""/v2's documents: what was published comes out as it went in, and what other dialects publish keeps our promises."""

from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.presence import Activity, Claim, Kind, Link, Picture, Presence, Source, Status, Subject
from tests.actors.strategies import claims
from web.dialects.native import schemas
from web.dialects.native.documents import claim_in, claim_out, is_seen, presence_out
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
