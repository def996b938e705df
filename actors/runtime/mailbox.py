"""Inboxes with a bound: what is full refuses the newest and says so, it never grows without end.

The rule when full: an ask is answered with Overrun at once, a tell is not taken and is counted, and the parent hears
`Flooded` once per flood. What always fits, because there is never much of it and nobody says it twice: a stop, the
news that a child has ended, what an actor reminds itself of (a timer's ring that was lost would never come again), and
what ends something that was let in before: refused, it would leave a ghost for ever.
"""

from collections import deque
from typing import TYPE_CHECKING, Any

from gevent.queue import SimpleQueue
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.errors import Overrun
from actors.messages.fit import MustFit
from actors.messages.supervision import Ended, Fell, ShutDown

if TYPE_CHECKING:
    from actors.runtime.kin import Kin
    from actors.runtime.run_queue import RunQueue


_ALWAYS_FIT = (MustFit, _ActorStop, ShutDown, Ended, Fell)


class Reminder(Envelope[Any]):
    """What an actor has put in its own inbox."""


def always_fits(envelope: Envelope[Any]) -> bool:
    """True for what is taken even where there is no room; what carries a message weighs as what it carries."""
    message = envelope.message
    carried = getattr(message, "message", None)
    return isinstance(envelope, Reminder) or isinstance(message, _ALWAYS_FIT) or isinstance(carried, MustFit)


class Bounded:
    """The part of an inbox that counts and refuses."""

    __slots__ = ("actor", "flooded", "limit", "refused")

    def __init__(self, actor: "Kin", limit: int) -> None:
        self.actor: Any = actor
        """Held strongly: an ActorRef holds its actor weakly, so this is what keeps a living actor alive."""
        self.limit = limit
        self.refused = 0
        """Messages not taken since the start."""
        self.flooded = False

    def put(self, envelope: Envelope[Any]) -> None:
        """Take a message, or refuse it when full."""
        raise NotImplementedError

    def remind(self, message: Any) -> None:
        """See Kin.remind."""
        if self.actor is not None and not self.actor.actor_stopped.is_set():
            self.put(Reminder(message))

    def refuse(self, envelope: Envelope[Any]) -> None:
        """Turn a message away."""
        self.refused += 1
        if envelope.reply_to is not None:
            envelope.reply_to.fail(Overrun("mailbox-full", retry_after=1.0))  # type: ignore[attr-defined]  # our Future
        if not self.flooded and self.actor is not None:
            self.flooded = True
            self.actor.tell_parent_of_flood()


class Mailbox(Bounded):
    """The inbox of an Actor: while it has mail it stands on the run queue. An empty one holds no deque (600 bytes)."""

    __slots__ = ("items", "queued", "run_queue")

    def __init__(self, actor: "Kin", limit: int, run_queue: "RunQueue") -> None:
        super().__init__(actor, limit)
        self.items: deque[Envelope[Any]] | None = None
        self.run_queue = run_queue
        self.queued = False

    def __len__(self) -> int:
        return len(self.items) if self.items is not None else 0

    def put(self, envelope: Envelope[Any]) -> None:
        """Take a message, or refuse it when full."""
        items = self.items
        if items is None:
            items = self.items = deque()
        elif len(items) >= self.limit and not always_fits(envelope):
            self.refuse(envelope)
            return
        items.append(envelope)
        if not self.queued:
            self.queued = True
            self.run_queue.push(self)

    def get(self) -> Envelope[Any]:
        """The oldest message; IndexError when there is none, for an Actor never waits."""
        if self.items is None:
            raise IndexError("an empty mailbox")
        envelope = self.items.popleft()
        if not self.items:
            self.items = None
            self.flooded = False
        return envelope

    def empty(self) -> bool:
        """True when no message waits."""
        return self.items is None


class WaitingMailbox(Bounded):
    """The inbox of a WaitingActor: getting from an empty one parks the actor's greenlet."""

    __slots__ = ("items",)

    def __init__(self, actor: "Kin", limit: int) -> None:
        super().__init__(actor, limit)
        self.items = SimpleQueue()

    def __len__(self) -> int:
        return int(self.items.qsize())

    def put(self, envelope: Envelope[Any]) -> None:
        """Take a message, or refuse it when full."""
        if self.items.qsize() >= self.limit and not always_fits(envelope):
            self.refuse(envelope)
        else:
            self.items.put(envelope)

    def get(self) -> Envelope[Any]:
        """The oldest message, after waiting for one if need be."""
        envelope: Envelope[Any] = self.items.get()
        if self.items.empty():
            self.flooded = False
        return envelope

    def empty(self) -> bool:
        """True when no message waits."""
        return bool(self.items.empty())
