"""DysonNetwork's requests at their limits, and the sentences and codes with which they are refused."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from actors.activities import Wanted
from web.dialects.dyson.documents import TEXTS
from web.dialects.dyson.requests import Invalid, body_in, digest_in, guid_in, named_in, wanted_in, whole

GUID = "7b0f4c1e-6f0e-4f5c-9d55-0a4f1f0c2d11"


def refused(reading: Any, *given: Any) -> tuple[str, str, str]:
    with pytest.raises(Invalid) as caught:
        reading(*given)
    assert str(caught.value) == caught.value.sentence
    return caught.value.field, caught.value.code, caught.value.sentence


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        (b" \n", "", "A non-empty request body is required."),
        (b"{", "$", "The JSON value could not be read: not JSON."),
        (b"[]", "$", "The JSON value must be an object."),
        (b'{"title":1}', "title", "The JSON value could not be converted to a string."),
        (b'{"type":"Sleep"}', "type", "The JSON value could not be converted to PresenceType."),
        (b'{"meta":[]}', "meta", "The JSON value must be an object."),
        (b'{"queryableTerms":"a"}', "queryable_terms", "The JSON value must be an array of strings."),
        (b'{"leaseMinutes":"5"}', "lease_minutes", "The JSON value could not be converted to a whole number."),
        (b'{"leaseMinutes":61}', "lease_minutes", "Lease minutes must be between 1 and 60."),
    ],
)
def test_a_bad_body_is_told_what_is_wrong(body: bytes, field: str, sentence: str) -> None:
    assert refused(body_in, body) == (field, "invalid", sentence)


@pytest.mark.parametrize(("name", "longest"), [("provider", 256), ("reference_id", 1024), ("manual_id", 4096)])
def test_a_text_may_be_so_long(name: str, longest: int) -> None:
    body = body_in(orjson.dumps({name: "x" * longest}))
    assert (body.manual_id if name == "manual_id" else body.content[name]) == "x" * longest
    if longest < 4096:  # of those the reader of JSON takes no more
        told = refused(body_in, orjson.dumps({name: "x" * (longest + 1)}))
        assert told == (name, "invalid", f"At most {longest} characters are allowed.")


def test_a_body_may_leave_all_out_and_a_post_makes_it_whole() -> None:
    body = body_in(b'{"unheard":1,"lease_minutes":null,"manual_id":null,"meta":null,"queryable_terms":null}')
    assert (body.manual_id, body.content, body.lease_minutes, body.minutes) == (None, {}, None, 5)
    nothing: dict[str, Any] = dict.fromkeys(("type", "provider", "reference_id", *TEXTS, "meta"))
    assert whole(body.content) == {**nothing, "queryable_terms": []}
    assert whole({"type": 1, "queryable_terms": ["a"]}) == {**nothing, "type": 1, "queryable_terms": ["a"]}


@pytest.mark.parametrize("minutes", [1, 60])
def test_a_lease_is_as_long_as_it_is_said(minutes: int) -> None:
    body = body_in(b'{"manualId":"m","type":0,"leaseMinutes":%d}' % minutes)
    assert (body.lease_minutes, body.minutes) == (minutes, minutes)
    assert (body.manual_id, body.content) == ("m", {"type": 0})


def test_a_name_that_is_not_blank_is_kept_trimmed() -> None:
    body = body_in(b'{"provider":" ","referenceId":" Track 1 "}')
    assert body.content == {"provider": None, "reference_id": "Track 1"}


def test_a_hash_is_64_hexadecimal_digits_with_or_without_its_prefix() -> None:
    digest = "0a" * 32
    assert [digest_in(text) for text in (digest, digest.upper(), f"SHA256:{digest}")] == [digest] * 3
    assert refused(digest_in, "x") == ("hash", "artwork-invalid", "Invalid artwork hash.")


# --- queries ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"query": " Drive "}, Wanted("u", query=" Drive ")),
        ({"type": " 2 "}, Wanted("u", type=2)),
        ({"type": "0"}, Wanted("u", type=0)),
        ({"Provider": " steam "}, Wanted("u", provider="steam")),
        ({"referenceId": " r "}, Wanted("u", reference_id="r")),
        ({"term": " t"}, Wanted("u", term=" t")),
        ({"includeExpired": " true "}, Wanted("u", include_expired=True)),
        ({"term": "t", "offset": " 3 ", "take": "100"}, Wanted("u", term="t", offset=3, take=100)),
        ({"term": "t", "offset": " ", "take": "", "type": " ", "query": ""}, Wanted("u", term="t")),
        ({"query": " ", "type": "", "includeExpired": "false"}, None),
        ({"take": "5", "offset": "999999999"}, None),
        ({}, None),
    ],
)
def test_any_filter_asks_for_more_than_the_active_ones(query: Mapping[str, str], wanted: Wanted | None) -> None:
    assert wanted_in(query, "u") == wanted


@pytest.mark.parametrize(
    ("query", "field", "code", "sentence"),
    [
        (
            {"take": "101"},
            "take",
            "too-many-taken",
            "The 'take' parameter (101) exceeds the maximum allowed value (100).",
        ),
        ({"offset": "-1"}, "offset", "invalid", "The value '-1' is not valid."),
        ({"offset": "1000000000"}, "offset", "invalid", "The value '1000000000' is not valid."),
        ({"includeExpired": "yes"}, "include_expired", "invalid", "The value 'yes' is not valid."),
        ({"type": "Sleep"}, "type", "invalid", "The value 'Sleep' is not valid."),
    ],
)
def test_a_bad_query_is_told_what_is_wrong(query: Mapping[str, str], field: str, code: str, sentence: str) -> None:
    assert refused(wanted_in, query, "u") == (field, code, sentence)


def test_an_activity_is_named_by_its_manual_id_or_its_own() -> None:
    assert named_in({"id": GUID, "manualId": " m "}) == (None, " m ")
    assert named_in({"id": GUID, "manual_id": " "}) == (GUID, None)
    for useless in ({}, {"id": "x"}, {"manual_id": ""}):
        told = refused(named_in, useless)
        assert told == ("id", "id-required", "Either 'id' (GUID) or 'manualId' must be provided.")


@pytest.mark.parametrize(
    ("text", "guid"),
    [
        (GUID.replace("-", ""), GUID),
        (GUID.upper(), GUID),
        (f"{{{GUID}}}", GUID),
        (f" ({GUID}) ", GUID),
        (GUID[:-1], None),
        (GUID + "0", None),
        (GUID[:-1] + "g", None),
        ("", None),
    ],
)
def test_a_guid_in_each_of_its_formats(text: str, guid: str | None) -> None:
    assert guid_in(text) == guid
