"""A name that outlives the actor behind it: whoever holds an Address need not hear of restarts."""

from collections import deque
from collections.abc import Iterable
from typing import Any

import pykka
from pykka._envelope import Envelope

from actors.errors import Overrun, Unavailable
from actors.runtime.future import Future
from actors.runtime.mailbox import always_fits

HELD = 100_000
"""Messages that wait while nobody lives at an address, beside those inherited and what always fits (mailbox.py);
beyond it tells are counted as lost and asks get Overrun. Ample for the first back-offs of the Keeper, whose mail it
would be a pity to lose."""


class Address:
    """Where an actor is to be found, now and after a restart.

    While it is between two lives, mail waits here, the mail it had not come to included; what it was handling when
    it fell is not handled again. Closed (`close`) it takes nothing any more.
    """

    __slots__ = ("_held", "closed", "lost", "name", "ref")

    def __init__(self, name: str) -> None:
        self.name = name
        self.ref: pykka.ActorRef[Any] | None = None
        self._held: deque[Envelope[Any]] = deque()
        self.closed = False
        self.lost = 0

    def tell(self, message: Any) -> None:
        """Send without an answer. Never raises: what nobody will ever take is counted in `lost`."""
        ref = self.ref
        if ref is not None and not ref.actor_stopped.is_set():
            ref.actor_inbox.put(Envelope(message))
        else:
            self._hold(Envelope(message))

    def ask(self, message: Any, timeout: float = 5.0) -> Any:
        """Send and wait for the answer, in a greenlet of one's own (law 1: web asks, actors only tell).

        Raises what the actor refused with; Unavailable when there is no answer within `timeout` seconds.
        """
        try:
            return self.future(message).get(timeout=timeout)
        except (pykka.Timeout, pykka.ActorDeadError):
            raise Unavailable("no-answer", f"{self.name} did not answer") from None

    def future(self, message: Any) -> Future:
        """Send and get a future of the answer."""
        future = Future()
        envelope = Envelope(message, reply_to=future)
        if self.ref is not None and not self.ref.actor_stopped.is_set():
            self.ref.actor_inbox.put(envelope)
        else:
            self._hold(envelope)
        return future

    def move_in(self, ref: pykka.ActorRef[Any]) -> None:
        """An actor lives here from now on; it gets what has waited."""
        self.ref = ref
        self.closed = False
        while self._held:
            ref.actor_inbox.put(self._held.popleft())

    def close(self) -> None:
        """Nobody will live here any more: what waits and what comes is refused."""
        self.closed = True
        self.ref = None
        while self._held:
            self._refuse(self._held.popleft())

    def inherit(self, envelopes: Iterable[Envelope[Any]]) -> None:
        """Take over the mail of an actor that has ended; it goes before what has come since and is held."""
        left = list(envelopes)
        if self.closed:
            for envelope in left:
                self._refuse(envelope)
            return
        self._held.extendleft(reversed(left))
        if self.ref is not None and not self.ref.actor_stopped.is_set():  # the next life has not waited for that end
            self.move_in(self.ref)

    def _hold(self, envelope: Envelope[Any]) -> None:
        if self.closed or (len(self._held) >= HELD and not always_fits(envelope)):
            self._refuse(envelope)
        else:
            self._held.append(envelope)

    def _refuse(self, envelope: Envelope[Any]) -> None:
        self.lost += 1
        if envelope.reply_to is not None:
            error = Unavailable("closed") if self.closed else Overrun("mailbox-full", retry_after=1.0)
            envelope.reply_to.fail(error)  # type: ignore[attr-defined]  # our Future
