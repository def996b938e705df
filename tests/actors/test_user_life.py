"""How a User falls, comes back and ends, on the Stage."""

import gc
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.errors import Unavailable
from actors.messages.directory import Bequest, Deliver
from actors.messages.user import Disown, Dissolve, Look, Report, Unwatch, Watch, Withdraw
from actors.presence import NOBODY, Source, Status
from actors.user import IDLE_SECONDS
from tests.actors.home import Home, Poison
from tests.actors.viewers import NotingLane, PlainEncoding
from tests.stage import Stage


def test_what_is_said_by_the_grace_of_a_credential_ends_with_it(home: Home) -> None:
    home.report("alice", home.claim("chess", credential="revoked"))
    home.report("alice", home.claim("go", source="2", credential="other"))
    home.report("alice", home.claim("shogi", source="3"))
    home.report("alice", home.claim("", source="4", credential="silent"))
    lane = home.watch("alice")
    lane.take()
    home.deliver("alice", Disown("revoked"))
    assert lane.take() == ["update alice go shogi"]
    home.deliver("alice", Disown("revoked"))
    home.deliver("alice", Disown("silent"))
    assert lane.take() == []
    assert [claim.source.id for claim in home.look("alice").claims] == ["2", "3"]
    assert {claim.source.id for claim in home.house.board.claims("alice")} == {"2", "3"}


def test_claims_come_back_from_the_board_and_watchers_get_a_fresh_snapshot_after_a_fall(home: Home) -> None:
    home.report("alice", home.claim("chess"))
    home.report("alice", home.claim("go", source="2", lasts=None))
    lane = home.watch("alice")
    lane.take()
    fallen = home.user("alice")
    home.fall("alice")
    assert lane.heard == [("fell", "alice")]
    home.deliver("alice", Watch(lane))  # type: ignore[arg-type]
    assert home.user("alice") is not fallen
    assert lane.take() == ["snapshot alice chess go"]
    home.stage.clock.advance(61)
    assert lane.take() == ["update alice go"]


def test_mail_that_a_fallen_user_had_not_come_to_goes_to_its_next_life_in_order(home: Home) -> None:
    """Seen to fail when it was dropped: a Withdraw lost there was a ghost, a Watch lost there a silent socket."""
    lane = NotingLane(PlainEncoding())
    home.report("alice", home.claim())
    ref = home.house.register.refs["alice"]
    for message in (
        Poison(),
        Report(home.claim("go", source="2", lasts=None)),
        Watch(lane),  # type: ignore[arg-type]
        Withdraw(Source("session", "1")),
        Report(home.claim("chess", source="3")),
        Withdraw(Source("session", "2")),
    ):
        ref.tell(message)
    while ref.is_alive():
        home.stage.step()
    home.house.directory.tell(Deliver("alice", Withdraw(Source("session", "3"))))
    home.stage.settle()
    assert lane.take() == [
        "snapshot alice chess go",
        "update alice go",
        "update alice go chess",
        "update alice chess",
        "update alice",
    ]
    assert home.look("alice") == NOBODY
    assert home.house.board.claims("alice") == ()
    assert len(home.probe("directory").got(Bequest)) == 1


@given(st.sets(st.integers(0, 20), max_size=7), st.lists(st.integers(0, 5), max_size=200))
@settings(max_examples=60, deadline=None)
def test_whoever_falls_whenever_the_last_word_stands_and_is_seen(poisoned: set[int], turns: list[int]) -> None:
    """Whoever's turn it is. More than five falls make the user rest: what comes then is held in its order."""
    with Stage() as stage:
        home = Home(stage)
        lane = home.watch("alice")
        lane.user_fell = lambda _: home.house.directory.tell(Deliver("alice", Watch(lane)))  # type: ignore[method-assign, arg-type]
        for number in range(19):
            if number in poisoned:
                home.house.directory.tell(Deliver("alice", Poison()))
            home.house.directory.tell(Deliver("alice", Report(home.claim(str(number), source="socket", lasts=None))))
            if number % 3:
                home.house.directory.tell(Deliver("alice", Withdraw(Source("session", "socket"))))
        for turn in turns:
            stage.step(turn)
        stage.clock.advance(61)
        assert [activity.name for activity in home.look("alice").activities] == ["18"]
        assert [claim.activities[0].name for claim in home.house.board.claims("alice")] == ["18"]
        assert lane.take()[-1].split()[1:] == ["alice", "18"]


def test_whoever_asks_a_user_that_falls_hears_that_it_did_and_may_ask_the_next(home: Home) -> None:
    home.report("alice", home.claim())
    ref = home.house.register.refs["alice"]
    with pytest.raises(Unavailable):
        home.stage.ask(ref, Poison())
    home.deliver("alice", Report(home.claim("go")))
    assert home.look("alice").activities[0].name == "go"


def test_a_user_whom_nobody_needs_ends_and_comes_back(home: Home) -> None:
    home.report("alice", home.claim(lasts=10))
    lane = home.watch("alice")
    home.stage.clock.advance(300)
    assert home.user("alice") is not None
    home.deliver("alice", Unwatch(lane))  # type: ignore[arg-type]
    home.stage.clock.advance(IDLE_SECONDS - 1)
    assert home.user("alice") is not None
    home.stage.clock.advance(2)
    assert home.user("alice") is None
    assert "alice" not in home.house.register.refs
    home.report("alice", home.claim(status=Status.DND))
    assert home.look("alice").status is Status.DND


def test_a_user_asked_just_as_it_would_end_ends_later(home: Home) -> None:
    """Seen to fail when rest, finding mail, forgot to look again: such a user stayed for ever."""
    home.report("alice", home.claim(lasts=10))
    home.deliver("alice", Withdraw(Source("session", "1")))
    ref = home.house.register.refs["alice"]
    home.stage.clock.between = lambda: None
    home.stage.clock.advance(IDLE_SECONDS + 1)
    ref.tell(Look())
    home.stage.clock.between = home.stage.settle
    home.stage.settle()
    assert home.user("alice") is not None
    home.stage.clock.advance(IDLE_SECONDS + 1)
    assert home.user("alice") is None


@pytest.mark.parametrize("end", ["rest", "fall", "dissolve"])
def test_a_user_that_has_ended_is_freed_at_once(home: Home, end: str) -> None:
    """Seen to fail: it and its watchers knew each other, and a timer knew it for another minute."""
    home.report("alice", home.claim())
    left = weakref.ref(home.user("alice"))
    gc.disable()
    try:
        home.deliver("alice", Withdraw(home.claim().source))
        if end == "fall":
            home.fall("alice")
        elif end == "dissolve":
            home.deliver("alice", Dissolve("bob"))
        else:
            home.stage.clock.advance(IDLE_SECONDS)
        assert left() is None
    finally:
        gc.enable()
