"""How the life of an actor ends: by a stop, by a fall, by a kill; and who is told and who inherits.

Stock pykka differs in each point, see docs/runtime.md. A HouseError under ask is the asker's answer and the actor
lives on; any other error, gevent.Timeout and errors of on_start included, fells this actor alone: on_failure, then the
parent hears Fell, an asker gets Unavailable. GreenletExit stops it. Mail that is left over goes to the actor's heir,
if it has one; a stop and what the actor reminded itself of die with it.
"""

import contextlib
import traceback
from typing import TYPE_CHECKING, Any

import pykka
from gevent import GreenletExit
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.errors import HouseError, Unavailable
from actors.messages.supervision import Ended, Fell
from actors.redaction import redacted
from actors.runtime import registry
from actors.runtime.mailbox import Reminder

if TYPE_CHECKING:
    from actors.runtime.address import Address


LONGEST = 16_384
"""Characters of a message or traceback that are kept: a fall is in the journal for 30 days."""


class Mortal(pykka.Actor):
    """The ends of an actor."""

    parent: "Address | None" = None
    heir: "Address | None" = None
    path: str = ""

    def begin(self) -> None:
        """Run on_start; whatever it raises ends this actor."""
        try:
            self.on_start()
        except KeyboardInterrupt:
            raise
        except GreenletExit:
            self._stop()
        except BaseException as error:  # noqa: BLE001 - gevent.Timeout is no Exception; nothing may escape
            self._fall(error)

    def kill(self) -> None:
        """End this actor wherever it is; it stops, whatever mail is before that."""
        self._stop()

    def _refuse_or_fall(self, error: BaseException, reply_to: Any) -> None:
        foreseen = isinstance(error, HouseError) and reply_to is not None
        if not foreseen:
            self._fall(error)
        if reply_to is not None:  # without the traceback, which would keep the frames and the future in a cycle
            reply_to.fail(error.with_traceback(None) if foreseen else Unavailable("actor-fell"))

    def _end_by_exit(self, reply_to: Any) -> None:
        self._stop()
        if reply_to is not None:
            reply_to.fail(pykka.ActorDeadError(f"{self.actor_ref} was stopped"))

    def _stop(self) -> None:
        """Stop at once; on_stop may still fail, which is a fall. A second time nothing happens."""
        if self.actor_stopped.is_set():
            return
        self._unregister()
        try:
            with contextlib.suppress(GreenletExit):  # killed because stopping took too long: it has stopped
                self.on_stop()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - see the module's docstring
            self._fall(error)
            return
        self._leave_mail()
        if self.parent is not None:
            self.parent.tell(Ended(self.actor_ref, self.path, type(self).__name__))

    def _fall(self, error: BaseException) -> None:
        self._unregister()
        try:
            self.on_failure(type(error), error, error.__traceback__)
        except KeyboardInterrupt:
            raise
        except BaseException as second:  # noqa: BLE001 - both are told
            error.add_note(f"and on_failure raised {''.join(traceback.format_exception_only(second)).strip()}")
        self._leave_mail()
        if self.parent is not None:
            self.parent.tell(fell(self.actor_ref, self.path, error))

    def _unregister(self) -> None:
        registry.TABLE.remove(self._actor_ref)
        self.actor_stopped.set()

    def _leave_mail(self) -> None:
        left = []
        while not self.actor_inbox.empty():
            left.append(self.actor_inbox.get())
        self.actor_inbox.actor = None  # type: ignore[attr-defined]  # our Mailbox
        if self.heir is not None:
            self.heir.inherit(envelope for envelope in left if _is_inherited(envelope))
            left = [envelope for envelope in left if not _is_inherited(envelope)]
        for envelope in left:
            if envelope.reply_to is not None:
                _tell_of_death(envelope)


def _is_inherited(envelope: Envelope[Any]) -> bool:
    return type(envelope) is not Reminder and type(envelope.message) is not _ActorStop


def _tell_of_death(envelope: Envelope[Any]) -> None:
    asker: Any = envelope.reply_to
    if isinstance(envelope.message, _ActorStop):
        asker.set(None)
    else:
        error = pykka.ActorDeadError("the actor stopped before it came to this message")
        asker.fail(error)


def told(error: BaseException) -> dict[str, str]:
    """An error as values: its `class`, `message` and `traceback`, of bounded length and without what looks secret.

    Nothing keeps its frames alive afterwards.
    """
    story = traceback.TracebackException.from_exception(error)  # also where the error's own __str__ fails
    error.__traceback__ = None
    said = {"message": str(story), "traceback": "".join(story.format())}
    return {"class": type(error).__name__, **{name: redacted(_shortened(text)) for name, text in said.items()}}


def _shortened(text: str) -> str:
    """Beginning and end of what is too long."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}\n...\n{text[-half:]}"


def fell(ref: pykka.ActorRef[Any], path: str, error: BaseException) -> Fell:
    """The news of a fall."""
    said = told(error)
    kind = ref.actor_class.__name__
    return Fell(ref, path, kind, said["class"], said["message"], said["traceback"], type(error))
