"""Line: one stream's connection, from the greenlet that opens it to the watcher that says when it can be read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import gevent

from actors.relay.handshake import Opened, OpenWire

_READ = 1

Wanted = TypeVar("Wanted")
Outcome = TypeVar("Outcome")
Wire = TypeVar("Wire", bound=OpenWire)


@dataclass(slots=True, eq=False)
class Opening:
    """One try to connect, and what came of it: what was raised, where nothing did."""

    greenlet: gevent.Greenlet | None = None
    outcome: Any = None

    def abandon(self) -> None:
        """Whatever has come of it, or will."""
        if self.greenlet is not None:
            self.greenlet.kill(block=False)
        if isinstance(self.outcome, Opened):
            self.outcome.wire.close()


@dataclass(frozen=True, slots=True)
class Answered:
    """To oneself: a try has ended."""

    opening: Opening


@dataclass(frozen=True, slots=True)
class Readable:
    """To oneself: there is something to read, or more of it."""

    wire: OpenWire


class Line(Generic[Wanted, Outcome, Wire]):
    """Belongs to one actor, which passes it Answered out of its own mail. It never waits.

    `attempt` does, in a greenlet of its own; what it has opened is the line's wire from then on.
    """

    __slots__ = ("_attempt", "_opening", "_remind", "_watcher", "wire")

    def __init__(self, attempt: Callable[[Wanted], Opened[Wire] | Outcome], remind: Callable[[object], None]) -> None:
        self._attempt = attempt
        self._remind = remind
        self._opening: Opening | None = None
        self._watcher: Any = None
        self.wire: Wire | None = None

    def open(self, wanted: Wanted) -> None:
        """Begin to connect; Answered comes when that has ended, unless one hangs up before."""
        opening = self._opening = Opening()
        opening.greenlet = gevent.spawn(self._try, opening, wanted)

    def take(self, message: Answered) -> Opened[Wire] | Outcome | Exception | None:
        """What came of the try; None for one that was given up."""
        if message.opening is not self._opening:
            return None
        outcome: Opened[Wire] | Outcome | Exception = message.opening.outcome
        self._opening = None
        if isinstance(outcome, Opened):
            self.wire = outcome.wire
            self._watcher = gevent.get_hub().loop.io(outcome.wire.fileno(), _READ)
        return outcome

    def read_on(self) -> None:
        """Readable comes at once: there may be more."""
        if self.wire is not None:
            self._remind(Readable(self.wire))

    def listen(self) -> None:
        """Readable comes when something does."""
        if self.wire is not None:
            self._watcher.start(self._is_readable, self.wire)

    def hang_up(self) -> None:
        """Give up the connection, or the try."""
        if self._opening is not None:
            self._opening.abandon()
            self._opening = None
        if self.wire is not None:  # a descriptor that is closed under its watcher ends the process
            self._watcher.stop()
            self._watcher.close()
            self.wire.close()
            self.wire = self._watcher = None

    def _is_readable(self, wire: Wire) -> None:
        """From the loop, which would call again and again until somebody reads."""
        self._watcher.stop()
        self._remind(Readable(wire))

    def _try(self, opening: Opening, wanted: Wanted) -> None:
        """In a greenlet; what was not foreseen is raised again in the actor, whose fall is told."""
        try:
            opening.outcome = self._attempt(wanted)
        except Exception as error:  # noqa: BLE001 - see above
            opening.outcome = error
        self._remind(Answered(opening))
