"""Listener and Publisher: what a module says, and that nothing of it stays when it ends, however it ends."""

import gevent
import gevent.event
import gevent.queue
import pytest

from actors.listener import _Wake
from actors.messages.directory import Deliver
from actors.messages.supervision import Ended, Fell
from actors.messages.user import Report, Withdraw
from actors.presence import Activity, Link, Status
from tests.actors.publishing import MODULES, READING, SECONDS, SOURCE
from tests.clock import BEGINNING

pytestmark = pytest.mark.live


# --- what it says ----------------------------------------------------------------------------------------------------


def test_a_claim_has_the_modules_source_a_lease_and_the_configured_user(recorded):
    recorded.start(f"{MODULES}:steady", user="alice")
    message = recorded.said()
    assert isinstance(message, Deliver)
    assert message.user == "alice"
    claim = message.message.claim
    assert isinstance(message.message, Report)
    assert (claim.source, claim.activities, claim.status) == (SOURCE, (READING,), Status.DND)
    assert (claim.since, claim.expires_at) == (BEGINNING, BEGINNING + 20.0)


def test_a_wait_is_on_the_houses_clock(recorded):
    recorded.start(f"{MODULES}:steady", user="alice")
    recorded.said()
    recorded.clock.wait_for_appointment()
    recorded.clock.advance(4.9)
    assert len(recorded.clock.pending) == 1
    recorded.clock.advance(0.1)
    assert recorded.said().message.claim.expires_at == pytest.approx(BEGINNING + 25.0, abs=0.001)


# --- how it ends -----------------------------------------------------------------------------------------------------


def test_the_end_of_a_wait_that_was_given_up_means_nothing_to_the_next(recorded):
    ref = recorded.start(f"{MODULES}:steady", user="alice")
    recorded.said()
    recorded.clock.wait_for_appointment()
    ref.tell(_Wake())
    recorded.clock.pending[0].ring()
    assert isinstance(recorded.said().message, Report), "it waited on, and was woken"
    assert recorded.mail["parent"].qsize() == 0


@pytest.mark.parametrize("module", ["steady", "stubborn"])
def test_a_stop_ends_a_wait_and_withdraws_the_claim(recorded, module):
    ref = recorded.start(f"{MODULES}:{module}", user="alice")
    recorded.said()
    recorded.clock.wait_for_appointment()
    ref.stop(block=True, timeout=SECONDS)
    assert recorded.said() == Deliver("alice", Withdraw(SOURCE))
    assert isinstance(recorded.ended(), Ended)
    assert not ref.is_alive()
    assert recorded.clock.pending == []


def test_a_module_that_returns_is_done(recorded):
    ref = recorded.start(f"{MODULES}:done", user="alice")
    assert isinstance(recorded.said().message, Report)
    assert recorded.said() == Deliver("alice", Withdraw(SOURCE))
    assert isinstance(recorded.ended(), Ended)
    assert not ref.is_alive()


def test_a_module_that_raises_falls_and_its_claim_is_withdrawn(recorded):
    recorded.start(f"{MODULES}:raising", user="alice")
    assert isinstance(recorded.said().message, Report)
    assert recorded.said() == Deliver("alice", Withdraw(SOURCE))
    fell = recorded.ended()
    assert isinstance(fell, Fell)
    assert (fell.error, fell.message) == ("RuntimeError", "out of ink")


def test_a_module_stuck_elsewhere_is_ended_by_a_kill(recorded):
    ref = recorded.start(f"{MODULES}:stuck", user="alice")
    recorded.said()
    ref._actor_weakref().kill()
    assert recorded.said() == Deliver("alice", Withdraw(SOURCE))
    assert isinstance(recorded.ended(), Ended)


def test_a_module_that_swallows_its_end_does_not_hold_the_hub(recorded):
    ref = recorded.start(f"{MODULES}:deaf", user="alice")
    recorded.said()
    recorded.clock.wait_for_appointment()
    ref.stop(block=False)
    with pytest.raises(gevent.queue.Empty):
        recorded.mail["parent"].get(timeout=0.3)
    for _ in range(3):
        ref._actor_weakref().kill()
        gevent.idle()
    assert isinstance(recorded.ended(), Ended)


def test_a_module_that_said_nothing_withdraws_nothing(recorded):
    ref = recorded.start(f"{MODULES}:silent", user="alice")
    recorded.clock.wait_for_appointment()
    ref.stop(block=True, timeout=SECONDS)
    assert isinstance(recorded.ended(), Ended)
    assert recorded.all_said()


def test_what_was_taken_back_is_not_taken_back_again(recorded):
    recorded.start(f"{MODULES}:forgetful", user="alice")
    assert isinstance(recorded.said().message, Report)
    assert recorded.said() == Deliver("alice", Withdraw(SOURCE))
    assert isinstance(recorded.ended(), Ended)
    assert recorded.all_said()


def test_a_lease_of_no_length_is_a_fault_of_the_module(recorded):
    recorded.start(f"{MODULES}:never", user="alice")
    assert recorded.ended().error == "ValueError"
    assert recorded.all_said()


@pytest.mark.parametrize("lease", [float("nan"), float("inf"), -1.0, 86_401.0])
def test_a_lease_without_an_end_is_one_too(recorded, lease):
    recorded.start(f"{MODULES}:for_ever", user="alice", lease=lease)
    assert recorded.ended().error == "ValueError"
    assert recorded.all_said()


@pytest.mark.parametrize(
    "says",
    [
        "Reading",
        5,
        [READING, "Writing"],
        [Activity(name=7)],
        [Activity(details="not a Link")],
        [Activity(image="https://example.org/a.png")],
        [Activity(name="\ud800")],
        [Activity(meta={"file": object()})],
    ],
)
def test_what_is_no_activity_fells_the_module_and_not_the_user(recorded, says):
    recorded.start(f"{MODULES}:mistaken", user="alice", says=says)
    assert recorded.ended().error == "TypeError"
    assert recorded.all_said()


def test_a_status_that_is_none_is_a_fault_too(recorded):
    recorded.start(f"{MODULES}:mistaken", user="alice", says=[READING], status="dnd")
    assert recorded.ended().error == "TypeError"
    assert recorded.all_said()


def test_what_is_said_may_come_from_any_iterable(recorded):
    full = Activity(name="Cello", details=Link("Suite"), state=(Link("Bach", "https://example.org/"),), meta={"a": [1]})
    recorded.start(f"{MODULES}:mistaken", user="alice", says=iter([READING, full]))
    assert recorded.said().message.claim.activities == (READING, full)


def test_a_message_nobody_expects_fells_it(recorded):
    ref = recorded.start(f"{MODULES}:steady", user="alice")
    recorded.clock.wait_for_appointment()
    ref.tell("hello")
    assert recorded.ended().error == "TypeError"
    assert recorded.said().message.claim.source == SOURCE
    assert recorded.said() == Deliver("alice", Withdraw(SOURCE))
