"""Courier: what a restart, a fall or a kill costs, and whatever else may happen."""

from collections import defaultdict
from typing import Any

import pykka
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.courier.reply import Answered, Forbidden, Reply, Unanswered
from actors.errors import Unavailable
from actors.messages.courier import (
    Delivered,
    Post,
)
from tests.actors.courier.cast import AWAY, DAY, STEADY, MemoryOutbox, PostOffice
from tests.stage import Stage

# --- restarts --------------------------------------------------------------------------------------------------------


def test_a_restart_goes_on_where_it_was_with_the_tries_counted(stage: Stage, office: PostOffice) -> None:
    office.host.replies = {b"1": [Answered(500)] * 3}
    office.post("1")
    office.post("2")
    stage.clock.advance(2)
    office.ref.stop(block=False)
    stage.settle()
    office.host.take()
    office.host.replies = {b"1": [Answered(500)] * 3}
    office.start()
    stage.clock.advance(32 + 128)
    assert office.host.take() == [b"1", b"1", b"1", b"2"]
    stage.clock.advance(1)
    (letter,) = office.outbox.dead
    assert (letter.stored.parcel.body, letter.stored.tries) == (b"1", 5)


def test_a_stop_lets_what_is_under_way_end_and_strikes_it_off(stage: Stage, office: PostOffice) -> None:
    office.post("1")
    assert office.outbox.rows, "not yet struck off"
    office.ref.stop(block=False)
    stage.settle()
    assert not office.outbox.rows


def test_what_is_posted_as_it_stops_is_kept(stage: Stage, office: PostOffice) -> None:
    """The order to stop may stand before the reminder to write."""
    answers = [office.ref.ask(Post(office.parcel(body)), block=False) for body in "abc"]
    office.ref.stop(block=False)
    stage.settle()
    assert [answer.get(timeout=0.0) for answer in answers] == [None, None, None]
    office.start()
    stage.settle()
    assert list(dict.fromkeys(office.host.bodies)) == [b"a", b"b", b"c"]


def test_a_fall_repeats_nothing(stage: Stage, office: PostOffice) -> None:
    office.post("1")
    office.ref.tell("nonsense")
    stage.settle()
    assert [fall.error for fall in stage.fallen()] == ["TypeError"]
    office.start()
    stage.clock.advance(1)
    assert office.host.take() == [b"1"]
    assert not office.outbox.rows


def test_who_waits_when_it_falls_is_told(stage: Stage, office: PostOffice) -> None:
    office.ref.tell("nonsense")
    future = office.ref.ask(Post(office.parcel("1")), block=False)
    stage.settle()
    stage.fallen()
    with pytest.raises((Unavailable, pykka.ActorDeadError)):
        future.get(timeout=0)


def test_an_outbox_that_cannot_be_read_at_the_start_is_read_later(stage: Stage) -> None:
    outbox = MemoryOutbox()
    first = PostOffice(stage, STEADY, outbox)
    first.host.otherwise = AWAY
    first.post("1")
    first.ref.stop(block=False)
    stage.settle()
    outbox.away = True
    second = PostOffice(stage, STEADY, outbox)
    with pytest.raises(Unavailable):
        second.post("2")
    outbox.away = False
    stage.clock.advance(1)
    assert second.host.take() == [b"1"]
    second.post("3")
    assert second.host.take() == [b"3"]


# --- whatever happens ------------------------------------------------------------------------------------------------

faults: st.SearchStrategy[Reply] = st.sampled_from(
    [Answered(500), Answered(429, 3.0), Answered(404), Unanswered("too-slow"), AWAY, Forbidden("private-address")]
)
moves = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.sampled_from("ab"), st.lists(faults, max_size=6)),
        st.tuples(st.just("wait"), st.floats(0.01, 500), st.none()),
        st.tuples(st.just("kill"), st.none(), st.none()),
        st.tuples(st.just("stop"), st.none(), st.none()),
        st.tuples(st.just("away"), st.floats(0.1, 5), st.none()),
    ),
    max_size=30,
)


@given(moves)
def test_whatever_happens_each_is_delivered_or_dead_in_order_and_only_a_kill_repeats(plot: list[Any]) -> None:
    with Stage() as stage:
        office = PostOffice(stage)
        posted: dict[str, list[bytes]] = defaultdict(list)
        kills = 0
        for number, (move, what, replies) in enumerate(plot):
            if move == "post":
                body = f"{what}{number}"
                office.host.replies[body.encode()] = list(replies)
                office.post(body, what)
                posted[what].append(body.encode())
            elif move == "wait":
                stage.clock.advance(what)
            elif move == "away":
                office.outbox.away = True
                stage.clock.advance(what)
                office.outbox.away = False
            elif move == "stop":
                office.ref.stop(block=False)
                stage.settle()
                office.start()
            else:  # as kill -9: what has not been written is lost
                kills += 1
                actor = stage.actor(office.ref)
                actor.on_stop = actor._end
                office.ref.stop(block=False)
                stage.settle()
                office.aftermath.take()
                office.start()
        stage.clock.advance(3 * DAY)
        assert not office.outbox.rows
        assert stage.fallen() == []
        dead = [letter.stored.parcel.body for letter in office.outbox.dead]
        heard = office.host.bodies
        for bodies in posted.values():
            firsts = [body for body in dict.fromkeys(heard) if body in bodies]
            assert firsts == [body for body in bodies if body in heard], "in the order of posting"
            assert set(bodies) <= set(heard)
        taken = [news.id for news in office.owner.got(Delivered)]
        if not kills:
            assert len(taken) == len(set(taken)), "none twice"
            assert len(taken) + len(dead) == sum(map(len, posted.values()))
