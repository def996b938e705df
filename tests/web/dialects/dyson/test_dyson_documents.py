"""DysonNetwork's documents, spelling and requests: spec/dyson.md sections 1, 3, 4 and 6."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.activities import Posted
from actors.errors import HouseError, Refused
from actors.presence import Activity, Claim, Kind, Link, Picture, Presence, Source, Status, Subject, Update
from web.dialects.dyson.documents import DEPLOYED, DOCUMENTED, active, claim_of
from web.dialects.dyson.refusals import worded
from web.dialects.dyson.requests import Invalid, artworks_in, body_in, guid_in, named_in, wanted_in, whole
from web.dialects.dyson.socket import Packets
from web.dialects.dyson.spelling import camel, instant, key_out, type_in, type_in_query

NOW = 1_767_607_200.0  # 2026-01-05T10:00:00Z
ACCOUNT = "1d3c0a2e-1111-4222-8333-444455556666"
ALICE = Subject(ACCOUNT, "alice", account=True, listed=True)

EXAMPLE = orjson.loads(
    '{"id":"7b0f4c1e-6f0e-4f5c-9d55-0a4f1f0c2d11","type":2,"provider":null,"reference_id":null,'
    '"manual_id":"player:1","title":"Night Drive","subtitle":"The Examples","caption":"B-sides","large_image":null,'
    '"small_image":null,"title_url":null,"subtitle_url":null,"queryable_terms":[],"meta":{"bpm":104},'
    '"lease_minutes":5,"lease_expires_at":"2026-01-05T10:05:00.5Z","account_id":"1d3c0a2e-1111-4222-8333-444455556666",'
    '"account":null,"created_at":"2026-01-05T10:00:00.5Z","updated_at":"2026-01-05T10:00:00.5Z","deleted_at":null}'
)
BODY = {
    "type": 2,
    "manual_id": "player:1",
    "title": "Night Drive",
    "subtitle": "The Examples",
    "caption": "B-sides",
    "meta": {"bpm": 104},
}

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(st.none() | st.booleans() | st.integers(0, 9) | TEXT, lambda inner: st.lists(inner, max_size=2))
GIVEN = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            ("title", "subtitle", "caption", "large_image", "title_url", "manual_id", "reference_id"), TEXT
        ),
        "type": st.integers(0, 3),
        "queryable_terms": st.lists(TEXT, max_size=3),
        "meta": st.dictionaries(TEXT, JSON, max_size=3),
        "lease_minutes": st.integers(1, 60),
    },
)


def _posted(body: Any, at: float = NOW + 0.5) -> Posted:
    read = body_in(orjson.dumps(body))
    ident, minutes = "7b0f4c1e-6f0e-4f5c-9d55-0a4f1f0c2d11", read.minutes
    return Posted(ident, ACCOUNT, read.manual_id, whole(read.content), minutes, at + minutes * 60, at, at)


def test_the_specs_example_member_by_member() -> None:
    document = DEPLOYED.activity(_posted(BODY))
    assert document == EXAMPLE
    assert list(document) == list(EXAMPLE)
    documented = DOCUMENTED.activity(_posted(BODY))
    assert documented["type"] == "Music"
    assert list(documented) == [camel(name) for name in EXAMPLE]
    assert documented["leaseExpiresAt"] == "2026-01-05T10:05:00.5Z"


@given(GIVEN)
def test_both_spellings_and_both_enum_forms_mean_the_same(given_: dict[str, Any]) -> None:
    other = {camel(name): value for name, value in given_.items()}
    if "type" in other:
        other["type"] = ["unknown", "GAMING", "Music", "Workout"][other["type"]]
    assert body_in(orjson.dumps(given_)) == body_in(orjson.dumps(other))
    wrong = {camel(name): 10**10 for name in given_ if "_" in name}
    assert body_in(orjson.dumps({**given_, **wrong})) == body_in(orjson.dumps({**wrong, **given_}))


@given(GIVEN)
def test_an_activity_as_a_claim_is_the_same_activity_again(given_: dict[str, Any]) -> None:
    posted = _posted({"type": 0, **given_})
    presence = Presence((claim_of(posted),))
    assert active(ALICE, presence, NOW + 1) == [posted]
    assert active(ALICE, presence, posted.expires_at) == []
    assert DOCUMENTED.activity(posted)["meta"] == given_.get("meta")


HASH = "sha256:" + "0a" * 32
AT = "https://presence.example.org/pass/api/presence/artworks/"


@pytest.mark.parametrize(
    ("image", "at", "shown"),
    [
        (HASH, AT, AT + HASH),
        (HASH.upper(), AT, AT + HASH),
        (HASH, None, None),
        ("https://example.org/a.png", AT, "https://example.org/a.png"),
        ("https://example.org/a.png", None, "https://example.org/a.png"),
        ("discord:123", AT, "discord:123"),
        (None, AT, None),
    ],
)
def test_other_dialects_see_an_uploaded_image_where_it_is_to_be_had(image: Any, at: str | None, shown: Any) -> None:
    posted = _posted({"type": 2, "title": "Suite", "large_image": image, "small_image": image})
    claim = claim_of(posted, at)
    (activity,) = claim.activities
    for picture in (activity.image, activity.small_image):
        assert (picture.source if picture else None) == shown
    (own,) = active(ALICE, Presence((claim,)), NOW + 1)
    assert own == posted, "its own clients know the hash"


@pytest.mark.parametrize(
    ("number", "word"),
    [(-1, "Unknown"), (0, "Unknown"), (1, "Gaming"), (2, "Music"), (3, "Workout"), (4, "Unknown"), (9, "Unknown")],
)
@pytest.mark.parametrize("title", [{}, {"title": None}, {"title": ""}])
def test_without_a_title_others_see_the_word_for_its_type(number: int, word: str, title: dict[str, Any]) -> None:
    posted = _posted({"type": number, **title})
    claim = claim_of(posted)
    assert claim.activities[0].name == word
    (own,) = active(ALICE, Presence((claim,)), NOW + 1)
    assert own == posted, "its own clients see what was sent"


@given(GIVEN, st.none() | st.integers(1, 60))
def test_nobody_sees_a_renewal(given_: dict[str, Any], minutes: int | None) -> None:
    posted = _posted({"type": 0, **given_})
    renewed = replace(posted, lease_minutes=minutes or 5, expires_at=posted.expires_at + 9, updated_at=NOW + 9)
    before, after = Presence((claim_of(posted),)), Presence((claim_of(renewed),))
    assert after.looks_like(before)
    assert Packets(DEPLOYED, lambda: NOW).update(Update(ALICE, before, after, changed=False, at=NOW + 9)) is None


@pytest.mark.parametrize("wire", [DEPLOYED, DOCUMENTED])
def test_the_packet_has_the_whole_new_list_with_meta_as_sent(wire: Any) -> None:
    posted = _posted({**BODY, "meta": {"appName": 1}})
    packets = Packets(wire, lambda: NOW)
    made = Update(ALICE, Presence(), Presence((claim_of(posted),)), changed=True, at=NOW + 1)
    packet = orjson.loads(packets.update(made) or b"")
    assert packet["type"] == "account.presence.activities.updated"
    assert packet["data"]["account_id"] == ACCOUNT
    assert packet["data"]["timestamp"] == "2026-01-05T10:00:01Z"
    assert packet["data"]["activities"][0]["meta"] == {"appName": 1}
    over = replace(made, before=made.after, after=made.before)
    assert orjson.loads(packets.update(over) or b"")["data"]["activities"] == []
    hidden = Presence((*made.after.claims, Claim(Source("x", "y"), NOW, Status.INVISIBLE)))
    assert packets.update(replace(made, after=hidden)) is None


def test_what_others_claim_is_an_activity_with_all_that_clients_insist_on() -> None:
    activity = Activity(
        "Game", Kind.PLAYING, Link("d", "u"), (Link("a"), Link("b")), Picture("i"), started_ms=5, paused=True
    )
    presence = Presence((Claim(Source("session", "1"), NOW, activities=(activity,)),))
    (posted,) = active(Subject("someone", "someone"), presence, NOW + 10_000)
    document = DEPLOYED.activity(posted)
    shown = {name: document[name] for name in ("type", "title", "subtitle", "subtitle_url", "caption", "large_image")}
    assert list(shown.values()) == [1, "Game", "d", "u", "a\nb", "i"]
    assert document["meta"] == {"started_ms": 5, "paused": True}
    assert posted.active(NOW + 10_000)
    assert guid_in(document["id"])
    assert guid_in(document["account_id"])
    assert active(Subject("someone", "someone"), presence, NOW + 10_001)[0].id == posted.id


@pytest.mark.parametrize(
    ("key", "folded"),
    [
        ("appName", "app_name"),
        ("HTTPStatus", "http_status"),
        ("URL", "url"),
        ("appID2x", "app_id2x"),
        (" two words ", "two_words"),
        ("app-Name", "app-name"),
        ("a.B", "a.b"),
        ("app_name", "app_name"),
    ],
)
def test_the_running_server_folds_keys_at_the_top_of_meta(key: str, folded: str) -> None:
    assert key_out(key) == folded
    posted = _posted({"type": 0, "meta": {key: {"userRating": 5}}})
    assert DEPLOYED.activity(posted)["meta"] == {folded: {"userRating": 5}}


@pytest.mark.parametrize(("at", "text"), [(0.0, "10:00:00Z"), (0.125, "10:00:00.125Z"), (0.000001, "10:00:00.000001Z")])
def test_instants(at: float, text: str) -> None:
    assert instant(NOW + at) == f"2026-01-05T{text}"


@pytest.mark.parametrize("value", [True, 1.5, "2", "Musics", 2**31, None, []])
def test_what_is_no_type(value: Any) -> None:
    assert type_in(value) is None


def test_types_in_queries() -> None:
    assert [type_in_query(value) for value in ("2", "mUsic", "-1", "Sleep", "99999999999")] == [2, 2, -1, None, None]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", ""),
        (b"{", "$"),
        (b"[]", "$"),
        (b'{"type":"Sleep"}', "type"),
        (b'{"title":1}', "title"),
        (b'{"leaseMinutes":"5"}', "lease_minutes"),
        (b'{"lease_minutes":0}', "lease_minutes"),
        (b'{"lease_minutes":61}', "lease_minutes"),
        (b'{"lease_minutes":true}', "lease_minutes"),
        (b'{"lease_minutes":5.5}', "lease_minutes"),
        (b'{"meta":[]}', "meta"),
        (b'{"queryable_terms":[1]}', "queryable_terms"),
        (b'{"provider":"%s"}' % (b"x" * 257), "provider"),
        (b'{"title":"%s"}' % (b"x" * 4097), "$"),
        (b'{"title":"\\ud800"}', "$"),
    ],
)
def test_bad_bodies_name_their_field(body: bytes, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        body_in(body)
    assert caught.value.field == field


def test_bodies_are_made_regular_and_null_is_absent() -> None:
    body = body_in(b'{"provider":" Steam ","referenceId":" ","queryableTerms":[" A","a","","b"],"title":null}')
    assert body.content == {"provider": "steam", "reference_id": None, "queryable_terms": ["a", "b"]}


def test_a_whole_number_is_one_however_it_is_written() -> None:
    body = body_in(b'{"type":2.0,"leaseMinutes":50.0}')
    assert (repr(body.content["type"]), repr(body.lease_minutes)) == ("2", "50")


def test_queries() -> None:
    assert wanted_in({"offset": "3", "includeExpired": "False"}, "u") is None
    wanted = wanted_in({"include_expired": "TRUE", "type": "music", "provider": " x ", "take": "0"}, "u")
    assert wanted is not None
    assert (wanted.include_expired, wanted.type, wanted.provider, wanted.take) == (True, 2, "x", 0)
    for wrong in ({"includeExpired": "1"}, {"take": "101"}, {"take": "-1"}, {"offset": "x"}, {"type": "Sleep"}):
        with pytest.raises(Invalid):
            wanted_in(wrong, "u")
    ident = "7b0f4c1e-6f0e-4f5c-9d55-0a4f1f0c2d11"
    assert named_in({"id": f"{{{ident.upper()}}}"}) == (ident, None)
    assert named_in({"id": "x", "manual_id": "m"}) == (None, "m")
    for useless in ({}, {"id": "x"}, {"manualId": " "}):
        with pytest.raises(Invalid):
            named_in(useless)


def test_refusals_in_both_wires() -> None:
    missing = Refused("unknown-caller")
    kind, problem = worded(missing, 401, deployed=False)
    assert kind.startswith("application/problem+json")
    assert (problem["title"], problem["status"]) == ("Unauthorized", 401)
    bare = {"code": "UNAUTHORIZED", "message": "Authentication is required.", "status": 401}
    assert worded(missing, 401, deployed=True)[1] == bare
    _, lease = worded(Invalid("lease_minutes", "No."), 400, deployed=False)
    assert lease["errors"] == {"leaseMinutes": ["No."]}
    _, fault = worded(HouseError("internal"), 500, deployed=False)
    assert "internal" not in str(fault)


def test_images_that_are_hashes_are_told_from_others() -> None:
    digest = "0a" * 32
    content = {"large_image": f"SHA256:{digest.upper()}", "small_image": "https://example.org/sha256:x"}
    assert artworks_in(content) == {"large_image": digest}
    assert artworks_in({"large_image": None, "small_image": digest}) == {}
    for text in ("sha256:x", f"sha256:{digest}0", f"sha256:{digest}\n"):
        with pytest.raises(Invalid) as caught:
            artworks_in({"small_image": text})
        assert caught.value.field == "small_image"
