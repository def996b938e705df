"""Listener: what cannot be helped, and what its supervisor makes of it."""

import pytest

from actors.errors import Fatal
from actors.falls import Limits
from actors.messages.supervision import ShutDown
from actors.modules.entry import load_entry
from actors.plan import plan
from actors.presence import Source
from actors.settings import Module
from actors.supervision import Supervisor
from tests.actors.publishing import MODULES, SECONDS

pytestmark = pytest.mark.live


# --- what cannot be helped -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("no.such.package:publish", "there is no module no;"),
        (f"{MODULES}:publish_elsewhere", "has no callable publish_elsewhere"),
        (f"{MODULES}:READING", "has no callable READING"),
        ("broken_module:publish", "broken_module cannot be imported, SyntaxError"),
        ("lacking_module:publish", "there is no module such_a_thing_is_missing;"),
    ],
)
def test_an_entry_that_cannot_be_had_is_fatal_with_a_readable_reason(recorded, entry, reason, tmp_path, monkeypatch):
    (tmp_path / "broken_module.py").write_text("def publish(:\n")
    (tmp_path / "lacking_module.py").write_text("import such_a_thing_is_missing\n")
    monkeypatch.syspath_prepend(tmp_path)
    recorded.start(entry, user="alice")
    fell = recorded.ended()
    assert fell.cause is Fatal
    assert entry in fell.message
    assert reason in fell.message


@pytest.mark.parametrize("options", [{}, {"user": ""}, {"user": 5}])
def test_a_module_without_a_user_is_fatal(recorded, options):
    recorded.start(f"{MODULES}:steady", **options)
    fell = recorded.ended()
    assert fell.cause is Fatal
    assert "[modules.test] needs user" in fell.message
    assert recorded.all_said()


def test_an_entry_is_the_callable_it_names():
    assert load_entry(f"{MODULES}:steady").__name__ == "steady"


# --- in the tree -----------------------------------------------------------------------------------------------------


def grow(recorded, **modules):
    """The listeners' branch of the plan, alive."""
    limits = Limits(falls=2, first_delay=1.0, jitter=0.0)
    nothing = dict.fromkeys(("archive", "measure", "claim_of", "outbox", "webhooks", "words"))
    tree = plan(recorded.house, None, None, 0, limits, modules=modules, senders={}, **nothing)
    branch = next(child for child in tree.children if child.address is recorded.house.listeners)
    ref = Supervisor.start(
        branch, recorded.clock, recorded.house.journal, parent=recorded.parent, path="presence/listeners"
    )
    branch.address.move_in(ref)
    recorded.refs.append(ref)
    return ref


def test_one_that_keeps_falling_comes_back_ever_later_and_is_parked_alone(recorded):
    modules = {
        "bad": Module(f"{MODULES}:raising", {"user": "bob"}),
        "good": Module(f"{MODULES}:steady", {"user": "alice"}),
    }
    grow(recorded, **modules)
    recorded.recorded("fell")
    for delay in (1.0, 2.0):
        back_off = next(t for t in iter_pending(recorded, delay))
        assert back_off.due == pytest.approx(recorded.clock.elapsed + delay)
        recorded.clock.advance(delay)
        assert recorded.recorded("restarted").path == "presence/listeners/module:bad"
        recorded.recorded("fell")
    parked = recorded.recorded("parked")
    assert parked.path == "presence/listeners/module:bad"
    assert parked.details["reason"] == "RuntimeError: out of ink"
    recorded.clock.advance(5.0)
    while (message := recorded.said()).user != "alice" or message.message.claim.expires_at < recorded.clock.now() + 20:
        pass
    assert message.message.claim.source == Source("module", "good")


def iter_pending(recorded, delay):
    """The pending timers that are so far away, waited for."""
    while not (found := [t for t in recorded.clock.pending if t.due == pytest.approx(recorded.clock.elapsed + delay)]):
        recorded.clock.wait_for_appointment()
    return found


def test_a_fatal_cause_parks_at_once(recorded):
    grow(recorded, gone=Module("no.such:thing", {"user": "bob"}))
    recorded.recorded("fell")
    parked = recorded.recorded("parked")
    assert parked.path == "presence/listeners/module:gone"
    assert "no.such:thing: there is no module no" in parked.details["reason"]
    assert recorded.clock.pending == []


def test_a_module_that_returns_is_not_started_again(recorded):
    ref = grow(recorded, done=Module(f"{MODULES}:done", {"user": "bob"}))
    recorded.recorded("stopped")
    ref.ask(ShutDown(), timeout=SECONDS)
    assert recorded.mail["journal"].qsize() == 0
    assert recorded.clock.pending == []
