"""What a User keeps beside its claims, on the Stage: key-values in the order of their commits, and last-seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.keyvalues import Storage
from actors.leases import LeaseSupervisor
from actors.messages.directory import Deliver, Unlearn
from actors.messages.keeper import LastSeen, Record
from actors.messages.roster import Spread
from actors.messages.user import Keep, Withdraw
from actors.presence import Kept, Status, Subject
from actors.user import IDLE_SECONDS
from tests.actors.home import ALICE, Home, Poison
from tests.actors.viewers import PlainEncoding
from tests.stage import Stage

pytestmark = pytest.mark.usefixtures("alice")


class ShowingPairs(PlainEncoding):
    """Tells the key-values."""

    shows_pairs = True


def keep(home: Home, revision: int, account: str = ALICE.id, **pairs: str) -> None:
    home.deliver(account, Keep(Storage(account, tuple(pairs.items()), revision)))


def test_those_who_show_key_values_hear_of_a_change_and_nobody_else(home: Home) -> None:
    showing, every = home.watch(ALICE.id, ShowingPairs()), home.watch(ALICE.id, PlainEncoding(every_report=True))
    home.house.register.watched = True
    for lane in (showing, every):
        lane.take()
    keep(home, 2, a="1")
    keep(home, 3, a="1")
    assert len(showing.take()) == 1, "the same pairs again are no news"
    assert every.take() == []
    (spread,) = home.probe("roster").got(Spread)
    assert (spread.update.before.kept.pairs, spread.update.after.kept.pairs) == ((), (("a", "1"),))
    home.report(ALICE.id, home.claim())
    assert len(every.take()) == 1
    assert home.look("alice").kept.pairs == (("a", "1"),), "a claim leaves them"


@given(st.permutations([2, 3, 4, 5]))
def test_what_comes_late_does_not_win(order: list[int]) -> None:
    with Stage() as stage:
        home = Home(stage)
        home.house.register.learn(ALICE)
        for revision in order:
            keep(home, revision, a=str(revision))
        keep(home, 5, a="said twice")
        assert home.look("alice").kept == Kept((("a", "5"),), None, 5)


def test_they_outlive_the_actor_that_rests_or_falls(home: Home) -> None:
    keep(home, 2, a="1")
    home.stage.clock.advance(IDLE_SECONDS + 1)
    assert home.user("alice") is None
    assert home.house.known(ALICE.id).kept.pairs == (("a", "1"),)
    home.deliver(ALICE.id, Poison())
    home.deliver(ALICE.id, Withdraw(home.claim().source))
    assert home.look("alice").kept.revision == 2


def test_they_go_with_the_account_and_do_not_pass_to_whoever_has_the_name(home: Home) -> None:
    keep(home, 2, a="1")
    lane = home.watch(ALICE.id)
    home.stage.tell(home.house.directory, Unlearn(ALICE.id))
    assert home.look("alice").kept == Kept()
    keep(home, 3, a="2")
    assert home.look("alice").kept == Kept(), "it was committed before the account went"
    heir = Subject("id-b", "alice", account=True)
    home.learn(heir)
    assert home.look("alice").kept == Kept()
    assert lane.take()


def test_they_are_found_by_a_name_that_becomes_an_account(home: Home) -> None:
    """The account's news may come after its key-values."""
    keep(home, 2, "id-c", a="1")
    home.watch("carol")
    home.learn(Subject("id-c", "carol", account=True))
    assert home.look("carol").kept.pairs == (("a", "1"),)


def test_last_seen_is_written_behind_of_accounts_and_members(home: Home) -> None:
    for user in (ALICE.id, "stranger", "member"):
        home.report(user, home.claim("chess"))
    home.report("member", home.claim("", source="guild", lasts=None, status=Status.OFFLINE))
    home.stage.clock.advance(10)
    now = home.stage.clock.now()
    for user in (ALICE.id, "stranger", "member"):
        home.deliver(user, Withdraw(home.claim().source))
        assert home.look(user).kept.last_seen_at == now
    assert home.probe("keeper").got(LastSeen) == [LastSeen(ALICE.id, now), LastSeen("member", now)]
    assert set(home.house.register.kept) == {ALICE.id, "member"}
    home.house.directory.tell(Deliver(ALICE.id, Withdraw(home.claim().source)))
    home.stage.settle()
    assert len(home.probe("keeper").got(LastSeen)) == 2, "who was not seen has not gone"


def test_a_lease_that_ends_while_the_user_sleeps_is_seen_to_end(home: Home) -> None:
    """As after a restart. Seen to fail: the user woke without the claim, and nobody heard that it had gone."""
    home.house.board.report(ALICE.id, home.claim(lasts=10))
    home.house.board.report(ALICE.id, home.claim("go", source="2", lasts=20))
    home.house.leases.move_in(home.stage.start(LeaseSupervisor, home.house))
    home.house.register.watched = True
    home.stage.clock.advance(10.06)
    home.stage.clock.advance(10)
    shown = [[a.name for a in spread.update.after.activities] for spread in home.probe("roster").got(Spread)]
    assert shown == [["go"], []]
    ends = [line for line in home.probe("journal").got(Record) if line.event == "lease-expired"]
    assert [line.path.rpartition("/")[2] for line in ends] == ["alice", "alice"]
    assert [line.details["late"] < 0.1 for line in ends] == [True, True]
    assert [seen.user for seen in home.probe("keeper").got(LastSeen)] == [ALICE.id]
    assert home.house.board.claims(ALICE.id) == ()


def test_what_ended_before_the_user_woke_for_something_else_is_never_shown(home: Home) -> None:
    home.house.board.report(ALICE.id, home.claim(lasts=-1))
    lane = home.watch(ALICE.id)
    assert lane.take() == ["snapshot alice"]
    assert home.house.board.claims(ALICE.id) == ()
    assert [seen.user for seen in home.probe("keeper").got(LastSeen)] == [ALICE.id]
