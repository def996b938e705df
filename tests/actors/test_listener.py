"""Listener and Publisher: what a module says, and that nothing of it stays when it ends, however it ends."""

import contextlib
from functools import partial

import gevent
import gevent.event
import gevent.queue
import pytest

from actors.errors import Fatal
from actors.falls import Limits
from actors.house import House
from actors.listener import Listener, _Wake
from actors.messages.directory import Deliver
from actors.messages.keeper import Record
from actors.messages.supervision import Ended, Fell, ShutDown
from actors.messages.user import Report, Withdraw
from actors.modules.entry import load_entry
from actors.plan import plan
from actors.presence import Activity, Link, Source, Status
from actors.runtime import Actor, Address
from actors.settings import Module
from actors.supervision import Supervisor

pytestmark = pytest.mark.live

SECONDS = 5.0
READING = Activity(name="Reading")
SOURCE = Source("module", "test")


class Timer:
    def __init__(self, due, call):
        self.due, self.call, self.cancelled = due, call, False

    def cancel(self):
        self.cancelled = True


class StillClock:
    """Stands still until it is moved."""

    def __init__(self):
        self.time = 1_000.0
        self.timers = []
        self.appointed = gevent.event.Event()

    def now(self):
        return self.time

    monotonic = now

    def after(self, seconds, call, *args):
        self.timers.append(Timer(self.time + seconds, partial(call, *args)))
        self.appointed.set()
        return self.timers[-1]

    def pending(self):
        return [timer for timer in self.timers if not timer.cancelled]

    def wait_for_appointment(self):
        """Until somebody has made an appointment since the last time."""
        assert self.appointed.wait(SECONDS)
        self.appointed.clear()

    def advance(self, seconds):
        self.time += seconds
        due = [timer for timer in self.pending() if timer.due <= self.time]
        self.timers = [timer for timer in self.pending() if timer not in due]
        for timer in due:
            timer.call()


class Recorder(Actor):
    """Takes every message and lets the test wait for it."""

    def __init__(self):
        super().__init__()
        self.mail = gevent.queue.Queue()

    def on_receive(self, message):
        self.mail.put(message)


class Stage:
    """A house in which the directory, the journal and the parent are recorders."""

    def __init__(self):
        self.clock = StillClock()
        self.house = House(self.clock, board=None)
        self.parent = Address("parent")
        self.mail = {}
        self.refs = []
        for address in (self.house.directory, self.house.journal, self.parent):
            ref = Recorder.start()
            self.refs.append(ref)
            address.move_in(ref)
            self.mail[address.name] = ref._actor_weakref().mail

    def start(self, entry, **options):
        ref = Listener.start("test", Module(entry, options), self.house, parent=self.parent, path="listeners/test")
        self.refs.append(ref)
        return ref

    def said(self):
        return self.mail["directory"].get(timeout=SECONDS)

    def ended(self):
        return self.mail["parent"].get(timeout=SECONDS)

    def recorded(self, event):
        """The next record of this event."""
        while True:
            record = self.mail["journal"].get(timeout=SECONDS)
            assert isinstance(record, Record)
            if record.event == event:
                return record

    def all_said(self):
        return self.mail["directory"].qsize() == 0


@pytest.fixture
def stage():
    made = Stage()
    yield made
    for ref in made.refs:
        if ref.is_alive():
            ref.stop()


# --- modules, found by their names as a configuration would ---------------------------------------------------------


def steady(publisher):
    while True:
        publisher.say([READING], lease=20.0, status=Status.DND)
        publisher.wait(5.0)


def done(publisher):
    publisher.say([READING], lease=20.0)


def silent(publisher):
    publisher.wait(5.0)


def raising(publisher):
    publisher.say([READING], lease=20.0)
    raise RuntimeError("out of ink")


def never(publisher):
    publisher.say([READING], lease=0.0)


def mistaken(publisher):
    publisher.say(publisher.options["says"], lease=20.0, status=publisher.options.get("status"))


def for_ever(publisher):
    publisher.say([READING], lease=publisher.options["lease"])


def stuck(publisher):
    publisher.say([READING], lease=20.0)
    gevent.event.Event().wait()


def forgetful(publisher):
    publisher.say([READING], lease=20.0)
    publisher.clear()
    publisher.clear()


def stubborn(publisher):
    """Catches what it may; a stop is no Exception."""
    while True:
        try:
            publisher.say([READING], lease=20.0)
            publisher.wait(5.0)
        except Exception:  # noqa: BLE001 - as careless modules do
            raise AssertionError("a stop must not look like an error") from None


def deaf(publisher):
    """Catches more than it may, as `except:` does; in the end it returns."""
    publisher.say([READING], lease=20.0)
    for _ in range(4):
        with contextlib.suppress(BaseException):
            publisher.wait(5.0)


NOT_CALLABLE = 5


# --- what it says ----------------------------------------------------------------------------------------------------


def test_a_claim_has_the_modules_source_a_lease_and_the_configured_user(stage):
    stage.start(f"{__name__}:steady", user="alice")
    message = stage.said()
    assert isinstance(message, Deliver)
    assert message.user == "alice"
    claim = message.message.claim
    assert isinstance(message.message, Report)
    assert (claim.source, claim.activities, claim.status) == (SOURCE, (READING,), Status.DND)
    assert (claim.since, claim.expires_at) == (1_000.0, 1_020.0)


def test_a_wait_is_on_the_houses_clock(stage):
    stage.start(f"{__name__}:steady", user="alice")
    stage.said()
    stage.clock.wait_for_appointment()
    stage.clock.advance(4.9)
    assert len(stage.clock.pending()) == 1
    stage.clock.advance(0.1)
    assert stage.said().message.claim.expires_at == pytest.approx(1_025.0)


# --- how it ends -----------------------------------------------------------------------------------------------------


def test_the_end_of_a_wait_that_was_given_up_means_nothing_to_the_next(stage):
    ref = stage.start(f"{__name__}:steady", user="alice")
    stage.said()
    stage.clock.wait_for_appointment()
    ref.tell(_Wake())
    stage.clock.pending()[0].call()
    assert isinstance(stage.said().message, Report), "it waited on, and was woken"
    assert stage.mail["parent"].qsize() == 0


@pytest.mark.parametrize("module", ["steady", "stubborn"])
def test_a_stop_ends_a_wait_and_withdraws_the_claim(stage, module):
    ref = stage.start(f"{__name__}:{module}", user="alice")
    stage.said()
    stage.clock.wait_for_appointment()
    ref.stop(block=True, timeout=SECONDS)
    assert stage.said() == Deliver("alice", Withdraw(SOURCE))
    assert isinstance(stage.ended(), Ended)
    assert not ref.is_alive()
    assert stage.clock.pending() == []


def test_a_module_that_returns_is_done(stage):
    ref = stage.start(f"{__name__}:done", user="alice")
    assert isinstance(stage.said().message, Report)
    assert stage.said() == Deliver("alice", Withdraw(SOURCE))
    assert isinstance(stage.ended(), Ended)
    assert not ref.is_alive()


def test_a_module_that_raises_falls_and_its_claim_is_withdrawn(stage):
    stage.start(f"{__name__}:raising", user="alice")
    assert isinstance(stage.said().message, Report)
    assert stage.said() == Deliver("alice", Withdraw(SOURCE))
    fell = stage.ended()
    assert isinstance(fell, Fell)
    assert (fell.error, fell.message) == ("RuntimeError", "out of ink")


def test_a_module_stuck_elsewhere_is_ended_by_a_kill(stage):
    ref = stage.start(f"{__name__}:stuck", user="alice")
    stage.said()
    ref._actor_weakref().kill()
    assert stage.said() == Deliver("alice", Withdraw(SOURCE))
    assert isinstance(stage.ended(), Ended)


def test_a_module_that_swallows_its_end_does_not_hold_the_hub(stage):
    ref = stage.start(f"{__name__}:deaf", user="alice")
    stage.said()
    stage.clock.wait_for_appointment()
    ref.stop(block=False)
    with pytest.raises(gevent.queue.Empty):
        stage.mail["parent"].get(timeout=0.3)
    for _ in range(3):
        ref._actor_weakref().kill()
        gevent.idle()
    assert isinstance(stage.ended(), Ended)


def test_a_module_that_said_nothing_withdraws_nothing(stage):
    ref = stage.start(f"{__name__}:silent", user="alice")
    stage.clock.wait_for_appointment()
    ref.stop(block=True, timeout=SECONDS)
    assert isinstance(stage.ended(), Ended)
    assert stage.all_said()


def test_what_was_taken_back_is_not_taken_back_again(stage):
    stage.start(f"{__name__}:forgetful", user="alice")
    assert isinstance(stage.said().message, Report)
    assert stage.said() == Deliver("alice", Withdraw(SOURCE))
    assert isinstance(stage.ended(), Ended)
    assert stage.all_said()


def test_a_lease_of_no_length_is_a_fault_of_the_module(stage):
    stage.start(f"{__name__}:never", user="alice")
    assert stage.ended().error == "ValueError"
    assert stage.all_said()


@pytest.mark.parametrize("lease", [float("nan"), float("inf"), -1.0, 86_401.0])
def test_a_lease_without_an_end_is_one_too(stage, lease):
    stage.start(f"{__name__}:for_ever", user="alice", lease=lease)
    assert stage.ended().error == "ValueError"
    assert stage.all_said()


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
def test_what_is_no_activity_fells_the_module_and_not_the_user(stage, says):
    stage.start(f"{__name__}:mistaken", user="alice", says=says)
    assert stage.ended().error == "TypeError"
    assert stage.all_said()


def test_a_status_that_is_none_is_a_fault_too(stage):
    stage.start(f"{__name__}:mistaken", user="alice", says=[READING], status="dnd")
    assert stage.ended().error == "TypeError"
    assert stage.all_said()


def test_what_is_said_may_come_from_any_iterable(stage):
    full = Activity(name="Cello", details=Link("Suite"), state=(Link("Bach", "https://example.org/"),), meta={"a": [1]})
    stage.start(f"{__name__}:mistaken", user="alice", says=iter([READING, full]))
    assert stage.said().message.claim.activities == (READING, full)


def test_a_message_nobody_expects_fells_it(stage):
    ref = stage.start(f"{__name__}:steady", user="alice")
    stage.clock.wait_for_appointment()
    ref.tell("hello")
    assert stage.ended().error == "TypeError"
    assert stage.said().message.claim.source == SOURCE
    assert stage.said() == Deliver("alice", Withdraw(SOURCE))


# --- what cannot be helped -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("no.such.package:publish", "there is no module no;"),
        (f"{__name__}:publish_elsewhere", "has no callable publish_elsewhere"),
        (f"{__name__}:NOT_CALLABLE", "has no callable NOT_CALLABLE"),
        ("broken_module:publish", "broken_module cannot be imported, SyntaxError"),
        ("lacking_module:publish", "there is no module such_a_thing_is_missing;"),
    ],
)
def test_an_entry_that_cannot_be_had_is_fatal_with_a_readable_reason(stage, entry, reason, tmp_path, monkeypatch):
    (tmp_path / "broken_module.py").write_text("def publish(:\n")
    (tmp_path / "lacking_module.py").write_text("import such_a_thing_is_missing\n")
    monkeypatch.syspath_prepend(tmp_path)
    stage.start(entry, user="alice")
    fell = stage.ended()
    assert fell.cause is Fatal
    assert entry in fell.message
    assert reason in fell.message


@pytest.mark.parametrize("options", [{}, {"user": ""}, {"user": 5}])
def test_a_module_without_a_user_is_fatal(stage, options):
    stage.start(f"{__name__}:steady", **options)
    fell = stage.ended()
    assert fell.cause is Fatal
    assert "[modules.test] needs user" in fell.message
    assert stage.all_said()


def test_an_entry_is_the_callable_it_names():
    assert load_entry(f"{__name__}:steady").__name__ == "steady"


# --- in the tree -----------------------------------------------------------------------------------------------------


def grow(stage, **modules):
    """The listeners' branch of the plan, alive."""
    limits = Limits(falls=2, first_delay=1.0, jitter=0.0)
    nothing = dict.fromkeys(("archive", "measure", "claim_of", "outbox", "webhooks", "words"))
    tree = plan(stage.house, None, None, 0, limits, modules=modules, senders={}, **nothing)
    branch = next(child for child in tree.children if child.address is stage.house.listeners)
    ref = Supervisor.start(branch, stage.clock, stage.house.journal, parent=stage.parent, path="presence/listeners")
    branch.address.move_in(ref)
    stage.refs.append(ref)
    return ref


def test_one_that_keeps_falling_comes_back_ever_later_and_is_parked_alone(stage):
    modules = {
        "bad": Module(f"{__name__}:raising", {"user": "bob"}),
        "good": Module(f"{__name__}:steady", {"user": "alice"}),
    }
    grow(stage, **modules)
    stage.recorded("fell")
    for delay in (1.0, 2.0):
        back_off = next(t for t in iter_pending(stage, delay))
        assert back_off.due == pytest.approx(stage.clock.time + delay)
        stage.clock.advance(delay)
        assert stage.recorded("restarted").path == "presence/listeners/module:bad"
        stage.recorded("fell")
    parked = stage.recorded("parked")
    assert parked.path == "presence/listeners/module:bad"
    assert parked.details["reason"] == "RuntimeError: out of ink"
    stage.clock.advance(5.0)
    while (message := stage.said()).user != "alice" or message.message.claim.expires_at < stage.clock.time + 20:
        pass
    assert message.message.claim.source == Source("module", "good")


def iter_pending(stage, delay):
    """The pending timers that are so far away, waited for."""
    while not (found := [t for t in stage.clock.pending() if t.due == pytest.approx(stage.clock.time + delay)]):
        stage.clock.wait_for_appointment()
    return found


def test_a_fatal_cause_parks_at_once(stage):
    grow(stage, gone=Module("no.such:thing", {"user": "bob"}))
    stage.recorded("fell")
    parked = stage.recorded("parked")
    assert parked.path == "presence/listeners/module:gone"
    assert "no.such:thing: there is no module no" in parked.details["reason"]
    assert stage.clock.pending() == []


def test_a_module_that_returns_is_not_started_again(stage):
    ref = grow(stage, done=Module(f"{__name__}:done", {"user": "bob"}))
    stage.recorded("stopped")
    ref.ask(ShutDown(), timeout=SECONDS)
    assert stage.mail["journal"].qsize() == 0
    assert stage.clock.pending() == []
