"""presenti's codec: what comes in goes out untouched, in the order of section 5.6, in either wire."""

import json
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.errors import HouseError, Malformed, Overrun, Refused, Unavailable
from actors.gradient import wished_images
from actors.presence import (
    NOBODY,
    Activity,
    Claim,
    Kind,
    Link,
    Native,
    Picture,
    Presence,
    Source,
    Status,
    Subject,
    Update,
)
from web.dialects.presenti import codec
from web.dialects.presenti.documents import activities_in, document_out
from web.dialects.presenti.order import documents_out

ANN = Subject("ann", "ann")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
odd = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
values = st.recursive(
    odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
_FIELDS = ("id", "title", "largeText", "smallTexts", "image", "timestamps", "gradient", "isPaused", "meta", "x")
_INNER = ("text", "link", "src", "start", "stop", "enabled")
known = values | st.dictionaries(st.sampled_from(_INNER), values, max_size=3)
documents = st.dictionaries(st.sampled_from(_FIELDS), known | st.lists(known, max_size=2), max_size=6)


def claim(kind: str, since: float, *entries: Any, ident: str = "") -> Claim:
    return Claim(Source(kind, ident or f"{kind}-{since}"), since, activities=activities_in(list(entries)))


def presence(*claims: Claim) -> Presence:
    found = NOBODY
    for each in claims:
        found = found.with_claim(each)
    return found


# --- documents ------------------------------------------------------------------------------------------------------


@given(st.lists(documents, max_size=4))
def test_what_comes_in_goes_out_as_json_parse_reads_it(entries: list[dict[str, Any]]) -> None:
    received = orjson.loads(json.dumps(entries, ensure_ascii=False))
    wire, deployed = codec.wires(0)
    seen = presence(Claim(Source("session", "s"), 1.0, activities=activities_in(received)))
    expected = _first_of_each_id(json.loads(json.dumps(entries)))
    assert json.loads(wire.snapshot(ANN, seen)) == {"activities": expected}
    assert json.loads(deployed.snapshot(ANN, seen))["data"]["presence"] == expected


def _first_of_each_id(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = []
    for entry in entries:
        ident = entry.get("id")
        plain = isinstance(ident, str | int | float) and ident
        same = [other for other in kept if type(other.get("id")) is type(ident) and other.get("id") == ident]
        numbers = [other for other in kept if _number(other.get("id")) and _number(ident) and other.get("id") == ident]
        if not plain or not (same or numbers):
            kept.append(entry)
    return kept


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


EXAMPLE = {
    "id": "app.player",
    "title": "Playing Cello",
    "largeText": {"text": "Suite 1", "link": "https://ex.org/s"},
    "smallTexts": ["by J.S.", {"text": "on Tape", "link": None}],
    "image": {"src": "https://ex.org/a.png", "link": None},
    "timestamps": {"start": 1700000000000, "stop": 1700000180000},
    "gradient": {"enabled": True},
    "isPaused": False,
}


def test_the_examples_canonical_fields() -> None:
    (activity,) = activities_in([EXAMPLE])
    assert activity == Activity(
        name="Playing Cello",
        kind=Kind.UNKNOWN,
        details=Link("Suite 1", "https://ex.org/s"),
        state=(Link("by J.S."), Link("on Tape")),
        image=Picture("https://ex.org/a.png"),
        started_ms=1700000000000,
        ends_ms=1700000180000,
        paused=False,
        gradient=True,
        id="app.player",
        native=Native("presenti", EXAMPLE),
    )
    assert document_out(activity) is EXAMPLE


@pytest.mark.parametrize("value", [None, [], {}, [None], [0, "", False, "text", 5, [], [{}]], "text", 5, True])
def test_what_clears(value: Any) -> None:
    assert [activity.native for activity in activities_in(value)] == ([Native("presenti", {})] if value == {} else [])


@given(documents)
def test_odd_types_never_fail_and_never_project(document: dict[str, Any]) -> None:
    (activity,) = activities_in(document)
    assert isinstance(activity.name, str)
    assert all(isinstance(line, Link) and line.text for line in activity.state)
    assert activity.id is None or activity.id == document["id"]
    assert activity.started_ms is None or _number(activity.started_ms)
    assert activity.paused in (None, True, False)


@given(st.lists(documents, max_size=3))
def test_only_who_wishes_for_colours_is_read_at_once(said: list[dict[str, Any]]) -> None:
    activities = activities_in(said)
    assert isinstance(activities, tuple) or not any(activity.gradient for activity in activities)
    claim = Claim(Source("session", "s"), 1.0, activities=activities)
    assert wished_images(Presence((claim,))) == wished_images(Presence((replace(claim, activities=(*activities,)),)))


def test_another_dialects_activity_is_projected() -> None:
    song = Activity(
        name="Spotify",
        kind=Kind.LISTENING,
        details=Link("Suite 1", "https://ex.org/s"),
        state=(Link("J.S."),),
        image=Picture("https://ex.org/a.png", "the cover", "https://ex.org/a"),
        started_ms=1700000000000.0,
        paused=True,
        id="s1",
        meta={"a": 1},
        native=Native("dyson", {"title": "Spotify"}),
    )
    assert document_out(song) == {
        "id": "s1",
        "title": "Spotify",
        "largeText": {"text": "Suite 1", "link": "https://ex.org/s"},
        "smallTexts": ["J.S."],
        "image": {"src": "https://ex.org/a.png", "link": "https://ex.org/a"},
        "timestamps": {"start": 1700000000000, "stop": None},
        "gradient": None,
        "isPaused": True,
        "meta": {"a": 1},
    }
    assert document_out(Activity("Chess")) == {
        "title": "Chess",
        "largeText": "",
        "smallTexts": [],
        "image": None,
        "timestamps": None,
        "gradient": None,
        "isPaused": None,
    }


@given(documents)
def test_a_projection_reads_back_as_the_same_activity(document: dict[str, Any]) -> None:
    (activity,) = activities_in(document)
    foreign = replace(activity, native=None)
    (again,) = activities_in(orjson.loads(orjson.dumps(document_out(foreign))))
    assert again == replace(
        foreign, native=again.native, started_ms=_whole(foreign.started_ms), ends_ms=_whole(foreign.ends_ms)
    )


def _whole(value: float | None) -> float | None:
    return value if value is None or abs(value) >= 2**53 else round(value)


def test_times_beyond_what_a_whole_number_can_tell_still_go_out() -> None:
    (entry,) = documents_out(presence(Claim(Source("dyson", "d"), 1.0, activities=(Activity("x", started_ms=1e300),))))
    assert orjson.loads(orjson.dumps(entry))["timestamps"] == {"start": 1e300, "stop": None}


# --- order ----------------------------------------------------------------------------------------------------------


def test_the_specifications_worked_example() -> None:
    older = claim("socket", 1.0, {"id": "a", "t": 1}, {"id": "b"})
    newer = claim("socket", 2.0, {"id": "a", "t": 2}, {"x": 0})
    rest = claim("session", 0.0, {"id": "a", "t": 3})
    first = claim("first-party", 3.0, {"id": "b", "f": 1})
    seen = presence(rest, newer, first, older)
    assert documents_out(seen) == [{"id": "b", "f": 1}, {"id": "a", "t": 1}, {"x": 0}, {"id": "a", "t": 3}]
    left = seen.without(older.source)
    assert documents_out(left) == [{"id": "b", "f": 1}, {"id": "a", "t": 2}, {"x": 0}, {"id": "a", "t": 3}]


def test_ids_are_told_apart_as_javascript_does() -> None:
    entries = [{"id": value, "n": n} for n, value in enumerate([1, "1", True, 1.0, 0, 0, "", "", None, None, [1], [1]])]
    seen = presence(claim("session", 1.0, *entries))
    assert [entry["n"] for entry in documents_out(seen)] == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]


def test_who_is_invisible_shows_nothing() -> None:
    seen = presence(claim("session", 1.0, EXAMPLE), Claim(Source("heartbeat", "x"), 1.0, status=Status.INVISIBLE))
    assert documents_out(seen) == []


entries = st.fixed_dictionaries({"n": st.integers()}, optional={"id": st.sampled_from(["a", "b", "", None])})
kinds = st.sampled_from(["first-party", "socket", "session", "module", "discord", "heartbeat"])
sources = st.tuples(kinds, st.integers(0, 3), st.lists(entries, min_size=1, max_size=3))


def test_an_id_is_shown_once_for_users_and_first_parties_and_again_for_each_other_kind() -> None:
    told = [
        claim(kind, 1.0, {"id": "a", "by": kind}) for kind in ("session", "module", "socket", "first-party", "discord")
    ]
    assert [entry["by"] for entry in documents_out(presence(*told))] == ["first-party", "session", "module", "discord"]


@settings(max_examples=300)
@given(st.lists(sources, max_size=6))
def test_the_order_is_the_specifications(told: list[tuple[str, int, list[dict[str, Any]]]]) -> None:
    claims = [claim(kind, since, *entries, ident=f"{place}") for place, (kind, since, entries) in enumerate(told)]
    assert documents_out(presence(*claims)) == reference(claims)


def reference(claims: list[Claim]) -> list[dict[str, Any]]:
    """Section 5.6, sentence by sentence."""

    def lists(*kinds: str) -> list[dict[str, Any]]:
        chosen = sorted((each for each in claims if each.source.kind in kinds), key=_age)
        return [activity.native.document for each in chosen for activity in each.activities if activity.native]

    def reduced(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            entry
            for place, entry in enumerate(entries)
            if not entry.get("id") or entry["id"] not in [other.get("id") for other in entries[:place]]
        ]

    first = reduced(lists("first-party"))
    taken = [entry.get("id") for entry in first if entry.get("id")]
    users = [entry for entry in reduced(lists("socket")) if entry.get("id") not in taken]
    return first + users + reduced(lists("session")) + lists("module") + lists("discord", "heartbeat")


def _age(each: Claim) -> tuple[float, str, str]:
    return each.since, each.source.kind, each.source.id


# --- messages and bodies --------------------------------------------------------------------------------------------


def test_the_two_wires() -> None:
    seen = presence(claim("session", 1.0, {"title": "Reading"}))
    documented, deployed = codec.wires(0.25)
    assert documented.snapshot(ANN, seen) == b'{"activities":[{"title":"Reading"}]}'
    listed = [{"title": "Reading"}]
    assert json.loads(deployed.snapshot(ANN, seen)) == {
        "activities": listed,
        "presences": listed,
        "presence": listed,
        "state": {},
        "type": 2,
        "data": {"presence": listed, "state": {}},
    }
    assert documented.update(Update(ANN, NOBODY, seen, changed=True, at=1.0)) == documented.snapshot(ANN, seen)
    assert documented.update(Update(ANN, seen, seen, changed=False, at=1.0)) == documented.snapshot(ANN, seen)
    assert documented.snapshot(ANN, NOBODY) == b'{"activities":[]}'
    assert (documented.every_report, documented.pause, deployed.pause) == (True, 0.25, 0.25)


def test_text_is_utf8_and_compact() -> None:
    documented, _ = codec.wires(0)
    seen = presence(claim("session", 1.0, {"title": "\u00e9\u4e16\U0001f3b5", "n": [1, 2]}))
    assert documented.snapshot(ANN, seen).decode() == '{"activities":[{"title":"\u00e9\u4e16\U0001f3b5","n":[1,2]}]}'


def test_the_rest_snapshot() -> None:
    assert codec.snapshot(NOBODY) == b'{"presence":[],"presences":[],"state":{}}'
    listed = [{"title": "Reading"}]
    body = json.loads(codec.snapshot(presence(claim("session", 1.0, *listed))))
    assert body == {"presence": listed, "presences": listed, "state": {}}


@pytest.mark.parametrize(
    "parsed",
    [
        None,
        [],
        [{}],
        5,
        "x",
        True,
        {},
        *({"presences": value} for value in (None, 0, 0.0, "", False)),
        {"presence": []},
    ],
)
def test_a_body_without_presences_is_malformed(parsed: Any) -> None:
    with pytest.raises(Malformed) as caught:
        codec.session_body(parsed)
    assert codec.error(caught.value) == (400, {"error": "Malformed body.", "code": 400})


@pytest.mark.parametrize("value", [[], {}, [{}], [None], "text", 5, True])
def test_any_truthy_presences_pass(value: Any) -> None:
    assert codec.session_body({"presences": value, "more": 1}) == value


def test_the_success_bodies() -> None:
    assert orjson.dumps(codec.OK) == b'{"ok":true}'
    assert orjson.dumps(codec.opened_session("abc", 10000)) == b'{"sessionID":"abc","expires":10000}'


@pytest.mark.parametrize(
    ("failure", "status", "body"),
    [
        (Malformed("missing-token"), 400, {"error": "Please provide a token."}),
        (Refused("invalid-token"), 401, {"error": "Invalid token."}),
        (Malformed("missing-token-or-session"), 400, {"error": "Please provide a token and session ID."}),
        (Refused("unknown-source"), 401, {"error": "Invalid session or token."}),
        (Refused("first-party"), 400, {"error": "First parties are not permitted to use this endpoint."}),
        (Refused("not-first-party"), 403, {"error": "You are not authorized to use this endpoint."}),
        (Malformed("malformed-json", "s3cr3t"), 400, {"error": "Malformed body.", "code": 400}),
        (Malformed("malformed-body"), 400, {"error": "Malformed body.", "code": 400}),
        (Overrun("too-many-requests"), 429, {"error": "Too many requests.", "code": 429}),
        (Unavailable("user-restarting"), 503, {"error": "Temporarily unavailable.", "code": 503}),
        (HouseError("anything"), 500, {"error": "Internal error.", "code": 500}),
    ],
)
def test_the_two_shapes_of_errors(failure: HouseError, status: int, body: dict[str, Any]) -> None:
    assert codec.error(failure) == (status, body)
