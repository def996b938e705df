"""An account's notifications by REST: what is asked for, what is read, and which id comes after which."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.relay.registration import Instance
from actors.upstream.mastodon_notifications import (
    Listed,
    id_of,
    later_of,
    may_follow,
    notifications_address,
    read_page,
)

NUMBERS = st.integers(0, 10**18).map(str)


@pytest.mark.parametrize(
    ("payload", "ident"),
    [
        ('{"id":"42","type":"mention"}', "42"),
        ('{"type":"mention","id":42}', "42"),
        ({"id": "42", "status": {"id": "1"}}, "42"),
        ('{"status":{"id":"1"}}', None),
        ('{"id":""}', None),
        ('{"id":"a\\u0000"}', None),
        ('{"id":"4\\n"}', None),
        ('{"id":"4 2"}', None),
        ('{"id":null}', None),
        ('{"id":true}', None),
        ({"id": True}, None),
        ('{"id":"' + 65 * "9" + '"}', None),
        ("[" * 100_000, None),
        ("\ud800", None),
        ("garbage", None),
        ("[1]", None),
        (None, None),
        (5, None),
    ],
)
def test_an_id_is_found_or_not(payload: Any, ident: str | None) -> None:
    assert id_of(payload) == ident


def test_a_page_keeps_each_text_as_it_stood_and_turns_it_round() -> None:
    texts = ['{"id" : "10", "a":1.50}', '{"id":"9","text":"\\u00fc \\ud83d\\ude00"}', '{"id":"8"}']
    page = read_page(f"[ {' , '.join(texts)} ]".encode())
    assert page == tuple(Listed(ident, text) for ident, text in zip(("8", "9", "10"), reversed(texts), strict=True))


def test_ids_that_are_no_numbers_stay_in_the_order_that_the_instance_says() -> None:
    body = json.dumps([{"id": "01HZ"}, {"id": "01HB"}, {"id": "7"}]).encode()
    assert [each.id for each in read_page(body) or ()] == ["7", "01HB", "01HZ"]


@given(st.sets(st.integers(0, 10**18)), st.randoms())
def test_numbers_are_in_order_whatever_the_instance_says(numbers: set[int], random: Any) -> None:
    shuffled = list(numbers)
    random.shuffle(shuffled)
    page = read_page(json.dumps([{"id": str(number)} for number in shuffled]).encode())
    assert page is not None
    assert [int(each.id) for each in page] == sorted(numbers)


def test_what_has_no_id_is_left_out() -> None:
    assert read_page(b'[{"id":"2"},{},7,{"id":[]}]') == (Listed("2", '{"id":"2"}'),)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"error":"no"}', b"<html>", b"[", b'["\xff"]', b"[" * 100_000, b"null"])
def test_what_is_no_list_is_not_read(body: bytes) -> None:
    assert read_page(body) is None


def test_an_empty_page_is_the_last() -> None:
    assert read_page(b"[]") == ()


def test_where_they_are() -> None:
    asked = notifications_address(Instance("https://a.example/"), "41")
    assert (asked.url, asked.guarded) == ("https://a.example/api/v1/notifications?limit=40&min_id=41", True)
    newest = notifications_address(Instance("https://a.example", replace_url_web="http://10.0.0.5:3000"), None)
    assert (newest.url, newest.guarded) == ("http://10.0.0.5:3000/api/v1/notifications?limit=1", False)
    odd = notifications_address(Instance("https://a.example"), "9&limit=1#x")
    assert odd.url.endswith("?limit=40&min_id=9%26limit%3D1%23x")


@given(NUMBERS, NUMBERS)
def test_numbers_are_compared_as_numbers(one: str, other: str) -> None:
    assert may_follow(one, other) == (int(one) > int(other))
    assert later_of(one, other) == later_of(other, one) == str(max(int(one), int(other)))


def test_what_is_no_number_may_always_follow_but_itself() -> None:
    assert may_follow("01A", "01B")
    assert may_follow("5", "01B")
    assert not may_follow("01A", "01A")
    assert may_follow("\u0665", "9"), "digits of other scripts have no order here"
    assert later_of("01B", "01A") == "01A", "the last that was told"
    assert later_of(None, "5") == "5"
