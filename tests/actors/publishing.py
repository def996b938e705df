"""A house in which whatever a module says, and whatever becomes of it, is recorded; and modules of every temper."""

import contextlib

import gevent
import gevent.event
import gevent.queue

from actors.house import House
from actors.listener import Listener
from actors.messages.keeper import Record
from actors.presence import Activity, Source, Status
from actors.runtime import Actor, Address
from actors.settings import Module
from tests.clock import FakeClock, FakeTimer

SECONDS = 30.0
READING = Activity(name="Reading")
SOURCE = Source("module", "test")
MODULES = __name__
"""Where entries find the modules below, by their names, as a configuration would."""


class AppointmentBook(FakeClock):
    """A clock whose appointments can be waited for."""

    def __init__(self):
        super().__init__()
        self.appointed = gevent.event.Event()

    def after(self, seconds, call, *args) -> FakeTimer:
        timer = super().after(seconds, call, *args)
        self.appointed.set()
        return timer

    def wait_for_appointment(self):
        """Until somebody has made an appointment since the last time."""
        assert self.appointed.wait(SECONDS)
        self.appointed.clear()


class Recorder(Actor):
    """Takes every message and lets the test wait for it."""

    def __init__(self):
        super().__init__()
        self.mail = gevent.queue.Queue()

    def on_receive(self, message):
        self.mail.put(message)


class RecordedHouse:
    """A house in which the directory, the journal and the parent are recorders."""

    def __init__(self):
        self.clock = AppointmentBook()
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


# --- modules ---------------------------------------------------------------------------------------------------------


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
