"""presenti's presence objects, form by form: what other dialects see of each way to say a thing."""

from typing import Any

import pytest

from actors.presence import Activity, Claim, Link, Native, Picture, Source
from actors.unread import Unread
from web.dialects.presenti.documents import activities_in, document_out, documents_of


def read(**document: Any) -> Activity:
    (activity,) = activities_in(document)
    assert activity.native == Native("presenti", document)
    return activity


@pytest.mark.parametrize(
    ("value", "name"),
    [("Cello", "Cello"), ({"text": "Cello"}, "Cello"), ("", ""), ({}, ""), ({"text": 5}, ""), (["Cello"], ""), (5, "")],
)
def test_a_title_is_a_text_or_has_one(value: Any, name: str) -> None:
    assert read(title=value).name == name


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("Suite", Link("Suite")),
        ({"text": "Suite", "link": "https://ex.org"}, Link("Suite", "https://ex.org")),
        ({"text": "Suite", "link": ""}, Link("Suite")),
        ({"text": "Suite", "link": 5}, Link("Suite")),
        ({"link": "https://ex.org"}, None),
        ("", None),
        (["Suite"], None),
    ],
)
def test_a_line_is_a_text_that_may_lead_somewhere(value: Any, line: Link | None) -> None:
    assert read(largeText=value).details == line
    assert read(smallTexts=["by", value]).state == (Link("by"), *([line] if line else []))
    assert read(smallTexts=value).state == (() if value != ["Suite"] else (Link("Suite"),))


@pytest.mark.parametrize(
    ("value", "picture"),
    [
        ("https://ex.org/a.png", Picture("https://ex.org/a.png")),
        ({"src": "a.png", "link": "https://ex.org"}, Picture("a.png", None, "https://ex.org")),
        ({"src": "a.png"}, Picture("a.png")),
        ({"link": "https://ex.org"}, None),
        ("", None),
        (["a.png"], None),
    ],
)
def test_an_image_is_an_address_that_may_lead_somewhere(value: Any, picture: Picture | None) -> None:
    activity = read(image=value)
    assert (activity.image, activity.small_image) == (picture, None)


@pytest.mark.parametrize(
    ("value", "times"),
    [
        ({"start": 1, "stop": 2.5}, (1, 2.5)),
        ({"stop": 2}, (None, 2)),
        ({"start": True, "stop": "2"}, (None, None)),
        ([1, 2], (None, None)),
    ],
)
def test_times_are_numbers(value: Any, times: tuple[Any, Any]) -> None:
    activity = read(timestamps=value)
    assert (activity.started_ms, activity.ends_ms) == times


@pytest.mark.parametrize(("value", "wished"), [(True, True), (False, False), (1, None), ("yes", None), (None, None)])
def test_colours_are_wished_for_by_true_alone_and_then_read_at_once(value: Any, wished: bool | None) -> None:
    for said in (value, {"enabled": value}):
        activities = activities_in([{"title": "a"}, {"gradient": said}])
        assert isinstance(activities, Unread) is (wished is not True)
        assert [activity.gradient for activity in activities] == [None, wished]


def test_the_rest() -> None:
    activity = read(isPaused=True, id="x", meta={"a": [1]})
    assert (activity.paused, activity.id, activity.meta) == (True, "x", {"a": [1]})
    odd = read(isPaused=1, id=5, meta=[1])
    assert (odd.paused, odd.id, odd.meta) == (None, None, None)


@pytest.mark.parametrize("name", ["title", "largeText", "smallTexts", "image", "timestamps", "isPaused", "id", "meta"])
def test_each_member_shows_though_it_is_the_only_one(name: str) -> None:
    values: dict[str, Any] = {"smallTexts": ["a"], "timestamps": {"start": 1}, "isPaused": True, "meta": {"a": 1}}
    value = values.get(name, "a")
    (shown,) = activities_in([{name: value}])
    assert shown != Activity(native=Native("presenti", {name: value}))


def test_what_was_said_in_presentis_words_is_told_in_them_and_the_rest_is_projected() -> None:
    plain, coloured = {"title": "a", "x": 1}, {"title": "b", "gradient": True, "x": 2}
    for said in ([plain], [plain, coloured]):
        claim = Claim(Source("session", "1"), 0.0, activities=activities_in(said))
        assert list(documents_of(claim)) == said
    foreign = (Activity("c", native=Native("dyson", {"x": 3})), Activity("d"))
    told = list(documents_of(Claim(Source("dyson", "1"), 0.0, activities=foreign)))
    assert [(each["title"], "x" in each) for each in told] == [("c", False), ("d", False)]


def test_anothers_list_that_is_still_unread_is_projected() -> None:
    unread = Unread("lanyard", [{"x": 1}], lambda _: Activity("theirs"))
    (told,) = documents_of(Claim(Source("lanyard", "1"), 0.0, activities=unread))
    assert told == document_out(Activity("theirs"))


@pytest.mark.parametrize(
    ("activity", "timestamps"),
    [
        (Activity(ends_ms=2.4), {"start": None, "stop": 2}),
        (Activity(started_ms=0), {"start": 0, "stop": None}),
        (Activity(started_ms=float(2**53 - 1)), {"start": 2**53 - 1, "stop": None}),
    ],
)
def test_whole_milliseconds_go_out(activity: Activity, timestamps: dict[str, Any]) -> None:
    shown = document_out(activity)["timestamps"]
    assert shown == timestamps
    assert all(isinstance(value, int) for value in shown.values() if value is not None)


def test_a_small_image_stands_in_where_there_is_no_other() -> None:
    small = Picture("small.png", "words", None)
    assert document_out(Activity(small_image=small))["image"] == "small.png"
    assert document_out(Activity(image=Picture("a.png"), small_image=small))["image"] == "a.png"
    assert document_out(Activity(state=(Link("a", "https://ex.org"),)))["smallTexts"] == [
        {"text": "a", "link": "https://ex.org"}
    ]
