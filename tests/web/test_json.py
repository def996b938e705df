"""Strict JSON: what passes is what JSON.parse would read, and each limit is exact."""

import json as standard
from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Malformed
from web import json

numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
documents = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(documents)
def test_what_is_json_is_read_as_it_is(document: Any) -> None:
    text = standard.dumps(document, ensure_ascii=False)
    assert json.read(text, depth=64) == document
    assert json.read(text.encode(), depth=64) == document
    assert json.read(standard.dumps(document).encode(), depth=64) == document


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"{}x",
        b"[1,]",
        b"NaN",
        b"-Infinity",
        b"1e999",
        b"01",
        b"'a'",
        b'\xef\xbb\xbf{"a":1}',
        "\ufeff{}",
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        "\ud800",
        b'"\xed\xa0\x80"',
        b"\xff",
        b'"\x01"',
        b"[" * 100_000,
        b"[" * 1_000 + b"]" * 1_000,
    ],
)
def test_what_is_not_is_malformed(data: bytes | str) -> None:
    with pytest.raises(Malformed) as caught:
        json.read(data)
    assert caught.value.code == "malformed-json"


def test_the_last_of_duplicate_keys_counts() -> None:
    assert json.read(b'{"a":1,"a":2}') == {"a": 2}


def levels(count: int, kind: str) -> bytes:
    opening, closing = {"list": (b"[", b"]"), "object": (b'{"a":', b"}")}[kind]
    return b"[" + b"[]," * 20 + opening * (count - 1) + b"1" + closing * (count - 1) + b"]"


@pytest.mark.parametrize("kind", ["list", "object"])
def test_the_depth_is_exact(kind: str) -> None:
    json.read(levels(16, kind))
    json.read(levels(16, kind).decode())
    for data in (levels(17, kind), levels(17, kind).decode()):
        with pytest.raises(Malformed, match="levels"):
            json.read(data)
    json.read(b"[[1]]", depth=2)
    with pytest.raises(Malformed):
        json.read(b"[[]]", depth=1)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_each_kind_of_bracket_is_a_level_by_itself(opening: bytes, closing: bytes) -> None:
    for count, deep in ((16, False), (17, True)):
        data = opening * count + b"1" + closing * count
        for said in (data, data.decode()):
            with pytest.raises(Malformed, match="levels") if deep else nullcontext():
                json.read(said)


def test_the_keys_are_counted_in_each_object_alone() -> None:
    def flat(count: int) -> dict[str, int]:
        return {str(number): number for number in range(count)}

    json.read(standard.dumps([flat(512), flat(512)]))
    with pytest.raises(Malformed, match="keys"):
        json.read(standard.dumps([{"a": flat(513)}]))


@pytest.mark.parametrize("wrap", [lambda text: text, lambda text: [{"a": text}], lambda text: {text: [1]}])
def test_the_length_of_strings_and_names_is_exact(wrap: Any) -> None:
    json.read(standard.dumps([wrap("x" * 16_384), 1]))
    json.read(standard.dumps(wrap("\u20ac" * 100), ensure_ascii=False).encode(), strings=100)
    with pytest.raises(Malformed, match="longer"):
        json.read(standard.dumps(wrap("x" * 16_385)))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_malformed(data: bytes) -> None:
    try:
        json.read(data)
    except Malformed as error:
        assert error.code == "malformed-json"  # noqa: PT017 - both outcomes are right
