"""Unread activities: equal to what they would be read as, and read once, when somebody looks."""

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors.gradient import wished_images
from actors.presence import Activity, Claim, Native, Presence, Source, Status
from actors.unread import Unread

documents = st.lists(st.dictionaries(st.sampled_from("ab"), st.integers(0, 2) | st.booleans()), max_size=3)


def project(document: Any) -> Activity:
    return Activity(str(document.get("a")), paused=document.get("b") is True, native=Native("test", document))


class Counted:
    """A projection that counts."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(self, document: Any) -> Activity:
        self.read += 1
        return project(document)


def unread(said: Any, by: Any = project, dialect: str = "test") -> Unread:
    return Unread(dialect, said, by)


@given(documents, documents)
def test_equal_to_the_tuple_it_would_be_read_as(one: list[Any], other: list[Any]) -> None:
    ours, theirs = tuple(map(project, one)), tuple(map(project, other))
    assert tuple(unread(one)) == ours
    assert unread(one)[:] == ours
    assert [unread(one)[at] for at in range(len(one))] == list(ours)
    assert len(unread(one)) == len(ours)
    assert bool(unread(one)) is bool(ours)
    assert (unread(one) == unread(other)) is (ours == theirs)
    assert (unread(one) == theirs) is (theirs == unread(one)) is (ours == theirs)
    assert (unread(one) != theirs) is (ours != theirs)
    assert repr(unread(one)) == repr(ours)


@given(documents)
def test_a_claim_of_them_is_the_claim_of_the_tuple(said: list[Any]) -> None:
    lazy = Claim(Source("session", "s"), 1.0, activities=unread(said))
    eager = replace(lazy, activities=tuple(map(project, said)))
    assert lazy == eager
    assert Presence((lazy,)).looks_like(Presence((eager,)))
    assert Presence((eager,)).with_claim(lazy).claims[0] is eager, "the same claim twice is the same object"
    assert Presence((lazy,)).status is Presence((eager,)).status


def test_dialects_are_told_apart_by_what_their_words_mean() -> None:
    assert unread([{}]) == unread([{}], dialect="other"), "both were read as the same activity"
    assert unread([{}]) != [project({})]


def test_what_a_report_looks_at_is_not_read_for_it() -> None:
    count = Counted()
    before = Presence((Claim(Source("session", "s"), 1.0, activities=unread([{"a": 1}], count)),))
    after = before.with_claim(Claim(Source("session", "s"), 2.0, activities=unread([{"a": 2}], count)))
    assert (after.status, wished_images(after)) == (Status.ONLINE, ())
    assert not after.looks_like(before)
    assert count.read == 0
    assert [each.name for each in (*after.activities, *after.activities)] == ["2", "2"]
    assert count.read == 1
