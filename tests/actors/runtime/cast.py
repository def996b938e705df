"""Who plays in the runtime's tests: one part for both kinds of actor, and somebody who listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gevent.event import Event

from actors.runtime import Actor, Address, Kin, WaitingActor, handles

SOON = 30.0
"""Seconds after which something that should have happened has not."""


@dataclass(frozen=True)
class Do:
    """Have the player call this with itself; the answer is what it returns."""

    act: Callable[[Any], Any]


@dataclass(frozen=True)
class Note:
    number: int


class Playing(Kin):
    """Does as it is told, and keeps a diary."""

    def __init__(self, on_start: Callable[[Any], Any] = lambda _: None) -> None:
        super().__init__()
        self.diary: list[Any] = []
        self.at_start = on_start
        self.at_stop: Callable[[Any], Any] = lambda _: None
        self.at_failure: Callable[[Any], Any] = lambda _: None

    def on_start(self) -> None:
        self.at_start(self)
        self.diary.append("started")

    def on_stop(self) -> None:
        self.diary.append("stopped")
        self.at_stop(self)

    def on_failure(self, kind: Any, *_: Any) -> None:
        self.diary.append(kind.__name__)
        self.at_failure(self)

    @handles(Do)
    def do(self, message: Do) -> Any:
        return message.act(self)

    @handles(Note)
    def note(self, message: Note) -> int:
        self.diary.append(message.number)
        return message.number

    def double(self, number: int) -> int:
        return 2 * number


class Player(Playing, Actor):
    """The part without a greenlet."""


class WaitingPlayer(Playing, WaitingActor):
    """The part with one."""


KINDS = [Player, WaitingPlayer]


class Ear(Address):
    """A parent who can be waited for."""

    def __init__(self, name: str = "parent") -> None:
        super().__init__(name)
        self.mail: list[Any] = []
        self._came = Event()

    def tell(self, message: Any) -> None:
        self.mail.append(message)
        self._came.set()

    def wait(self, count: int = 1) -> list[Any]:
        """All that was told, as soon as that is so many messages."""
        while len(self.mail) < count:
            self._came.clear()
            assert self._came.wait(SOON), f"only {self.mail}"
        return self.mail


def fail(error: BaseException) -> Do:
    """Have the player raise this."""

    def act(_: Any) -> None:
        raise error

    return Do(act)
