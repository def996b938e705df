"""Backlog: what is put back stands as if it had never been taken."""

from hypothesis import given
from hypothesis import strategies as st

from actors.backlog import MOST_RECORDS, Backlog
from actors.deeds import MOST_OF_ONE, Done
from actors.messages.keeper import Behind, Forget, Record, Renew
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
