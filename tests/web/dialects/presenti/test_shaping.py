"""How rules shape claims: by id, in their order, once for all dialects (spec/presenti.md section 4.11)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from actors.presence import Activity, Claim, Kind, Link, Native, Picture, Source
from actors.transformations import Shape, Transformation, Transformations
from web.dialects.presenti.documents import activities_in
from web.dialects.presenti.shaping import shaping_of

SOURCE = Source("session", "1")


def shape_of(*rules: dict[str, Any], ids: tuple[str, ...] = ("x",)) -> Shape:
    """What these rules do."""
    kept = tuple(Transformation(str(number), "account", rule, ids) for number, rule in enumerate(rules))
    shape = shaping_of(Transformations("account", 1, kept)).shape
    assert shape is not None
    return shape


def replacing(match: str, value: str) -> dict[str, Any]:
    return {"type": "replace", "match": match, "value": value}


def claim(*activities: Activity) -> Claim:
    return Claim(SOURCE, 5.0, activities=activities)


@given(st.permutations([("a", "b"), ("b", "c"), ("c", "a")]), st.text("abc", min_size=1, max_size=6))
def test_rules_work_in_their_order(pairs: list[tuple[str, str]], title: str) -> None:
    shape = shape_of(*(replacing(*pair) for pair in pairs))
    (after,) = shape((claim(*activities_in({"id": "x", "title": title})),))
    for old, new in pairs:
        title = title.replace(old, new)
    assert after.activities == activities_in({"id": "x", "title": title})


def test_only_what_has_one_of_the_ids_is_touched() -> None:
    shape = shape_of(replacing("a", "b"), ids=("x", "y"))
    documents = [{"id": name, "title": "a"} for name in ("x", "y", "z")] + [{"title": "a"}, {"id": 5, "title": "a"}]
    (after,) = shape((claim(*activities_in(documents)),))
    assert [each.name for each in after.activities] == ["b", "b", "a", "a", "a"]
    untouched = claim(*activities_in(documents[2:]))
    assert shape((untouched,))[0] is untouched
    assert (after.source, after.since) == (SOURCE, 5.0)


def test_without_rules_there_is_nothing_to_do() -> None:
    assert shaping_of(Transformations("account", 3, ())).shape is None
    assert (
        shaping_of(Transformations("account", 3, (Transformation("1", "account", {"type": "delete"}, ()),))).shape
        is None
    )


def test_a_modules_activity_keeps_what_presenti_has_no_word_for() -> None:
    said = Activity(
        name="Load",
        kind=Kind.PLAYING,
        details=Link("busy"),
        state=(Link("one"), Link("two")),
        image=Picture("there", text="a meter"),
        started_ms=5.0,
        id="x",
    )
    (after,) = shape_of(replacing("two", "three"))((claim(said),))
    (shown,) = after.activities
    assert shown.state == (Link("one"), Link("three"))
    assert (shown.kind, shown.image, shown.started_ms, shown.native) == (Kind.PLAYING, said.image, 5.0, None)
    (after,) = shape_of({"type": "delete", "property": "image"})((claim(said),))
    assert (after.activities[0].image, after.activities[0].state) == (None, said.state)


def test_what_another_dialect_published_stays() -> None:
    said = claim(Activity(name="a", id="x", native=Native("dyson", {"title": "a"})))
    assert shape_of(replacing("a", "b"))((said,)) == (said,)


def test_what_would_cost_too_much_is_not_shown_at_all() -> None:
    many = {"id": "x", "title": "secret", "smallTexts": ["ab cd" * 100] * 2000}
    said = claim(*activities_in([{"id": "z", "title": "a"}, many]))
    (after,) = shape_of(replacing("a|d.*", "b"))((said,))
    assert [each.name for each in after.activities] == ["a"]


def test_what_a_rule_is_for_that_cannot_be_read_any_more_is_not_shown_at_all() -> None:
    """Whoever wanted it rewritten or taken out does not want it seen as it is; seen to fail when it was."""
    ours = activities_in([{"id": "x", "title": "secret"}, {"id": "z", "title": "a"}])
    dyson = Activity(name="theirs", id="x", native=Native("dyson", {"title": "theirs"}))
    said, broken = claim(*ours, dyson), replacing("(?=secret)", "")
    for rules in ((broken,), (replacing("a", "b"), broken), (broken, replacing("a", "b"))):
        with capture_logs() as logs:
            shape = shape_of(*rules)
        assert [each.name for each in shape((said,))[0].activities] == ["a", "theirs"]
        assert [line["log_level"] for line in logs] == ["warning"]


def test_what_no_engine_reads_is_left_alone() -> None:
    said = claim(Activity(name="a\ud800", id="x"))
    assert shape_of(replacing("a", "b"))((said,)) == (said,)
