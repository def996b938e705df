"""A User's claims, on the Stage."""

from dataclasses import replace

import pytest

from actors.errors import Refused
from actors.messages.keeper import Forget, Remember
from actors.messages.leases import Grant, Release
from actors.messages.user import Lapsed, Look, Refresh, Report, Withdraw
from actors.presence import NOBODY, Source
from actors.user import IDLE_SECONDS
from tests.actors.home import Home
from tests.actors.viewers import PlainEncoding

# Claims


def test_a_report_is_kept_and_answered_with_the_claim_as_it_stands(home: Home) -> None:
    first = home.claim("chess")
    home.report("alice", first)
    home.stage.clock.advance(5)
    later = replace(home.claim("go"), since=home.stage.clock.now())
    stands = home.ask("alice", Report(later))
    assert stands == replace(later, since=first.since)
    assert home.look("alice").claims == (stands,)
    assert home.house.board.claims("alice") == (stands,)
    assert home.probe("keeper").got(Remember)[-1] == Remember("alice", stands, stands.expires_at)
    assert home.probe("leases").got(Grant) == [Grant("alice", first.source, first.expires_at)]


def test_only_known_refuses_a_stranger_and_one_whose_lease_is_over(home: Home) -> None:
    home.report("alice", home.claim(lasts=10))
    with pytest.raises(Refused, match="unknown-source"):
        home.ask("alice", Report(home.claim(source="2"), only_known=True))
    assert home.ask("alice", Report(home.claim("go", lasts=10), only_known=True)).activities[0].name == "go"
    home.stage.clock.elapsed += 10  # the news of the end has not come yet
    with pytest.raises(Refused, match="unknown-source"):
        home.ask("alice", Report(home.claim(), only_known=True))


def test_a_silent_report_tells_nobody(home: Home) -> None:
    lane = home.watch("alice", PlainEncoding(every_report=True))
    lane.take()
    home.deliver("alice", Report(home.claim(""), silent=True))
    assert lane.take() == []
    assert len(home.look("alice").claims) == 1


def test_a_refresh_moves_the_end_and_makes_no_update(home: Home) -> None:
    """Seen to fail when refresh published like report."""
    lane = home.watch("alice", PlainEncoding(every_report=True))
    home.report("alice", home.claim(lasts=10))
    lane.take()
    end = home.stage.clock.now() + 100
    assert home.ask("alice", Refresh(Source("session", "1"), end)).expires_at == end
    assert lane.take() == []
    home.stage.clock.advance(99)
    assert home.look("alice").claims
    home.stage.clock.advance(1.1)
    assert home.look("alice").claims == ()
    with pytest.raises(Refused, match="unknown-source"):
        home.ask("alice", Refresh(Source("session", "1"), end))


def test_a_withdrawn_claim_is_gone_everywhere(home: Home) -> None:
    home.report("alice", home.claim())
    lane = home.watch("alice")
    assert home.ask("alice", Withdraw(Source("session", "1"))) is True
    assert lane.take() == ["snapshot alice chess", "update alice"]
    assert home.house.board.claims("alice") == ()
    assert home.probe("leases").got(Release) == [Release("alice", Source("session", "1"))]
    assert home.probe("keeper").got(Forget) == [Forget("alice", Source("session", "1"))]
    assert home.ask("alice", Withdraw(Source("session", "1"))) is False


def test_withdrawing_what_was_not_to_be_believed_any_more_says_so(home: Home) -> None:
    home.report("alice", home.claim(lasts=10))
    home.stage.clock.elapsed += 10
    assert home.ask("alice", Withdraw(Source("session", "1"))) is False
    assert home.look("alice") == NOBODY


def test_a_sooner_end_is_told_the_leases_and_no_end_takes_the_lease_back(home: Home) -> None:
    home.report("alice", home.claim(lasts=100))
    home.report("alice", sooner := home.claim(lasts=10))
    assert home.probe("leases").got(Grant)[-1].expires_at == sooner.expires_at
    home.report("alice", home.claim(lasts=None))
    assert home.probe("leases").got(Release) == [Release("alice", sooner.source, goes_on=True)]
    home.stage.clock.advance(200)
    assert home.look("alice").claims


def test_a_user_that_starts_has_the_ends_of_what_it_finds_watched(home: Home) -> None:
    """Seen to fail without Tenure.take_up: an end that the last life fell over was never told again."""
    for source, lasts in (("1", 10.0), ("2", None), ("3", -5.0)):
        home.house.board.report("alice", home.claim(source=source, lasts=lasts))
    home.deliver("alice", Look())
    assert len(home.look("alice").claims) == 2
    home.stage.clock.advance(11)
    assert [claim.source.id for claim in home.house.board.claims("alice")] == ["2"]


def test_the_register_shows_what_is_known_of_whoever_is_awake(home: Home) -> None:
    presences = home.house.register.presences
    home.report("alice", home.claim())
    assert presences == {"alice": home.look("alice")}
    home.fall("alice")
    assert len(presences["alice"].claims) == 1
    home.deliver("alice", Withdraw(Source("session", "1")))
    home.fall("alice")
    assert presences == {}
    home.deliver("alice", Look())
    home.stage.clock.advance(IDLE_SECONDS + 1)
    assert presences == {}


def test_a_lease_renewed_while_its_end_is_under_way_goes_on(home: Home) -> None:
    home.report("alice", home.claim(lasts=10))
    renewed = home.claim("go", lasts=100)
    home.report("alice", renewed)
    home.deliver("alice", Lapsed("alice", renewed.source, renewed.since + 10))
    assert home.look("alice").activities[0].name == "go"
    assert home.probe("leases").got(Grant)[-1].expires_at == renewed.expires_at
