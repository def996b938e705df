from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.presence import Activity, Claim, Kind, Link, Native, Picture, Source, Status
from storage.documents import claim_text, read_claim, read_text, stored_text

TEXT = st.text(max_size=12)
NUMBERS = st.integers() | st.floats(allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
NATIVES = st.none() | st.builds(Native, TEXT, JSON)
LINKS = st.builds(Link, TEXT, st.none() | TEXT)
PICTURES = st.none() | st.builds(Picture, TEXT, st.none() | TEXT, st.none() | TEXT)
ACTIVITIES = st.builds(
    Activity,
    name=TEXT,
    kind=st.sampled_from(Kind),
    details=st.none() | LINKS,
    state=st.lists(LINKS, max_size=3).map(tuple),
    image=PICTURES,
    small_image=PICTURES,
    started_ms=st.none() | NUMBERS,
    ends_ms=st.none() | NUMBERS,
    paused=st.none() | st.booleans(),
    gradient=st.none() | st.booleans(),
    id=st.none() | TEXT,
    meta=st.none() | st.dictionaries(TEXT, JSON, max_size=3),
    native=NATIVES,
)
CLAIMS = st.builds(
    Claim,
    source=st.builds(Source, TEXT, TEXT),
    since=NUMBERS,
    status=st.none() | st.sampled_from(Status),
    activities=st.lists(ACTIVITIES, max_size=3).map(tuple),
    platform=st.none() | TEXT,
    expires_at=st.none() | NUMBERS,
    native=NATIVES,
    receipt=st.none() | JSON,
    credential=st.none() | TEXT,
)


def exactly(value: Any) -> str:
    """What tells 1 from 1.0 and True, and 0.0 from -0.0, which == does not."""
    return repr(value)


@given(CLAIMS)
def test_a_claim_comes_back_as_it_was(claim: Claim) -> None:
    text = claim_text(claim)
    assert text.isascii()
    assert "\0" not in text
    back = read_claim(text)
    assert back == claim
    assert exactly(back) == exactly(claim)


def test_every_field_is_among_those_tried() -> None:
    full = Activity(
        "n",
        Kind.LISTENING,
        Link("d", "u"),
        (Link("s"),),
        Picture("i"),
        Picture("j", "t", "u"),
        1.5,
        2,
        True,
        False,
        "id",
        {"k": [1]},
        Native("dyson", None),
    )
    claim = Claim(Source("socket", "1"), 1.0, Status.DND, (full,), "web", 2.0, Native("presenti", {"a": {}}), [], "c")
    for value in (full, claim):
        assert all(getattr(value, each.name) is not None for each in fields(value))
    assert read_claim(claim_text(claim)) == claim


def test_an_empty_meta_is_not_a_missing_one() -> None:
    claim = Claim(Source("session", "1"), 1.0, activities=(Activity(meta={}), Activity(meta=None)))
    assert [activity.meta for activity in read_claim(claim_text(claim)).activities] == [{}, None]


@pytest.mark.parametrize("document", [2**70, "\ud800", "\0", 1e400, [[[]]]])
def test_what_stricter_parsers_refuse_is_kept(document: Any) -> None:
    claim = Claim(Source("\udfff", "\0"), 1.0, native=Native("presenti", document))
    assert read_claim(claim_text(claim)) == claim


@given(st.text() | st.just("\ud800") | st.just('\\"%_\0'))
def test_any_text_can_be_stored(text: str) -> None:
    stored = stored_text(text)
    assert stored.isascii()
    assert "\0" not in stored
    assert read_text(stored) == text


@given(st.from_regex(r"[A-Za-z0-9_.:@/-]*", fullmatch=True))
def test_plain_names_are_stored_as_they_are(text: str) -> None:
    assert stored_text(text) == text
