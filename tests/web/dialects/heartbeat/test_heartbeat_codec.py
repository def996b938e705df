"""The heartbeat's documents: the tables of spec/heartbeat.md sections 3, 4 and 6."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.effects import Follow, Say
from actors.errors import Malformed
from actors.presence import NOBODY, Activity, Claim, Presence, Source, Status, Subject, Update
from web.dialects.heartbeat import codec

NOW = 1_795_224_701.25
UNA = Subject("u-42", "u-42")


@pytest.mark.parametrize(
    ("header", "user"),
    [
        ('{"userid":"u-42","clientid":"c-7"}', "u-42"),
        ('{"UserID":"x","clientid":null,"more":1}', "x"),
        ('{"userid":"a","USERID":"b"}', "b"),
    ],
)
def test_who_pings(header: str, user: str) -> None:
    assert codec.user_in(header) == user


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "x", '{"userid":"a"} x', "[]", '"a"', "1", "{}", "null"),
        *('{"userid":""}', '{"userid":1}', '{"userid":"a","clientid":1}'),
    ],
)
def test_a_claim_of_nobody(header: str | None) -> None:
    with pytest.raises(Malformed):
        codec.user_in(header)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"status":"1"}', "1"),
        (b' \n{"STATUS":"a","x":[1]} garbage', "a"),
        (b"{}", ""),
        (b"null", ""),
        (b'{"status":null}', ""),
        (b'{"status":"\\n\\u2028"}', "\n\u2028"),
    ],
)
def test_statuses(body: bytes, status: str) -> None:
    assert codec.status_in(body) == status


@pytest.mark.parametrize(
    "body", [b"", b"status=1", b"[]", b'"1"', b'{"status":0}', b"\xff", b'{"status":"\\ud800"}', b"[" * 99_999]
)
def test_bodies_that_are_no_ping(body: bytes) -> None:
    with pytest.raises(Malformed):
        codec.status_in(body)


@pytest.mark.parametrize(
    ("status", "meant"),
    [("0", "online"), ("1", "idle"), ("2", "dnd"), ("3", "invisible"), ("a", "online"), ("", "online")],
)
def test_the_four_codes_are_mapped_and_others_are_somebody(status: str, meant: str) -> None:
    claim = codec.ping("u", status, NOW)
    assert claim.effective_status is Status(meant)
    assert claim.expires_at == NOW + 60


@given(st.text(st.characters(codec="utf-8")))
def test_an_event_is_one_line_and_the_same_status(status: str) -> None:
    data = codec.event(5, status)
    assert b"\n" not in data
    assert b"\r" not in data
    assert list(orjson.loads(data).items()) == [("time", 5), ("status", status)]


def _update(before: Presence, after: Presence) -> bytes | None:
    return codec.Pings().update(Update(UNA, before, after, changed=True, at=NOW))


def test_each_ping_is_told_and_another_dialects_news_only_of_who_does_not_ping() -> None:
    first = NOBODY.with_claim(codec.ping("u", "1", NOW))
    assert _update(NOBODY, first) == b'{"time":1795224701,"status":"1"}'
    again = first.with_claim(codec.ping("u", "1", NOW + 0.5))
    assert _update(first, again) == b'{"time":1795224701,"status":"1"}', "same status, same second: told all the same"
    other = Claim(Source("session", "1"), NOW, activities=(Activity("x"),))
    assert _update(first, first.with_claim(other)) is None
    assert _update(NOBODY, NOBODY.with_claim(other)) == b'{"time":1795224701,"status":"0"}'
    assert _update(NOBODY.with_claim(other), NOBODY) is None, "offline is never sent"
    assert _update(first, NOBODY) is None
    hidden = replace(other, status=Status.INVISIBLE)
    assert _update(NOBODY, NOBODY.with_claim(hidden)) is None


def test_the_snapshot_is_the_cached_ping_or_a_comment() -> None:
    pings = codec.Pings()
    assert pings.snapshot(UNA, NOBODY.with_claim(codec.ping("u", "3", NOW))) == b'{"time":1795224701,"status":"3"}'
    assert pings.snapshot(UNA, NOBODY) == b""


@pytest.mark.parametrize("order", [("u", "u-42"), ("u-42", "u")])
def test_of_two_who_turned_out_to_be_one_the_newest_ping_is_told(order: tuple[str, str]) -> None:
    newer, older = order
    both = NOBODY.with_claim(codec.ping(newer, "1", NOW + 5)).with_claim(codec.ping(older, "2", NOW))
    assert codec.Pings().snapshot(UNA, both) == b'{"time":1795224706,"status":"1"}'


def test_what_storage_remembers_goes_before_what_is_live() -> None:
    watching = codec.Watching("u", codec.Pings(), b"cached")
    assert list(watching.opened(NOW)) == [Say(b"cached"), Follow("u")]
    assert list(codec.Watching("u", codec.Pings(), None).opened(NOW)) == [Follow("u")]


def test_whoever_hides_by_another_dialects_word_is_silent() -> None:
    pinging = NOBODY.with_claim(codec.ping("u", "0", NOW))
    hidden = pinging.with_claim(Claim(Source("native", "me"), NOW, status=Status.INVISIBLE))
    again = hidden.with_claim(codec.ping("u", "1", NOW + 1))
    assert codec.Pings().snapshot(UNA, hidden) == b""
    assert _update(pinging, hidden) is None
    assert _update(hidden, again) is None
    assert _update(again, again.without(Source("native", "me"))) == b'{"time":1795224702,"status":"1"}'
