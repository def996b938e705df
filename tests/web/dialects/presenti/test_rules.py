"""What a transformation does to a document, and what may be asked of it: pure (spec/presenti.md section 4.11)."""

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from actors.errors import Malformed
from web.dialects.presenti.reading_rules import change_in, rule_of, transformation_in
from web.dialects.presenti.rules import FIELDS, LOOKED_AT, Purse, SpentError

WORDS = st.text(st.sampled_from("ab é."), max_size=8)
TEXTS = WORDS | st.builds(lambda text, link: {"text": text, "link": link}, WORDS, st.none() | WORDS)
IMAGES = WORDS | st.none() | st.builds(lambda src: {"src": src, "link": "there"}, WORDS)
ODD = st.none() | st.integers() | st.booleans() | st.lists(st.integers(), max_size=2)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "id": WORDS,
        "title": TEXTS | ODD,
        "largeText": TEXTS | ODD,
        "smallTexts": st.lists(TEXTS | ODD, max_size=4) | ODD,
        "image": IMAGES | ODD,
        "other": ODD,
    },
)
NAMES = st.none() | st.sampled_from(sorted(FIELDS))


def shown(document: dict[str, Any], **rule: Any) -> dict[str, Any]:
    """The document by this rule alone."""
    said = {name: value for name, value in rule.items() if value is not None}
    return rule_of(transformation_in({"rule": said, "ids": []})[0]).on(document, Purse())


def text_of(value: Any) -> str | None:
    """The text that a reader sees of a value, None where it shows none."""
    text = (value.get("text", value.get("src"))) if isinstance(value, dict) else value
    return text if isinstance(text, str) and text else None


def texts_of(document: dict[str, Any], name: str | None) -> list[str]:
    """All texts of the named field, or of every one."""
    found = []
    for field in FIELDS if name is None else (name,):
        value = document.get(field)
        values = (value if isinstance(value, list) else []) if field == "smallTexts" else [value]
        found += [text for text in map(text_of, values) if text is not None]
    return found


@given(DOCUMENTS, NAMES, st.sampled_from("ab é"))
def test_what_is_replaced_reads_as_pythons_own_would(document: dict[str, Any], name: str | None, letter: str) -> None:
    after = shown(document, type="replace", property=name, match=f"({letter})+", value=r"<\1>")
    wanted = [re.sub(f"({letter})+", r"<\1>", text) for text in texts_of(document, name)]
    assert texts_of(after, name) == wanted


@given(DOCUMENTS, NAMES, st.sampled_from("ab é"))
def test_what_is_deleted_is_what_matched_and_nothing_else(
    document: dict[str, Any], name: str | None, letter: str
) -> None:
    after = shown(document, type="delete", property=name, match=letter)
    assert texts_of(after, name) == [text for text in texts_of(document, name) if letter not in text]
    rest = set(document) - set(FIELDS)
    assert {each: after[each] for each in rest} == {each: document[each] for each in rest}


@given(DOCUMENTS, NAMES, st.sampled_from("ab é"))
def test_what_is_set_is_what_matched(document: dict[str, Any], name: str | None, letter: str) -> None:
    after = shown(document, type="set", property=name, match=letter, value="new")
    assert texts_of(after, name) == ["new" if letter in text else text for text in texts_of(document, name)]


@given(DOCUMENTS, st.sampled_from(sorted(FIELDS)))
def test_without_a_match_the_named_field_is_meant_as_a_whole(document: dict[str, Any], name: str) -> None:
    assert texts_of(shown(document, type="set", property=name, value="new"), name) == ["new"]
    after = shown(document, type="delete", property=name)
    assert texts_of(after, name) == []
    assert after.get(name) in ("", [], None)


@given(DOCUMENTS, NAMES, st.sampled_from(("set", "replace", "delete")))
def test_other_fields_and_the_document_itself_stay(document: dict[str, Any], name: str | None, kind: str) -> None:
    before = repr(document)
    after = shown(document, type=kind, property=name, match="a", value="b")
    assert repr(document) == before
    for field in set(document) | set(after):
        if field != name and (name is not None or field not in FIELDS):
            assert after[field] == document[field]


@given(DOCUMENTS, st.sampled_from(("set", "replace", "delete")))
@example({"title": "", "smallTexts": None}, "delete")
def test_a_match_that_is_nowhere_leaves_it_as_it_came(document: dict[str, Any], kind: str) -> None:
    assert shown(document, type=kind, match="nowhere to be found", value="b") == document


def test_a_link_stays_with_its_text() -> None:
    document = {"title": {"text": "Spotify", "link": "there"}, "image": {"src": "old", "link": "there"}}
    assert shown(document, type="set", property="title", value="Music")["title"] == {"text": "Music", "link": "there"}
    assert shown(document, type="replace", match="old", value="new")["image"] == {"src": "new", "link": "there"}


def test_groups_and_backslashes_of_a_value() -> None:
    document = {"title": "Suite by Bach"}
    assert shown(document, type="replace", match=r"(\w+) by (\w+)|z(9)", value=r"\2: \1\3\\ [\0]")["title"] == (
        "Bach: Suite\\ [Suite by Bach]"
    )


def test_the_end_of_a_long_text_is_not_looked_at() -> None:
    long = "a" * LOOKED_AT + "b" * 3
    assert shown({"image": long}, type="delete", match="b") == {"image": long}
    assert shown({"image": long}, type="replace", match="^a", value="cc")["image"] == "cc" + "a" * 510 + "bbb"


@pytest.mark.parametrize(
    "match", ["(.*a){20}b", "(a?){50}a{50}", r"(\w+\s){40}z", "[ab]*a[ab]{100}c", "(x+x+)+y", "a.*b|a", "", "."]
)
def test_rules_cost_no_more_than_they_may(match: str) -> None:
    rule = rule_of({"type": "replace", "match": match, "value": "\\0" * 512})
    document, purse = {"smallTexts": ["ab cd" * 100] * 2000}, Purse()
    with pytest.raises(SpentError):
        rule.on(document, purse)


RULE = {"type": "delete", "property": "title"}


@pytest.mark.parametrize(
    "rule",
    [
        None,
        5,
        [],
        {},
        {"type": "SET"},
        {"type": ["set"]},
        {"type": "set"},
        {"type": "set", "value": 5},
        {"type": "set", "value": "x" * 1025},
        {"type": "replace", "value": "x"},
        {"type": "replace", "match": ""},
        {"type": "delete", "property": "timestamps"},
        {"type": "delete", "property": {}},
        {"type": "delete", "match": 5},
        {"type": "delete", "match": "x" * 257},
        {"type": "delete", "match": "("},
        {"type": "delete", "match": "(?=a)"},
        {"type": "delete", "match": r"(a)\1"},
        {"type": "delete", "match": "((a{100}){100}){100}"},
        {"type": "delete", "match": "((a|b|c|d){50}){20}"},
        {"type": "replace", "match": "a", "value": r"\1"},
        {"type": "replace", "match": "a", "value": r"\n"},
        {"type": "replace", "match": "a", "value": "²\\²"},
        {"type": "replace", "match": "a", "value": "\\"},
    ],
)
def test_a_rule_that_is_none_is_refused_in_a_sentence(rule: Any) -> None:
    for read in (transformation_in, change_in):
        with pytest.raises(Malformed) as refusal:
            read({"rule": rule, "ids": ["x"]})
        assert refusal.value.code == "bad-rule"
        assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("ids", [None, "x", {}, [5], [""], ["x" * 257], [str(each) for each in range(65)]])
def test_ids_that_are_none_are_refused(ids: Any) -> None:
    for read in (transformation_in, change_in):
        with pytest.raises(Malformed) as refusal:
            read({"rule": RULE, "ids": ids})
        assert refusal.value.code == "bad-ids"


def test_what_is_left_out() -> None:
    for body, code in (({"ids": []}, "bad-rule"), ({"rule": RULE}, "bad-ids"), ({}, "malformed-body")):
        with pytest.raises(Malformed) as refusal:
            transformation_in(body)
        assert refusal.value.code == code
    assert change_in({"ids": ["b", "a", "b"]}) == (None, ("b", "a"))
    assert change_in({"rule": {**RULE, "match": None, "more": 1}}) == (RULE, None)
