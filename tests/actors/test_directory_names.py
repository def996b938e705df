from typing import Any

from actors.messages.directory import Learn, Unlearn
from actors.messages.discord import Relinked
from actors.messages.keeper import Forget, Remember
from actors.messages.leases import Release
from actors.messages.user import Report, Unwatch, Watch
from actors.presence import NOBODY, Source, Subject
from tests.actors.home import ALICE, Home
from tests.actors.viewers import NotingLane, PlainEncoding


def test_an_account_appears_for_a_bare_name_with_its_watchers_and_claims(home: Home) -> None:
    claim = home.claim(lasts=10)
    home.report("alice", claim)
    lane = home.watch("alice")
    user = home.user("alice")
    home.probe("keeper").take()
    home.probe("leases").take()
    home.learn(ALICE)
    assert home.user("id-a") is user
    assert user.subject == ALICE
    assert home.house.board.claims("alice") == ()
    assert home.house.board.claims("id-a") == (claim,)
    assert home.probe("keeper").take() == [Forget("alice", claim.source), Remember("id-a", claim, claim.expires_at)]
    home.stage.clock.advance(11)
    assert lane.take() == ["snapshot alice chess", "update alice"]
    home.report("id-a", home.claim("go"))
    assert lane.take() == ["update alice go"]


def test_an_account_appears_for_a_bare_name_of_whom_there_are_but_claims(home: Home) -> None:
    """Seen to fail when only the living were looked at: the claims stayed on the board under a name nobody asks for."""
    claim = home.claim(lasts=10)
    home.house.board.report("alice", claim)
    home.learn(ALICE)
    assert home.house.board.claims("alice") == ()
    assert home.house.board.claims("id-a") == (claim,)
    assert home.look("alice").claims == (claim,)


def test_the_listener_of_discord_hears_whose_an_id_is(home: Home) -> None:
    ann, bob = ("discord", "100000000000000001"), ("discord", "100000000000000002")
    heard = home.probe("discord")
    home.learn(Subject("id-a", "alice", account=True, links=(ann, ("mastodon", "@a@b"))))
    home.learn(Subject("id-a", "alice", account=True, links=(bob,)))
    home.stage.tell(home.house.directory, Unlearn("id-a"))
    assert heard.take() == [Relinked((ann[1],)), Relinked((ann[1], bob[1])), Relinked((bob[1],))]
    home.learn(Subject("id-b", "bob", account=True, links=(("mastodon", "@b@b"),)))
    assert heard.take() == []


def test_a_renamed_account_keeps_its_user(home: Home) -> None:
    home.learn(ALICE)
    home.report("alice", home.claim())
    lane = home.watch("alice")
    user = home.user("id-a")
    home.learn(Subject("id-a", "bob", account=True))
    assert home.user("bob") is user
    home.report("id-a", home.claim("go"))
    assert lane.take() == ["snapshot alice chess", "update bob go"]
    assert home.watch("alice").take() == ["snapshot alice"]


def test_an_account_that_takes_the_name_of_somebody_bare_takes_in_claims_watchers_and_mail(home: Home) -> None:
    """Seen to fail when the second of the two took the first one's place: the first lived on and nobody reached it."""
    home.learn(ALICE)
    home.report("alice", home.claim("chess"))
    old_lane = home.watch("alice")
    home.report("bob", home.claim("go", source="2"))
    bare_lane = home.watch("bob")
    bare = home.user("bob")
    home.house.directory.tell(Learn(Subject("id-a", "bob", account=True)))
    home.house.register.refs["bob"].tell(Report(home.claim("shogi", source="3")))
    home.stage.settle()
    assert bare.actor_stopped.is_set()
    assert [activity.name for activity in home.look("bob").activities] == ["chess", "go", "shogi"]
    assert home.house.board.claims("bob") == ()
    assert len(home.house.board.claims("id-a")) == 3
    assert bare_lane.heard == [("fell", "bob")]
    assert set(home.house.register.presences) == {"id-a"}
    assert len(home.house.register.presences["id-a"].claims) == 3
    assert old_lane.take()[-1] == "update bob chess go shogi"
    assert Release("bob", Source("session", "2")) in home.probe("leases").mail


def test_a_removed_account_loses_its_claims_and_its_watchers_see_it(home: Home) -> None:
    home.learn(ALICE)
    home.report("alice", home.claim())
    lane = home.watch("alice")
    home.stage.tell(home.house.directory, Unlearn("id-a"))
    assert lane.take() == ["snapshot alice chess", "update alice"]
    assert home.look("alice") == NOBODY
    assert home.house.board.claims("id-a") == ()
    home.deliver("id-a", Report(home.claim("go")))  # whoever watched by the old id reaches who has the name
    assert lane.take() == ["update alice go"]
    home.learn(Subject("id-b", "alice", account=True))
    home.deliver("id-a", Unwatch(lane))  # type: ignore[arg-type]
    assert not home.user("id-b").watchers


def test_a_removed_account_whose_name_is_somebody_elses_by_now_dissolves_into_them(home: Home) -> None:
    """Seen to fail when it became them first: for a moment two users wrote one presence, and the last one none."""
    home.learn(ALICE)
    home.report("id-a", home.claim())
    lane = home.watch("id-a")
    home.learn(Subject("id-b", "alice", account=True))
    home.report("id-b", home.claim("go"))
    home.stage.tell(home.house.directory, Unlearn("id-a"))
    assert lane.take()[-1] == "update alice"
    assert lane.heard == [("fell", "id-a")]
    assert home.house.register.presences == {"id-b": home.look("id-b")}
    assert home.look("alice").activities[0].name == "go"


def test_a_removed_account_of_whom_there_are_but_claims_loses_them(home: Home) -> None:
    home.house.register.learn(ALICE)
    claim = home.claim()
    home.house.board.report("id-a", claim)
    home.stage.tell(home.house.directory, Unlearn("id-a"))
    assert home.house.board.claims("id-a") == ()
    assert home.probe("keeper").got(Forget) == [Forget("id-a", claim.source)]
    home.stage.tell(home.house.directory, Unlearn("id-a"))
    home.stage.tell(home.house.directory, Unlearn("nobody"))


def test_a_user_who_rests_may_be_given_an_account(home: Home) -> None:
    home.house.board.report("alice", home.claim())
    home.fall("alice", 6)
    home.report("alice", home.claim("go", source="2"))
    home.learn(ALICE)
    home.stage.clock.advance(20)
    assert [activity.name for activity in home.look("alice").activities] == ["chess", "go"]


def test_mail_for_a_watched_name_reaches_who_it_means(home: Home) -> None:
    home.learn(ALICE)
    lane: Any = NotingLane(PlainEncoding())
    for name in ("alice", "id-a"):
        home.deliver(name, Watch(lane))
    assert home.user("alice").watchers.lanes == [lane]
