"""Kin: what the two kinds of actor share, birth and the handling of one message; how a life ends is in mortal.py."""

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import pykka
from gevent import GreenletExit
from pykka._envelope import Envelope

from actors.messages.supervision import Flooded
from actors.runtime import registry
from actors.runtime.future import Future
from actors.runtime.mortal import Mortal

if TYPE_CHECKING:
    from actors.runtime.address import Address

registry.install()

Handler = TypeVar("Handler", bound=Callable[..., Any])
_numbers = itertools.count(1)


def handles(*message_types: type) -> Callable[[Handler], Handler]:
    """Mark a method as the handler of these messages."""

    def mark(method: Handler) -> Handler:
        method.message_types = message_types  # type: ignore[attr-defined]  # read by __init_subclass__
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


class Kin(Mortal):
    """An actor of either kind."""

    mailbox_limit: ClassVar[int] = 10_000
    """Messages that may wait; see actors/runtime/mailbox.py for what happens beyond."""

    table: ClassVar[dict[type, str]] = {}
    """Message class -> name of the method that handles it."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {t: name for name, method in vars(cls).items() for t in getattr(method, "message_types", ())}
        cls.table = {**cls.table, **own}

    def __init__(self) -> None:  # pykka's costs 4 us in a uuid and an Event
        self.actor_urn = f"urn:presently:{type(self).__name__}:{next(_numbers)}"
        self.actor_inbox = self._make_inbox()
        self.actor_stopped = _Stopped()  # type: ignore[assignment]  # all of an Event that pykka uses
        self._actor_ref = pykka.ActorRef(self)

    @classmethod
    def start(
        cls, *args: Any, parent: "Address | None" = None, heir: "Address | None" = None, path: str = "", **kwargs: Any
    ) -> pykka.ActorRef[Self]:
        """Start an actor; `parent` hears of its end, `heir` gets the mail that is left over then."""
        actor = cls(*args, **kwargs)
        actor.parent, actor.heir, actor.path = parent, heir, path
        registry.TABLE.append(actor._actor_ref)
        actor._start_actor_loop()
        return actor.actor_ref

    def on_receive(self, message: Any) -> Any:
        """Called for what has no handler: that is our mistake and fells the actor."""
        raise TypeError(f"{type(self).__name__} does not handle {type(message).__name__}")

    def handle(self, envelope: Envelope[Any]) -> None:
        """Handle one message to its end: answer, refusal, stop or fall."""
        reply_to = envelope.reply_to
        try:
            name = self.table.get(type(envelope.message))
            # pykka's own messages (stop, proxies) take pykka's way
            answer = self._handle_receive(envelope.message) if name is None else getattr(self, name)(envelope.message)
        except KeyboardInterrupt:
            raise
        except GreenletExit:
            self._end_by_exit(reply_to)
        except BaseException as error:  # noqa: BLE001 - see actors/runtime/mortal.py
            self._refuse_or_fall(error, reply_to)
        else:
            if reply_to is not None:
                _answer(reply_to, answer)

    def tell_parent_of_flood(self) -> None:
        """Called by the mailbox when it begins to refuse."""
        if self.parent is not None:
            self.parent.tell(Flooded(self.actor_ref, self.path, type(self).__name__))

    @property
    def remind(self) -> Callable[[Any], None]:
        """Puts a message in one's own inbox, where it always fits; harmless after the end, so a timer may call it.

        It is the inbox's own: whoever keeps it, as a timer of a day does, keeps no actor that has ended.
        """
        return self.actor_inbox.remind  # type: ignore[attr-defined, no-any-return]  # our Mailbox

    def _make_inbox(self) -> Any:
        raise NotImplementedError

    @staticmethod
    def _create_actor_inbox() -> Any:  # pykka's seam has no self; _make_inbox is ours
        raise NotImplementedError

    @staticmethod
    def _create_future() -> Future:
        return Future()


def _answer(reply_to: Any, answer: Any) -> None:
    if isinstance(answer, Future):
        answer.relay_to(reply_to)
    else:
        reply_to.set(answer)
