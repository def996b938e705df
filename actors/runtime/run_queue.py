"""Gives time to actors without greenlets: mailboxes with mail take turns inside gevent's hub, in bounded slices."""

import time
from collections import deque
from typing import TYPE_CHECKING, Any

import gevent

if TYPE_CHECKING:
    from actors.runtime.mailbox import Mailbox

TURN = 64
"""Messages one actor may handle before the next actor's turn."""

SLICE = 0.004
"""Seconds of actors' work after which sockets and timers get theirs."""


class RunQueue:
    """Mailboxes with mail, served in the order they came."""

    def __init__(self) -> None:
        self._ready: deque[Mailbox] = deque()
        self._armed = False
        self._timer: Any = None

    def push(self, mailbox: "Mailbox") -> None:
        """Queue a mailbox that has got its first message."""
        self._ready.append(mailbox)
        if not self._armed:
            self._armed = True
            self._arm()

    def _arm(self) -> None:
        gevent.get_hub().loop.run_callback(self.drain)

    def drain(self) -> None:
        """Serve mailboxes for one slice; if mail is left, come again after the hub has looked at its sockets.

        A 0-timer, not run_callback, because gevent runs 50 callbacks before it looks at the clock or at I/O.
        """
        ready = self._ready
        deadline = time.perf_counter() + SLICE
        try:
            while ready:
                self.turn(ready.popleft(), TURN, deadline)
                if time.perf_counter() >= deadline:
                    break
        finally:  # whatever escapes from one actor must not stop all the others
            if ready:
                self._come_again()
            else:
                self._armed = False

    def turn(self, mailbox: "Mailbox", most: int, deadline: float) -> None:
        """Let one actor handle at most that many messages and queue it again if more are left."""
        worker = mailbox.actor
        try:
            if worker is not None:
                worker.take_turn(most, deadline)
        finally:
            if mailbox.actor is None or mailbox.empty():
                mailbox.queued = False
            else:
                self._ready.append(mailbox)

    def _come_again(self) -> None:
        if self._timer is None:
            self._timer = gevent.get_hub().loop.timer(0)
        self._timer.start(self.drain)


HUB = RunQueue()
"""The queue of this process's hub."""
