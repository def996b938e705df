"""How a User shows what is said by its account's rules, on the Stage: what was said is kept, what is shown is told."""

from dataclasses import replace

import pytest

from actors.gradient import wished_images
from actors.messages.directory import Unlearn
from actors.messages.keeper import Remember
from actors.messages.painter import Wish
from actors.messages.user import Refresh, Report, Reshape
from actors.presence import Activity, Claim, Picture, Subject
from actors.transformations import Shaping
from actors.user import IDLE_SECONDS
from tests.actors.home import ALICE, Home, Poison

pytestmark = pytest.mark.usefixtures("alice")


def loudly(claims: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """Every name in capitals; what is secret is not shown at all."""
    return tuple(
        replace(
            claim,
            activities=tuple(
                replace(each, name=each.name.upper()) for each in claim.activities if each.name != "secret"
            ),
        )
        for claim in claims
    )


def shape(home: Home, revision: int = 1, account: str = ALICE.id, *, on: bool = True) -> None:
    home.deliver(account, Reshape(Shaping(account, revision, loudly if on else None)))


def names(home: Home, who: str = "alice") -> list[str]:
    """What is shown, and what whoever wakes nobody reads."""
    shown = [each.name for each in home.look(who).activities]
    assert shown == [each.name for each in home.house.known(home.house.register.resolve(who)).activities]
    return shown


def test_what_is_live_is_shown_otherwise_at_once_and_again_as_it_was_said(home: Home) -> None:
    home.report(ALICE.id, home.claim("chess"))
    lane = home.watch(ALICE.id)
    lane.take()
    shape(home)
    assert (names(home), len(lane.take())) == (["CHESS"], 1)
    home.report(ALICE.id, home.claim("go"))
    assert (names(home), len(lane.take())) == (["GO"], 1)
    shape(home, 2, on=False)
    assert (names(home), len(lane.take())) == (["go"], 1)


def test_rules_that_change_nothing_are_no_news(home: Home) -> None:
    home.report(ALICE.id, home.claim("CHESS"))
    lane = home.watch(ALICE.id)
    lane.take()
    shape(home)
    assert (names(home), lane.take()) == (["CHESS"], [])


def test_what_is_kept_is_what_was_said(home: Home) -> None:
    shape(home)
    claim = home.claim("chess")
    home.report(ALICE.id, claim)
    until = home.stage.clock.now() + 90
    stands = home.stage.ask(home.house.register.refs[ALICE.id], Refresh(claim.source, until))
    assert stands == replace(claim, expires_at=until)
    assert home.house.board.claims(ALICE.id) == (stands,)
    assert [each.claim for each in home.probe("keeper").got(Remember)] == [claim, stands]
    assert home.look("alice").claims == loudly((stands,))


def test_what_looks_the_same_may_have_been_said_anew(home: Home) -> None:
    shape(home)
    for name in ("chess", "Chess"):
        home.report(ALICE.id, home.claim(name))
    assert names(home) == ["CHESS"]
    shape(home, 2, on=False)
    assert names(home) == ["Chess"]


def test_a_claim_of_which_nothing_is_shown_lives_on_and_ends(home: Home) -> None:
    shape(home)
    home.report(ALICE.id, home.claim("secret"))
    assert names(home) == []
    stands = home.stage.ask(home.house.register.refs[ALICE.id], Report(home.claim("go"), only_known=True))
    assert (stands.activities, names(home)) == ((Activity("go"),), ["GO"])
    home.stage.clock.advance(61)
    home.deliver(ALICE.id, Report(home.claim("chess", source="2")))
    assert names(home) == ["CHESS"]


def test_they_outlive_the_actor_that_rests_or_falls(home: Home) -> None:
    shape(home)
    home.stage.clock.advance(IDLE_SECONDS + 1)
    assert home.user("alice") is None
    home.report(ALICE.id, home.claim("chess"))
    home.deliver(ALICE.id, Poison())
    lane = home.watch(ALICE.id)
    assert names(home) == ["CHESS"]
    assert lane.take()


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_what_comes_late_does_not_win(home: Home, order: tuple[int, int]) -> None:
    home.report(ALICE.id, home.claim("chess"))
    for revision in order:
        shape(home, revision, on=revision == 1)
    assert names(home) == ["chess"]


def test_they_go_with_the_account_and_do_not_pass_to_whoever_has_the_name(home: Home) -> None:
    shape(home)
    home.report(ALICE.id, home.claim("chess"))
    home.stage.tell(home.house.directory, Unlearn(ALICE.id))
    shape(home, 2)
    home.report("alice", home.claim("go"))
    assert names(home) == ["go"]
    assert dict(home.house.register.shapings) == {}
    home.learn(Subject("id-b", "alice", account=True))
    assert names(home) == ["go"]


def test_a_name_that_becomes_an_account_is_shown_by_its_rules(home: Home) -> None:
    home.report("carol", home.claim("chess"))
    home.house.register.shapings["id-c"] = Shaping("id-c", 1, loudly)
    home.learn(Subject("id-c", "carol", account=True))
    assert names(home, "carol") == ["CHESS"]
    assert [each.activities for each in home.house.board.claims("id-c")] == [(Activity("chess"),)]


def test_a_picture_that_is_not_shown_is_not_asked_for(home: Home) -> None:
    picture = Activity("secret", image=Picture("https://example.org/a.png"), gradient=True)
    said = replace(home.claim(""), activities=(picture,))
    home.report(ALICE.id, said)
    wished = wished_images(home.look("alice"))
    assert wished
    shape(home)
    assert [each.images for each in home.probe("painter").got(Wish)] == [wished, ()]
