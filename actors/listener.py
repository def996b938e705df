"""Listener: gives one in-process module a greenlet and a voice; what it says is withdrawn when it ends.

Its supervisor restarts it after a fall and parks it for a Fatal, as it will the listeners of upstream wires.
"""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

import gevent
import msgspec
import orjson
from gevent import GreenletExit
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.errors import Fatal
from actors.house import House
from actors.messages.directory import Deliver
from actors.messages.user import Report, Withdraw
from actors.modules.entry import load_entry
from actors.presence import Activity, Claim, Source, Status
from actors.runtime import WaitingActor, handles
from actors.settings import Module
from actors.values import Values

LONGEST_LEASE = 86_400.0
"""Seconds; the longest that any dialect gives."""

DEAF_SECONDS = 1.0
"""The pause before a module that has swallowed its end is told again: meanwhile the hub belongs to others."""

_ACTIVITIES = msgspec.json.Decoder(tuple[Activity, ...])


class _Run:
    """To oneself: begin. Not in on_start, so that a stop or a kill while the module runs is no failed start."""


class _Wake:
    """To oneself: a wait is over. The object tells its end from a late one, of a wait that was given up."""


class Listener(WaitingActor):
    """Runs one module, in its own greenlet; the module gets mail only while it waits."""

    def __init__(self, name: str, module: Module, house: House) -> None:
        super().__init__()
        self.module = module
        self.publisher = Publisher(name, module.options, house, self)
        self.told_to_end = False

    def on_start(self) -> None:
        """Begin in a message of one's own."""
        self.remind(_Run())

    def on_stop(self) -> None:
        """Law 4: a source's claim dies with it."""
        self.publisher.clear()

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """The same after a fall: until it is started again nobody speaks for it."""
        self.publisher.clear()

    @handles(_Run)
    def run(self, _: _Run) -> None:
        """Run the module to its end; when it returns, this listener is done."""
        try:
            publish = load_entry(self.module.entry)
            publish(self.publisher)
        except KeyboardInterrupt as error:  # nobody's key: the server takes SIGINT otherwise, and others let this pass
            self._fall(error)
        else:
            self._stop()

    @handles(_Wake)
    def wake_late(self, _: _Wake) -> None:
        """The end of a wait that has been given up; there is nothing to do."""

    def wait_for_mail(self, awaited: object) -> None:
        """Handle mail until this message comes; a stop leaves the module by GreenletExit."""
        while True:
            envelope: Envelope[Any] = self.actor_inbox.get()
            if envelope.message is awaited:
                return
            if isinstance(envelope.message, _ActorStop):
                self.actor_inbox.put(envelope)  # whoever asked for it is answered when the actor has stopped
                if self.told_to_end:
                    gevent.sleep(DEAF_SECONDS)
                self.told_to_end = True
                raise GreenletExit
            if not isinstance(envelope.message, _Wake):
                self.on_receive(envelope.message)


class Publisher:
    """A module's handle on the house: what it may say, of one user, and the house's clock.

    `name` is the module's in the configuration, `user` the account (or bare name) it speaks of, `options` everything
    that stands beside the entry, `user` included; `values` are what the module keeps over restarts.
    """

    def __init__(self, name: str, options: Mapping[str, Any], house: House, listener: Listener) -> None:
        self.name = name
        self.options = options
        self.values = Values(name, house.keeper)
        self._house = house
        self._listener = listener
        self._source = Source("module", name)
        self._said_of: str | None = None

    @property
    def user(self) -> str:
        """Of whom it speaks; Fatal where the configuration does not say."""
        user = self.options.get("user")
        if not isinstance(user, str) or not user:
            raise Fatal("missing-option", f'[modules.{self.name}] needs user = "NAME": whose activity is it?')
        return user

    @property
    def now(self) -> float:
        """The house's time, in seconds since the epoch."""
        return self._house.clock.now()

    def say(self, activities: Iterable[Activity], *, lease: float, status: Status | None = None) -> None:
        """Show these activities, in place of the last, for `lease` seconds unless it is said again before.

        Take a few times the pause between two calls: a module that is stuck is then believed no longer. ValueError
        for a lease that is not above 0 and within a day, TypeError for what is no Activity or Status.
        """
        if not 0 < lease <= LONGEST_LEASE:
            raise ValueError(f"a lease must be longer than 0 seconds and at most {LONGEST_LEASE:g}")
        if not isinstance(status, Status | None):
            raise TypeError("a status must be a Status")
        now, user = self.now, self.user
        claim = Claim(self._source, now, status, _checked(activities), expires_at=now + lease)
        self._said_of = user
        self._house.directory.tell(Deliver(user, Report(claim)))

    def clear(self) -> None:
        """Take back what was said, if anything."""
        user, self._said_of = self._said_of, None
        if user is not None:
            self._house.directory.tell(Deliver(user, Withdraw(self._source)))

    def wait(self, seconds: float) -> None:
        """Wait, on the house's clock; a stop of the listener ends the module here."""
        awaited = _Wake()
        timer = self._house.clock.after(seconds, self._listener.remind, awaited)
        try:
            self._listener.wait_for_mail(awaited)
        finally:
            timer.cancel()


def _checked(activities: Iterable[Activity]) -> tuple[Activity, ...]:
    """The same, of the types that they must have: a mistake fells the module, not the user it speaks of."""
    said = tuple(activities)
    try:
        _ACTIVITIES.decode(orjson.dumps(said))  # whose own result has a float for each number
    except (msgspec.ValidationError, TypeError) as error:
        raise TypeError(f"a module says activities (actors/presence.py): {error}") from None
    return said
