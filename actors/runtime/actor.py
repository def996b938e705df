"""Actor and WaitingActor: pykka's actors, given time by the hub's run queue or by a greenlet of their own.

How a life ends, for both kinds (stock pykka differs in each point, see docs/runtime.md):
a HouseError under ask is the asker's answer and the actor lives on; any other error, gevent.Timeout and errors of
on_start included, fells this actor alone: on_failure, then the parent hears Fell, an asker gets Unavailable;
GreenletExit stops it. Mail left over after a fall goes to the actor's heir, if it has one.
"""

import itertools
import time
import traceback
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import gevent
import pykka
from gevent import GreenletExit
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.errors import HouseError, Unavailable
from actors.messages import Ended, Fell, Flooded
from actors.runtime import registry
from actors.runtime.future import Future
from actors.runtime.mailbox import Mailbox, WaitingMailbox
from actors.runtime.run_queue import HUB, RunQueue

if TYPE_CHECKING:
    from actors.runtime.address import Address

registry.install()

Handler = TypeVar("Handler", bound=Callable[..., Any])
_numbers = itertools.count(1)


def handles(*message_types: type) -> Callable[[Handler], Handler]:
    """Mark a method as the handler of these messages."""

    def mark(method: Handler) -> Handler:
        method.message_types = message_types  # type: ignore[attr-defined]
        return method

    return mark


class _Stopped:
    """What pykka asks of a threading.Event, without its lock."""

    __slots__ = ("_set",)

    def __init__(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True


class Kin(pykka.Actor):
    """What the two kinds share: birth, handling one message, and the ways to end."""

    mailbox_limit: ClassVar[int] = 10_000
    """Messages that may wait; see actors/runtime/mailbox.py for what happens beyond."""

    table: ClassVar[dict[type, str]] = {}
    """Message class -> name of the method that handles it."""

    parent: "Address | None" = None
    heir: "Address | None" = None
    path: str = ""
    failure: BaseException | None = None
    current: type | None = None
    """The class of the message being handled; None between messages."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {t: name for name, method in vars(cls).items() for t in getattr(method, "message_types", ())}
        cls.table = {**cls.table, **own}

    def __init__(self) -> None:  # pykka's costs 4 us in a uuid and an Event
        self.actor_urn = f"urn:presently:{type(self).__name__}:{next(_numbers)}"
        self.actor_inbox = self._make_inbox()
        self.actor_stopped = _Stopped()  # type: ignore[assignment]
        self._actor_ref = pykka.ActorRef(self)

    @classmethod
    def start(
        cls, *args: Any, parent: "Address | None" = None, heir: "Address | None" = None, path: str = "", **kwargs: Any
    ) -> pykka.ActorRef[Self]:
        """Start an actor; `parent` hears of its end, `heir` gets the mail left over after a fall."""
        actor = cls(*args, **kwargs)
        actor.parent, actor.heir, actor.path = parent, heir, path
        registry.TABLE.append(actor._actor_ref)
        actor._start_actor_loop()
        return actor.actor_ref

    def on_receive(self, message: Any) -> Any:
        """Called for what has no handler: that is our mistake and fells the actor."""
        raise TypeError(f"{type(self).__name__} does not handle {type(message).__name__}")

    def begin(self) -> None:
        """Run on_start; whatever it raises fells this actor."""
        try:
            self.on_start()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - gevent.Timeout is no Exception; nothing may escape
            self._fall(error)

    def handle(self, envelope: Envelope[Any]) -> None:
        """Handle one message to its end: answer, refusal, stop or fall."""
        reply_to = envelope.reply_to
        self.current = type(envelope.message)
        try:
            name = self.table.get(type(envelope.message))
            # pykka's own messages (stop, proxies) take pykka's way
            answer = self._handle_receive(envelope.message) if name is None else getattr(self, name)(envelope.message)
        except KeyboardInterrupt:
            raise
        except GreenletExit:
            self._end_by_exit(reply_to)
        except BaseException as error:  # noqa: BLE001 - see the module's docstring
            self._refuse_or_fall(error, reply_to)
        else:
            if reply_to is not None:
                _answer(reply_to, answer)
        self.current = None

    def _refuse_or_fall(self, error: BaseException, reply_to: Any) -> None:
        foreseen = isinstance(error, HouseError) and reply_to is not None
        if not foreseen:
            self._fall(error)
        if reply_to is not None:
            reply_to.fail(error if foreseen else Unavailable("actor-fell"))

    def _end_by_exit(self, reply_to: Any) -> None:
        self._stop()
        if reply_to is not None:
            reply_to.fail(pykka.ActorDeadError(f"{self.actor_ref} was stopped"))

    def _stop(self) -> None:
        """Stop at once; on_stop may still fail, which is a fall."""
        self._unregister()
        try:
            self.on_stop()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - see the module's docstring
            self._fall(error)
            return
        self._leave_mail(None)
        if self.parent is not None:
            self.parent.tell(Ended(self.actor_ref, self.path, type(self).__name__))

    def _fall(self, error: BaseException) -> None:
        self.failure = error
        self._unregister()
        try:
            self.on_failure(type(error), error, error.__traceback__)
        except Exception as second:  # noqa: BLE001 - both are told
            error.add_note(f"and on_failure raised {second!r}")
        self._leave_mail(self.heir)
        if self.parent is not None:
            self.parent.tell(fell(self, error))

    def _unregister(self) -> None:
        registry.TABLE.remove(self._actor_ref)
        self.actor_stopped.set()

    def _leave_mail(self, heir: "Address | None") -> None:
        left = list(self._drain_inbox())
        self.actor_inbox.actor = None  # type: ignore[attr-defined]
        if heir is not None:
            heir.inherit(envelope for envelope in left if type(envelope.message) is not _ActorStop)
            left = [envelope for envelope in left if type(envelope.message) is _ActorStop]
        for envelope in left:
            if envelope.reply_to is not None:
                _tell_of_death(envelope)

    def _drain_inbox(self) -> Iterator[Envelope[Any]]:
        while not self.actor_inbox.empty():
            yield self.actor_inbox.get()

    def tell_parent_of_flood(self) -> None:
        """Called by the mailbox when it begins to refuse."""
        if self.parent is not None:
            self.parent.tell(Flooded(self.actor_ref, self.path, type(self).__name__))

    def remind(self, message: Any) -> None:
        """Put a message in one's own inbox; harmless after the end, so a timer may call it."""
        if not self.actor_stopped.is_set():
            self.actor_inbox.put(Envelope(message))

    def _make_inbox(self) -> Any:
        raise NotImplementedError

    @staticmethod
    def _create_actor_inbox() -> Any:  # pykka's seam has no self; _make_inbox is ours
        raise NotImplementedError

    @staticmethod
    def _create_future() -> Future:
        return Future()


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

    def _make_inbox(self) -> WaitingMailbox:
        return WaitingMailbox(self, self.mailbox_limit)

    def _start_actor_loop(self) -> None:
        self.greenlet = gevent.spawn(self._actor_loop)

    def _actor_loop(self) -> None:
        """Handle mail until stopped; a kill, whenever it comes, ends the actor properly."""
        try:
            self.begin()
            while not self.actor_stopped.is_set():
                self.handle(self.actor_inbox.get())
        except GreenletExit:
            self._stop()

    def kill(self) -> None:
        """End the greenlet wherever it waits; the actor stops."""
        if self.greenlet is not None:
            self.greenlet.kill(block=False)


class _Begin:
    """The first message of an Actor: run on_start in its own turn."""


_BEGIN = _Begin()


def _answer(reply_to: Any, answer: Any) -> None:
    if isinstance(answer, Future):
        answer.relay_to(reply_to)
    else:
        reply_to.set(answer)


def _tell_of_death(envelope: Envelope[Any]) -> None:
    if isinstance(envelope.message, _ActorStop):
        envelope.reply_to.set(None)  # type: ignore[union-attr]
    else:
        error = pykka.ActorDeadError("the actor stopped before it came to this message")
        envelope.reply_to.fail(error)  # type: ignore[union-attr]


def fell(actor: Kin, error: BaseException) -> Fell:
    """The news of a fall, as values: nothing keeps the fallen actor's frames alive."""
    text = "".join(traceback.format_exception(error))
    error.__traceback__ = None
    return Fell(actor.actor_ref, actor.path, type(actor).__name__, type(error).__name__, str(error), text, type(error))
