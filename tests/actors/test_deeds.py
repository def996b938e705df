"""What was done under a key: the newest, for a day, and written beside what was done."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors import deeds as module
from actors.deeds import KEPT, Deeds, Done
from actors.errors import Refused
from actors.messages.keeper import Forget, Remember
from actors.messages.user import Once, Report, Withdraw
from tests.actors.home import Home
from tests.stage import Stage


@pytest.fixture
def home() -> Iterator[Home]:
    with Stage() as stage:
        yield Home(stage)


WHEN = st.floats(0, 3 * KEPT)
STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), WHEN), max_size=40)


@given(STEPS, WHEN)
def test_what_is_found_is_the_last_of_its_key_and_not_too_old(steps: list[tuple[str, str, float]], now: float) -> None:
    deeds, last = Deeds(), {}
    for number, (owner, key, at) in enumerate(sorted(steps, key=lambda step: step[2])):
        last[owner, key] = Done(owner, key, str(number), at)
        deeds.add(last[owner, key])
    now = max([now, *(done.at for done in last.values())])
    for owner, key in [("a", "x"), ("b", "z"), ("c", "x"), *last]:
        known = last.get((owner, key))
        assert deeds.find(owner, key, now) == (known if known and known.at >= now - KEPT else None)


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30))
def test_the_oldest_make_room(keys: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST", 3)
        deeds = Deeds()
        for number, key in enumerate(keys):
            deeds.add(Done("me", key, "", float(number)))
    newest = list(dict.fromkeys(reversed(keys)))[:3]
    assert [done.key for done in deeds] == newest[::-1]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyzuvw")), max_size=60))
def test_one_owner_never_pushes_out_what_another_did(steps: list[tuple[str, str]]) -> None:
    """Seen to fail when the oldest made room, whoever's they were."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_OF_ONE", 2)
        deeds = Deeds()
        for number, (owner, key) in enumerate(steps):
            deeds.add(Done(owner, key, "", float(number)))
    for owner in "abc":
        keys = dict.fromkeys(key for each, key in reversed(steps) if each == owner)
        assert [done.key for done in deeds if done.owner == owner] == list(keys)[:2][::-1]


def test_that_it_was_done_is_laid_beside_what_was_done(home: Home) -> None:
    """One transaction has both, since nobody else has a turn between the two."""
    home.report("alice", home.claim("go"))
    ref, keeper = home.house.register.refs["alice"], home.probe("keeper")
    keeper.take()
    stands = home.stage.ask(ref, Once(Report(home.claim()), Done("me", "k-1", "r", 5.0)))
    done = Done("me", "k-1", "r", 5.0, since=stands.since, expires_at=stands.expires_at)
    assert keeper.take() == [Remember("alice", stands, stands.expires_at), done]
    assert home.stage.ask(ref, Once(Withdraw(stands.source), gone := Done("me", "k-2", "r", 6.0))) is True
    assert [type(told) for told in keeper.mail[:1]] == [Forget]
    assert gone in keeper.take()
    assert tuple(home.house.deeds) == (done, gone)


def test_what_was_not_done_is_not_kept(home: Home) -> None:
    home.report("alice", home.claim())
    ref = home.house.register.refs["alice"]
    assert home.stage.ask(ref, Once(Withdraw(home.claim(source="9").source), Done("me", "k", "r", 5.0))) is False
    report = Report(home.claim(source="9"), only_known=True)
    with pytest.raises(Refused, match="unknown-source"):
        home.stage.ask(ref, Once(report, Done("me", "k", "r", 5.0)))
    assert (home.probe("keeper").got(Done), len(home.house.deeds)) == ([], 0)
