"""Actor and WaitingActor: pykka's actors, given time by the hub's run queue or by a greenlet of their own."""

import time
from typing import Any, ClassVar

import gevent
from gevent import GreenletExit
from pykka._envelope import Envelope

from actors.runtime.kin import Kin
from actors.runtime.mailbox import Mailbox, WaitingMailbox
from actors.runtime.run_queue import HUB, RunQueue


class Actor(Kin):
    """Runs to completion in the hub and never waits: a call that would block fails at once, in this actor alone."""

    run_queue: ClassVar[RunQueue] = HUB

    def _make_inbox(self) -> Mailbox:
        return Mailbox(self, self.mailbox_limit, self.run_queue)

    def _start_actor_loop(self) -> None:
        self.actor_inbox.put(Envelope(_BEGIN))

    def _handle_receive(self, message: Any) -> Any:
        return self.begin() if message is _BEGIN else super()._handle_receive(message)

    def take_turn(self, most: int, deadline: float) -> None:
        """Handle at most that many messages, and one at least; begin none after the deadline (perf_counter)."""
        inbox, stopped = self.actor_inbox, self.actor_stopped
        while not stopped.is_set() and not inbox.empty():
            self.handle(inbox.get())
            most -= 1
            if not most or time.perf_counter() >= deadline:
                break


class WaitingActor(Kin):
    """Owns a greenlet and may wait in its handlers."""

    greenlet: gevent.Greenlet | None = None
    inbox_kind: ClassVar[type[WaitingMailbox]] = WaitingMailbox

    def _make_inbox(self) -> WaitingMailbox:
        return self.inbox_kind(self, self.mailbox_limit)

    def _start_actor_loop(self) -> None:
        self.greenlet = gevent.spawn(self._actor_loop)
        self.greenlet.rawlink(self._is_gone)

    def _actor_loop(self) -> None:
        """Handle mail until stopped; a kill or an error, whenever it comes, ends the actor properly."""
        try:
            self.begin()
            while not self.actor_stopped.is_set():
                self.handle(self.actor_inbox.get())
        except KeyboardInterrupt:
            raise
        except GreenletExit:
            self._stop()
        except BaseException as error:  # noqa: BLE001 - a gevent.Timeout that a handler has left running
            self._fall(error)

    def _is_gone(self, _: gevent.Greenlet) -> None:
        """The greenlet has ended; one that was killed before it began never came to its own end."""
        self._stop()

    def kill(self) -> None:
        """End the greenlet wherever it waits; the actor stops."""
        if self.greenlet is not None:
            self.greenlet.kill(block=False)


class _Begin:
    """The first message of an Actor: run on_start in its own turn."""


_BEGIN = _Begin()
