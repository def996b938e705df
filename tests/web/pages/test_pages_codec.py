"""The pages' document: right for every presence there can be, safe to draw, and silent about the hidden."""

from urllib.parse import urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.effects import Follow
from actors.presence import NOBODY, Activity, Claim, Link, Picture, Presence, Source, Status, Subject, Update
from actors.state import state_claim
from web.dialects.presenti.documents import activities_in
from web.pages.codec import Drawing, Watching, document

ALICE = Subject("7b0e", "alice", account=True)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
URLS = st.one_of(
    TEXTS,
    st.sampled_from(
        [
            "https://example.org/a.png",
            "http://example.org/",
            "HTTPS://example.org/",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,<script>",
            "data:image/png;base64,AAAA",
            "//example.org/a.png",
            "https:example.org",
            "http://[::1",
            "blob:https://example.org/1",
            "file:///etc/passwd",
        ]
    ),
)
NUMBERS = st.one_of(st.none(), st.integers(), st.floats(), st.just(10**400))
ACTIVITIES = st.builds(
    Activity,
    name=TEXTS,
    details=st.one_of(st.none(), st.builds(Link, TEXTS, st.one_of(st.none(), URLS))),
    state=st.lists(st.builds(Link, TEXTS, st.one_of(st.none(), URLS)), max_size=3).map(tuple),
    image=st.one_of(st.none(), st.builds(Picture, URLS, st.one_of(st.none(), TEXTS), st.one_of(st.none(), URLS))),
    started_ms=NUMBERS,
    ends_ms=NUMBERS,
    paused=st.one_of(st.none(), st.booleans()),
)
PRESENCES = st.lists(
    st.builds(
        Claim,
        source=st.builds(Source, st.just("session"), st.uuids().map(str)),
        since=st.floats(0, 1e9),
        status=st.one_of(st.none(), st.sampled_from(Status)),
        activities=st.lists(ACTIVITIES, max_size=3).map(tuple),
    ),
    max_size=3,
).map(lambda claims: Presence(tuple(claims)))


def seen(**fields):
    """The document of one activity."""
    presence = Presence((Claim(Source("session", "1"), 0.0, activities=(Activity(**fields),)),))
    (shown,) = document(ALICE, presence)["activities"]
    return shown


def test_a_document_as_written():
    activity = Activity(
        name="Reading",
        details=Link("A book", "https://example.org/book"),
        state=(Link("page 5"), Link("of 10")),
        image=Picture("https://example.org/cover.png", "its cover", "https://example.org/"),
        started_ms=1_700_000_000_000.0,
        ends_ms=1_700_000_060_000,
        paused=True,
    )
    presence = Presence((Claim(Source("session", "1"), 0.0, Status.DND, (activity,)),))
    assert orjson.loads(Drawing().snapshot(ALICE, presence)) == {
        "name": "alice",
        "status": "dnd",
        "activities": [
            {
                "title": "Reading",
                "details": {"text": "A book", "url": "https://example.org/book"},
                "state": [{"text": "page 5", "url": None}, {"text": "of 10", "url": None}],
                "image": {
                    "source": "https://example.org/cover.png",
                    "text": "its cover",
                    "url": "https://example.org/",
                },
                "started_ms": 1_700_000_000_000,
                "ends_ms": 1_700_000_060_000,
                "paused": True,
                "sampled_ms": None,
            }
        ],
        "gradient": None,
    }


@given(PRESENCES)
def test_every_presence_makes_a_document_that_is_safe_to_draw(presence):
    made = orjson.loads(Drawing().snapshot(ALICE, presence))
    assert made["status"] in {"online", "idle", "dnd", "offline"}
    for activity in made["activities"]:
        links = [activity["details"], *activity["state"]]
        addresses = [link["url"] for link in links if link]
        if activity["image"]:
            source = activity["image"]["source"]
            assert source.startswith("data:image/") or urlsplit(source).scheme == "https"
            addresses.append(activity["image"]["url"])
        assert all(url is None or urlsplit(url).scheme in {"http", "https"} for url in addresses)
        for instant in (activity["started_ms"], activity["ends_ms"]):
            assert instant is None or 0 <= instant < 253_402_300_800_000


@given(PRESENCES, TEXTS)
def test_who_is_hidden_or_away_looks_like_a_stranger(presence, name):
    hidden = Claim(Source("module", "cloak"), 0.0, Status.INVISIBLE)
    nobody = document(Subject("whoever", "whoever"), NOBODY)
    assert document(ALICE, presence.with_claim(hidden)) == nobody
    assert document(Subject(name, name), Presence()) == nobody
    assert nobody == {"name": None, "status": "offline", "activities": [], "gradient": None}
    assert Drawing(framed=True).snapshot(ALICE, presence.with_claim(hidden)) == Drawing(framed=True).snapshot(
        Subject("whoever", "whoever"), NOBODY
    )


def test_a_frame_gets_presentis_own_list_as_well():
    said = {"title": "Reading", "odd": [1], "timestamps": {"start": 5, "effective": 7}}
    presence = Presence((Claim(Source("session", "1"), 0.0, activities=activities_in([said])),))
    framed = orjson.loads(Drawing(framed=True).snapshot(ALICE, presence))
    assert framed == {**document(ALICE, presence), "presence": [said]}
    assert framed["activities"][0]["sampled_ms"] == 7


@pytest.mark.parametrize("effective", ["7", None, True, -1, [7], float("nan")])
def test_a_sample_taken_at_no_time_is_left_out(effective):
    said = {"title": "Reading", "timestamps": {"start": 5, "effective": effective}}
    presence = Presence((Claim(Source("session", "1"), 0.0, activities=activities_in([said])),))
    assert document(ALICE, presence)["activities"][0]["sampled_ms"] is None


@pytest.mark.parametrize("timestamps", [5, "x", [], {}, None])
def test_odd_timestamps_have_no_sample(timestamps):
    presence = Presence(
        (Claim(Source("session", "1"), 0.0, activities=activities_in([{"title": "a", "timestamps": timestamps}])),)
    )
    assert document(ALICE, presence)["activities"][0]["sampled_ms"] is None


@pytest.mark.parametrize("colour", ["#7a4b2c", "red;background:url(x)", "#7A4B2C", "#fff", None, 5])
def test_the_gradient_is_a_colour_or_nothing(colour):
    reading = Claim(Source("session", "1"), 0.0, activities=(Activity(name="Reading"),))
    state = state_claim("gradient", {"gradient": {"color": colour, "transition": 16000, "paused": False}}, 0.0, 9.0)
    drawn = document(ALICE, Presence((reading, state)))["gradient"]
    assert drawn == ({"color": colour, "transition": 16000} if colour == "#7a4b2c" else None)


@given(PRESENCES, PRESENCES)
def test_an_update_is_the_whole_document_or_nothing_where_the_page_stays_as_it_is(before, after):
    drawing = Drawing()
    said = drawing.update(Update(ALICE, before, after, changed=True, at=0.0))
    same = drawing.snapshot(ALICE, before) == drawing.snapshot(ALICE, after)
    assert said == (None if same else drawing.snapshot(ALICE, after))


def test_what_an_invisible_person_does_is_not_even_hinted_at():
    hidden = Presence((Claim(Source("session", "1"), 0.0, Status.INVISIBLE),))
    busy = hidden.with_claim(Claim(Source("session", "2"), 1.0, activities=(Activity(name="Secret"),)))
    assert Drawing().update(Update(ALICE, hidden, busy, changed=True, at=0.0)) is None


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/", True),
        ("HTTPS://example.org/", True),
        ("http://example.org/", True),
        ("javascript:alert(1)", False),
        ("\tjavascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org/", False),
        ("https:/nowhere", False),
        ("http://[::1", False),
        ("/relative", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_web_become_links(url, kept):
    assert seen(details=Link("text", url))["details"] == {"text": "text", "url": url if kept else None}


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("https://example.org/a.png", True),
        ("data:image/png;base64,AAAA", True),
        ("http://example.org/a.png", False),
        ("data:text/html,x", False),
        ("javascript:alert(1)", False),
        ("a.png", False),
    ],
)
def test_only_what_the_pages_policy_lets_load_becomes_an_image(source, kept):
    image = seen(image=Picture(source))["image"]
    assert image == ({"source": source, "text": "", "url": None} if kept else None)


@pytest.mark.parametrize("ms", [float("nan"), float("inf"), -1, 253_402_300_800_000, 10**400])
def test_an_instant_that_is_no_date_is_left_out(ms):
    assert seen(started_ms=ms)["started_ms"] is None


def test_a_stream_follows_one_name_and_hears_nothing():
    session = Watching("alice", Drawing())
    assert tuple(session.opened(0.0)) == (Follow("alice"),)
    assert not tuple(session.received("x", 0.0))
    assert not tuple(session.authenticated(None, 0.0))
    assert not session.publishes
