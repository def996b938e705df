"""What a reply means for a parcel, as a table and as rules that hold for whatever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.courier import DEFAULT, Policy
from actors.courier.reply import Answered, Forbidden, Reply, Unanswered, Unreached
from actors.courier.verdict import Again, GivenUp, Record, Taken, judge

DAY = 86_400.0


def verdict(reply: Reply, tries: int = 1, age: float = 0.0, absences: int = 0) -> object:
    return judge(reply, Record(age, tries, absences), DEFAULT, 0.5)


@pytest.mark.parametrize(
    ("reply", "tries", "wanted"),
    [
        (Answered(200), 1, Taken(200)),
        (Answered(204), 5, Taken(204)),
        (Answered(299), 1, Taken(299)),
        (Answered(300), 1, GivenUp(300)),
        (Answered(408), 1, Again(2.0, 408)),
        (Answered(500), 1, Again(2.0, 500)),
        (Answered(503), 2, Again(8.0, 503)),
        (Answered(502), 4, Again(128.0, 502)),
        (Answered(500), 5, GivenUp(500)),
        (Answered(429), 1, Again(2.0, 429)),
        (Answered(408), 5, GivenUp(408)),
        (Answered(429, 30.0), 1, Again(33.0, 429)),
        (Answered(503, 30.0), 1, Again(33.0, 503)),
        (Answered(429, 1e9), 1, Again(pytest.approx(3960.0), 429)),
        (Answered(400), 1, GivenUp(400)),
        (Answered(404), 1, GivenUp(404)),
        (Answered(410), 1, GivenUp(410)),
        (Answered(302), 1, GivenUp(302)),
        (Answered(100), 1, GivenUp(100)),
        (Unanswered("too-slow"), 1, Again(2.0, error="too-slow")),
        (Unanswered("bad-response"), 5, GivenUp(error="bad-response")),
        (Forbidden("private-address"), 0, GivenUp(error="private-address")),
    ],
)
def test_a_reply_that_came(reply: Reply, tries: int, wanted: object) -> None:
    assert verdict(reply, tries) == wanted


@pytest.mark.parametrize(("absences", "pause"), [(1, 1.0), (2, 2.0), (9, 256.0), (10, 300.0), (5000, 300.0)])
def test_a_host_that_cannot_be_reached_is_asked_ever_more_rarely(absences: int, pause: float) -> None:
    assert verdict(Unreached("unreachable"), 0, DAY - 1, absences) == Again(pause, error="unreachable")
    assert verdict(Unreached("unreachable"), 0, DAY, absences) == GivenUp(error="unreachable")


replies = st.one_of(
    st.builds(Answered, st.integers(100, 599), st.none() | st.floats(0, 1e12)),
    st.builds(Unanswered, st.just("too-slow")),
    st.builds(Unreached, st.just("unreachable")),
)


@given(replies, st.integers(1, 9), st.floats(0, 2 * DAY), st.integers(1, 10_000), st.floats(0, 1))
def test_every_parcel_ends_and_no_pause_is_longer_than_the_policy_says(
    reply: Reply, tries: int, age: float, absences: int, draw: float
) -> None:
    policy = Policy()
    judged = judge(reply, Record(age, tries, absences), policy, draw)
    if isinstance(judged, Again):
        assert tries < policy.tries or (isinstance(reply, Unreached) and age < policy.patience)
        assert 0 <= judged.pause <= policy.longest_pause * (1 + policy.jitter)
        if isinstance(reply, Answered) and reply.retry_after is not None:
            assert judged.pause >= min(reply.retry_after, policy.longest_pause), "never sooner than asked"


@given(st.floats(0, 1), st.integers(1, 4))
def test_jitter_stays_within_its_share(draw: float, tries: int) -> None:
    judged = judge(Answered(500), Record(0.0, tries, 0), DEFAULT, draw)
    nominal = 2.0 * 4 ** (tries - 1)
    assert isinstance(judged, Again)
    assert nominal * 0.8 <= judged.pause <= nominal * 1.2
