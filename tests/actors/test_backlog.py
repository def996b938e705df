"""Backlog: what is put back stands as if it had never been taken."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from actors.backlog import MOST_RECORDS, Backlog
from actors.deeds import MOST_OF_ONE, Done
from actors.messages.keeper import Behind, Forget, Record, Remember, Renew
from actors.presence import Source
from tests.actors.test_keeper import record, remember


def test_the_log_is_bounded_while_the_store_is_away() -> None:
    backlog = Backlog()
    for number in range(MOST_RECORDS + 5):
        backlog.add(record(number))
    backlog.put_back(backlog.take())
    taken = backlog.take()
    assert (len(taken), taken[0], backlog.lost_records) == (MOST_RECORDS, record(5), 5)


def test_deeds_are_bounded_and_the_newest_stay() -> None:
    backlog = Backlog()
    backlog.add(other := Done("other", "5", "request", 0.0))
    for number in range(MOST_OF_ONE + 5):
        backlog.add(Done("me", str(number), "request", float(number)))
    backlog.add(last := Done("me", "6", "request", 1e4))
    taken = backlog.take()
    assert (len(taken), taken[:2], taken[-1]) == (
        MOST_OF_ONE + 1,
        [other, Done("me", "5", "request", 5.0)],
        last,
    )


changes = st.one_of(
    st.builds(record, st.integers(0, 9)),
    st.builds(remember, st.sampled_from("ab"), st.sampled_from("st"), st.floats(1, 9)),
    st.builds(Forget, st.sampled_from("ab"), st.builds(Source, st.just("session"), st.sampled_from("st"))),
    st.builds(Renew, st.floats(0, 9)),
    st.builds(Done, st.sampled_from("ab"), st.sampled_from("kl"), st.just("request"), st.floats(1, 9)),
)


@given(st.lists(changes), st.lists(changes))
def test_put_back_is_as_if_it_had_never_been_taken(before: list[Behind], after: list[Behind]) -> None:
    calm, shaken = Backlog(), Backlog()
    for change in before:
        calm.add(change)
        shaken.add(change)
    batch = shaken.take()
    for change in after:
        calm.add(change)
        shaken.add(change)
    shaken.put_back(batch)
    one, other = calm.take(), shaken.take()
    assert [c for c in one if type(c) is Record] == [c for c in other if type(c) is Record]
    assert {repr(c) for c in one} == {repr(c) for c in other}


def test_what_comes_and_goes_while_the_store_is_away_leaves_nothing() -> None:
    """Seen to fail: each session that had ended stood there until the store came back."""
    backlog = Backlog()
    for number in range(100):
        said = remember("alice", str(number), 9.0)
        backlog.add(replace(said, first=True))
        backlog.put_back(backlog.take())
        backlog.add(said)
        backlog.add(Forget("alice", said.claim.source))
        backlog.put_back(backlog.take())
    assert len(backlog) == 0


class Outages:
    """A backlog before a store that takes a batch or does not, and what its sources say."""

    def __init__(self) -> None:
        self.backlog = Backlog()
        self.under_way: list[Behind] = []
        self.stored: set[tuple[str, Source]] = set()
        self.said: set[tuple[str, Source]] = set()

    def say(self, source: str) -> None:
        key = ("alice", Source("session", source))
        self.backlog.add(replace(remember("alice", source, 9.0), first=key not in self.said))
        self.said.add(key)

    def take_back(self, source: str) -> None:
        key = ("alice", Source("session", source))
        if key in self.said:
            self.backlog.add(Forget(*key))
            self.said.discard(key)

    def begin_to_write(self, _: str) -> None:
        self.under_way = self.under_way or self.backlog.take()

    def succeed(self, _: str) -> None:
        for change in self.under_way:
            if isinstance(change, Remember):
                self.stored.add((change.user, change.claim.source))
            elif isinstance(change, Forget):
                self.stored.discard((change.user, change.source))
        self.under_way = []

    def fail(self, _: str) -> None:
        self.backlog.put_back(self.under_way)
        self.under_way = []


deeds = st.sampled_from([Outages.say, Outages.take_back, Outages.begin_to_write, Outages.succeed, Outages.fail])


@given(st.lists(st.tuples(deeds, st.sampled_from("stu")), max_size=40))
def test_the_store_has_in_the_end_what_is_said(plot: list[tuple[Callable[[Outages, str], None], str]]) -> None:
    """Whatever becomes of a batch, and whatever comes meanwhile; no more waits than lives or is stored."""
    outages = Outages()
    for deed, source in plot:
        deed(outages, source)
        assert len(outages.backlog) <= len(outages.said | outages.stored) + len(outages.under_way)
    outages.fail("")
    outages.begin_to_write("")
    outages.succeed("")
    assert outages.stored == outages.said
