"""Notifier: every difference is told once and in order, whatever happens to sockets, stores and processes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from actors.courier.reply import Answered, Unreached
from actors.errors import Unavailable
from actors.messages.courier import Delivered, Told
from actors.messages.directory import Learn, Unlearn
from actors.messages.leases import Grant
from actors.messages.user import Refresh, Withdraw
from actors.messages.webhooks import HowFares, Strike
from actors.presence import Source, Status, Subject
from actors.webhooks.book import UNTOUCHED, Deliveries
from actors.webhooks.notifier import AGAIN
from tests.actors.courier.cast import MemoryOutbox
from tests.actors.webhooks.cast import OWNER, KeptWebhooks, Office, webhook
from tests.stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as opened:
        yield opened


@pytest.fixture
def office(stage: Stage) -> Office:
    return Office(stage).open()


def test_who_is_there_is_told_at_once_and_nothing_of_the_others(office: Office) -> None:
    office.report("alice", office.claim("chess"))
    office.enroll(webhook("alice", "bob"))
    assert office.told() == [("came", "alice", 1, "online chess")]


def test_coming_changing_and_going_by_lease(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    office.report("alice", office.claim("chess", lasts=60))
    office.report("alice", office.claim("go", lasts=60))
    office.deliver("alice", Refresh(Source("session", "1"), stage.clock.now() + 90))
    assert office.told() == [("came", "alice", 1, "online chess"), ("changed", "alice", 2, "online go")]
    stage.clock.advance(89)
    assert office.told() == []
    stage.clock.advance(2)
    assert office.told() == [("went", "alice", 3, "")]


def test_what_nobody_sees_is_not_told(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    office.report("alice", office.claim("chess"))
    office.report("alice", replace(office.claim("secret"), status=Status.INVISIBLE))
    office.report("alice", replace(office.claim("more secret"), status=Status.INVISIBLE))
    assert [each[0] for each in office.told()] == ["came", "went"]


def test_a_user_is_asked_for_by_a_link_that_may_come_later(office: Office, stage: Stage) -> None:
    office.enroll(webhook("discord:100000000000000001", "100000000000000001", "mastodon:a@b.example"))
    alice = Subject("id-alice", "alice", account=True)
    stage.tell(office.house.directory, Learn(alice))
    office.report("alice", office.claim("chess"))
    assert office.told() == []
    stage.tell(office.house.directory, Learn(replace(alice, links=(("discord", "100000000000000001"),))))
    came = [("came", name, 1, "online chess") for name in ("100000000000000001", "discord:100000000000000001")]
    assert sorted(office.told()) == came
    stage.tell(office.house.directory, Learn(alice))
    assert {each[:2] for each in office.told()} == {("went", each[1]) for each in came}


def test_each_user_and_each_webhook_has_versions_of_its_own(office: Office) -> None:
    office.enroll(webhook("alice", "bob"))
    office.enroll(webhook("alice", ident="w2", url="https://two.example/hook"))
    for name in ("alice", "bob", "alice"):
        office.report(name, office.claim(f"{name} {len(office.host.heard)}"))
    versions = [(each[1], each[2]) for each in office.told()]
    assert sorted(versions) == [("alice", 1), ("alice", 1), ("alice", 2), ("alice", 2), ("bob", 1)]


def test_whom_nobody_asks_for_is_told_to_nobody(office: Office) -> None:
    office.enroll(webhook("alice"))
    office.report("carol", office.claim("chess"))
    assert office.told() == []


def test_a_name_that_becomes_an_account_goes_on_under_its_name(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    office.report("alice", office.claim("chess"))
    stage.tell(office.house.directory, Learn(Subject("id-a", "alice", account=True)))
    office.report("id-a", office.claim("go"))
    assert office.told()[-1][:2] == ("changed", "alice")
    office.deliver("id-a", Withdraw(Source("session", "1")))
    assert office.told() == [("went", "alice", 3, "")]


def test_an_account_that_is_renamed_is_gone_for_who_asks_by_name(office: Office, stage: Stage) -> None:
    stage.tell(office.house.directory, Learn(Subject("id-a", "alice", account=True)))
    office.enroll(webhook("alice", "id-a"))
    office.report("id-a", office.claim("chess"))
    assert sorted(each[:2] for each in office.told()) == [("came", "alice"), ("came", "id-a")]
    stage.tell(office.house.directory, Learn(Subject("id-a", "alicia", account=True)))
    assert office.told() == [("went", "alice", 2, "")]


def test_after_a_kill_the_difference_is_told_those_who_lapsed_meanwhile_included(stage: Stage) -> None:
    first = Office(stage).open()
    first.enroll(webhook("stays", "lapses", "changes", "comes"))
    for name in ("stays", "lapses", "changes"):
        first.report(name, first.claim("chess", lasts=600 if name != "lapses" else 30))
    assert len(first.told()) == 3
    stage.clock.advance(1)  # nobody is there to hear of what follows
    second = Office(stage, first.kept, first.host)
    stage.clock.elapsed += 100
    for name in ("stays", "changes", "comes"):
        second.house.board.report(name, second.claim("chess" if name == "stays" else "go", lasts=600))
    second.house.board.report("lapses", replace(second.claim("chess"), expires_at=stage.clock.now() - 70))
    second.open()
    assert sorted(second.told()) == [
        ("came", "comes", 1, "online go"),
        ("changed", "changes", 2, "online go"),
        ("went", "lapses", 2, ""),
    ]


def test_a_life_that_falls_tells_nothing_twice(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    office.report("alice", office.claim("chess"))
    office.told()
    stage.tell(office.house.notifier, "nonsense")
    assert [fall.error for fall in stage.fallen()] == ["TypeError"]
    office.report("alice", office.claim("go"))
    office.notify()
    stage.settle()
    assert office.told() == [("changed", "alice", 2, "online go")]


def test_what_fell_before_it_was_posted_is_told_by_the_next_life(office: Office, stage: Stage) -> None:
    """As if it fell between the book and the outbox: what is kept decides, and no version is given twice."""
    office.enroll(webhook("alice"))
    office.report("alice", office.claim("chess"))
    office.told()
    stage.tell(office.house.notifier, "nonsense")
    assert [fall.error for fall in stage.fallen()] == ["TypeError"]
    office.book.told["w1", "alice"] = Told("alice", 2, "online go")
    office.report("alice", office.claim("go"))
    office.notify()
    stage.settle()
    assert office.told() == [("changed", "alice", 3, "online go")]


def test_a_store_that_is_away_delays_and_loses_nothing(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    office.kept.outbox.away = True
    office.report("alice", office.claim("chess"))
    assert office.told() == []
    office.kept.outbox.away = False
    stage.clock.advance(AGAIN)
    assert [each[::3] for each in office.told()] == [("came", "online chess")]


def test_a_store_that_is_away_at_the_start_is_asked_again(stage: Stage) -> None:
    kept = KeptWebhooks(MemoryOutbox(), {"w1": webhook("alice")}, away=True)
    office = Office(stage, kept).open()
    office.report("alice", office.claim("chess"))
    assert office.told() == []
    kept.away = False
    stage.clock.advance(AGAIN)
    assert office.told() == [("came", "alice", 1, "online chess")]


def test_a_receiver_that_says_410_is_told_no_more(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    office.host.otherwise = Answered(410)
    office.report("alice", office.claim("chess"))
    stage.settle()
    assert office.kept.rows == {}
    office.host.take()
    office.report("alice", office.claim("go"))
    assert office.told() == []


def test_one_that_says_404_is(office: Office) -> None:
    office.enroll(webhook("alice"))
    office.host.replies = {json.dumps(("came", "alice", 1, "online chess")).encode(): [Answered(404)]}
    office.report("alice", office.claim("chess"))
    office.report("alice", office.claim("go"))
    assert [each[0] for each in office.told()] == ["came", "changed"]
    assert office.kept.rows


def test_how_a_webhook_fares_is_known(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    assert stage.ask(office.house.notifier, HowFares("w1")) == UNTOUCHED == Deliveries()
    office.host.otherwise = Unreached("unreachable")
    office.report("alice", office.claim("chess"))
    fares = stage.ask(office.house.notifier, HowFares("w1"))
    assert (fares.delivered, fares.last_status, fares.last_error) == (0, None, "unreachable")
    assert 0.8 <= fares.again_at - stage.clock.now() <= 1.2
    office.host.otherwise = Answered(404)
    stage.clock.advance(2)
    office.host.otherwise = Answered(200)
    office.report("alice", office.claim("go"))
    fares = stage.ask(office.house.notifier, HowFares("w1"))
    assert (fares.delivered, fares.given_up, fares.last_status, fares.again_at) == (1, 1, 200, None)


def test_each_outcome_is_told_with_its_time_and_no_older_fault(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    office.host.otherwise = Answered(404)
    office.report("alice", office.claim("chess"))
    at = stage.clock.now()
    refused = stage.ask(office.house.notifier, HowFares("w1"))
    assert refused == Deliveries(0, 1, 404, refused.last_error, at, None)
    stage.clock.advance(5)
    office.host.otherwise = Answered(200)
    for what in ("go", "whist"):
        office.report("alice", office.claim(what))
    assert stage.ask(office.house.notifier, HowFares("w1")) == Deliveries(2, 1, 200, None, at + 5, None)
    assert stage.ask(office.house.notifier, HowFares("other")) == UNTOUCHED
    stage.ask(office.house.notifier, Strike("w1"))
    stage.tell(office.house.notifier, Delivered("webhook:w1", "p", 200, 0.1))  # was under way
    assert (stage.ask(office.house.notifier, HowFares("w1")), office.book.fared) == (UNTOUCHED, {})


def test_what_is_posted_goes_to_the_webhooks_address_signed_with_its_secret(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    notifier = stage.actor(office.house.notifier.ref)
    known = notifier.destination("webhook:w1")
    assert (known.url, known.owner, known.key) == ("https://one.example/hook", office.house.notifier, b"secret")
    assert notifier.destination("webhook:w2") is None
    stage.tell(office.house.directory, Unlearn(OWNER.id))
    assert notifier.destination("webhook:w1") is None


def test_a_webhook_whose_end_cannot_be_written_goes_on_until_it_says_so_again(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    office.host.otherwise = Answered(410)
    office.kept.away = True
    with capture_logs() as lines:
        office.report("alice", office.claim("chess"))
        assert list(office.book.webhooks) == ["w1"] == list(office.kept.rows)
        office.kept.away = False
        office.report("alice", office.claim("go"))
    ended = {"event": "webhook ended by its receiver", "log_level": "info", "webhook": "w1"}
    assert (lines.count(ended), office.book.webhooks, office.kept.rows) == (1, {}, {})


def test_a_webhook_that_is_struck_leaves_nothing_to_be_delivered(office: Office, stage: Stage) -> None:
    office.host.otherwise = Answered(500)
    office.enroll(webhook("alice"))
    office.report("alice", office.claim("chess"))
    office.host.take()
    stage.ask(office.house.notifier, Strike("w1"))
    assert not office.kept.outbox.rows, "at once, not when its next try finds nobody"
    stage.clock.advance(3600)
    assert office.told() == []
    assert not office.kept.outbox.rows
    assert not office.house.register.hooked
    stage.ask(office.house.notifier, Strike("w1"))


def test_a_strike_that_cannot_be_stored_is_said(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    office.kept.outbox.away = True
    with pytest.raises(Unavailable):
        stage.ask(office.house.notifier, Strike("w1"))


def test_an_account_that_is_gone_takes_its_webhooks_along(office: Office, stage: Stage) -> None:
    office.enroll(webhook("alice"))
    stage.tell(office.house.directory, Unlearn(OWNER.id))
    office.report("alice", office.claim("chess"))
    stage.clock.advance(10)
    assert office.told() == []
    assert not office.book.webhooks
    assert not office.kept.outbox.rows


moves = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.sampled_from(["alice", "bob"]), st.integers(1, 90)),
        st.tuples(st.just("withdraw"), st.sampled_from(["alice", "bob"]), st.none()),
        st.tuples(st.just("wait"), st.integers(0, 100), st.none()),
        st.tuples(st.just("away"), st.integers(0, 3), st.none()),
        st.tuples(st.just("kill"), st.integers(0, 100), st.none()),
    ),
    max_size=25,
)


@given(moves)
def test_whatever_happens_what_was_delivered_ends_on_the_truth(plot: list[Any]) -> None:
    with Stage() as stage:
        office = Office(stage).open()
        office.enroll(webhook("alice", "bob"))
        for number, (move, what, lasts) in enumerate(plot):
            if move == "claim":
                office.report(what, office.claim(f"move {number}", lasts=lasts))
            elif move == "withdraw":
                office.deliver(what, Withdraw(Source("session", "1")))
            elif move == "wait":
                stage.clock.advance(what)
            elif move == "away":
                office.kept.outbox.away = True
                stage.clock.advance(what)
                office.kept.outbox.away = False
            else:
                office = _killed(office, what)
        stage.clock.advance(AGAIN)
        _check(office)


def _killed(office: Office, seconds: float) -> Office:
    """Another process, so many seconds after this one, with what storage has: every claim, with its own end."""
    stage, board = office.stage, office.house.board
    for address in (office.house.courier, office.house.notifier):
        actor = stage.actor(address.ref)
        actor.on_stop = lambda: None
        address.ref.stop(block=False)
    stage.settle()
    stage.clock.elapsed += seconds
    after = Office(stage, office.kept, office.host)
    for user in board.users():
        for claim in board.claims(user):
            if not claim.expired(stage.clock.now()):
                after.house.board.report(user, claim)
                after.house.leases.tell(Grant(user, claim.source, claim.expires_at, again=True))  # as a start does
    after.open()
    stage.settle()
    return after


def _check(office: Office) -> None:
    seen: dict[str, bytes] = {}
    newest: dict[str, tuple[int, str]] = {}
    for ident, body in office.host.heard:
        assert seen.setdefault(ident, body) == body, "a duplicate is the same"
        _, user, version, shown = json.loads(body)
        if version > newest.get(user, (0, ""))[0]:
            newest[user] = version, shown
    for user in ("alice", "bob"):
        truth = office.house.known(user)
        wanted = f"online {truth.activities[0].name}" if truth.activities else ""
        assert newest.get(user, (0, ""))[1] == wanted
