"""What account requests say, however they are misspelt: an answer or Malformed, never another error."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.accounts import Pipe
from actors.errors import Malformed
from actors.presence import Subject
from web.dialects.presenti import people

UUID = "00000000-0000-4000-8000-00000000000A"

json = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("id", "password", "newPassword", "platform", "platformID", "userUUID", "pipeDirection", "direction")
values = json | st.sampled_from(["DISCORD", UUID, "PRESENTI", 1])
bodies = json | st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, values))


@given(bodies)
def test_any_body_is_read_or_malformed(body: Any) -> None:
    readers = (
        lambda: people.name_and_password(body, "missing-fields"),
        lambda: people.old_and_new_password(body),
        lambda: people.new_link(body),
        lambda: people.direction_of(body),
    )
    for read in readers:
        with suppress(Malformed):
            read()


@given(values)
def test_a_direction_is_always_one_of_four(value: Any) -> None:
    direction = people.direction_in(value)
    assert direction in {0, 1, 2, 3}
    assert type(direction) is int
    if type(value) is int and value in {0, 1, 2, 3}:
        assert direction == value


@pytest.mark.parametrize(
    ("said", "direction"),
    [("NOWHERE", 0), ("PRESENTI", 1), ("PLATFORM", 2), ("BIDIRECTIONAL", 3), (1.0, 1), (4, 0), (True, 0), ("junk", 0)],
)
def test_directions_by_number_and_by_name(said: Any, direction: int) -> None:
    assert people.direction_in(said) == direction


@given(
    st.dictionaries(
        st.sampled_from(["uuid", "platform", "platformID", "userUUID", "x"]), st.text(max_size=3) | st.just("SLACK")
    )
)
def test_which_queries_mean_a_link(query: dict[str, str]) -> None:
    uuid, platform, theirs = (query.get(name) for name in ("uuid", "platform", "platformID"))
    meant = bool(platform) == bool(theirs) and bool(uuid or platform) and (not platform or platform in people.PLATFORMS)
    try:
        asked = people.link_query(query)
    except Malformed:
        assert not meant
    else:
        assert meant
        assert (asked.uuid or "", asked.account or "") == (uuid or "", query.get("userUUID") or "")


def test_links_to_what_presenti_does_not_know_are_not_shown() -> None:
    subject = Subject(UUID, "ann", account=True)
    pipes = [Pipe("1", "discord", "42", UUID, 1), Pipe("2", "mastodon", "@ann@example.org", UUID, 0)]
    assert list(people.user(subject, pipes)["platforms"]) == ["DISCORD"]
    assert orjson.dumps(people.link(pipes[0])) == (
        b'{"uuid":"1","platform":"DISCORD","platformID":"42","userUUID":"' + UUID.encode() + b'","pipeDirection":1}'
    )
