"""The Stage (HOUSE 11): actors play one message at a time, and the test says whose turn it is.

    with Stage() as stage:
        house = stage.house()                      # every address is a Probe that records what it is told
        leases = stage.start(LeaseSupervisor, house)
        stage.tell(leases, Grant(...))             # tell and ask let everybody play until all is quiet;
        stage.clock.advance(61)                    # so does advance, after every timer
        assert house.directory.mail == [Lapsed(...)]

`leases.tell(...)` with `stage.step()` or `stage.step(turn)` plays message by message. WaitingActors have no greenlet
here, they take turns like the others. A fall that the test does not take (`stage.fallen()`) is an error at the end.
"""

from __future__ import annotations

import math
from dataclasses import fields
from types import TracebackType
from typing import Any, Self

import pykka
import pytest
from pykka._envelope import Envelope
from pykka.messages import _ActorStop

from actors.house import House
from actors.messages.supervision import Fell
from actors.runtime import Actor, Address, Future, Kin, RunQueue, WaitingActor
from actors.runtime.actor import _Begin
from storage.board import LocalBoard
from tests.clock import FakeClock
from tests.hub import turn

MOST_STEPS = 100_000
"""Messages after which something that still isn't quiet never will be."""


class StageQueue(RunQueue):
    """A run queue that gives nobody time by itself."""

    def _arm(self) -> None:
        """Wait for the test."""

    def step(self, turn: int) -> bool:
        """Let one of those who have mail handle one message; False when nobody has any."""
        ready = [mailbox for mailbox in self._ready if mailbox.actor is not None and not mailbox.empty()]
        for mailbox in set(self._ready).difference(ready):
            mailbox.queued = False
        self._ready.clear()
        self._ready.extend(ready)
        if ready:
            chosen = ready[turn % len(ready)]
            self._ready.remove(chosen)
            self.turn(chosen, 1, math.inf)
        return bool(ready)


class Probe(Address):
    """An address that records what it is told in `mail`, and passes it on if somebody has moved in."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.mail: list[Any] = []
        self.futures: list[Future] = []
        """Of the asks nobody lives here to answer: the test may."""

    def tell(self, message: Any) -> None:
        self.mail.append(message)
        if self.ref is not None:
            super().tell(message)

    def future(self, message: Any) -> Future:
        self.mail.append(message)
        if self.ref is not None:
            return super().future(message)
        self.futures.append(Future())
        return self.futures[-1]

    def take(self) -> list[Any]:
        """What has come since the last time."""
        mail, self.mail = self.mail, []
        return mail

    def got(self, kind: type) -> list[Any]:
        """What has come of this class."""
        return [message for message in self.mail if isinstance(message, kind)]


class StagedWaiting:
    """What a WaitingActor is on the Stage, method by method: an actor that takes turns."""

    _make_inbox = Actor._make_inbox
    _start_actor_loop = Actor._start_actor_loop
    take_turn = Actor.take_turn

    def _handle_receive(self: Any, message: Any) -> Any:
        return self.begin() if type(message) is _Begin else Kin._handle_receive(self, message)

    def kill(self: Any) -> None:
        if self.actor_ref.is_alive():
            self._stop()


class Stage:
    """Where the actors of a test play."""

    def __init__(self) -> None:
        self.queue = StageQueue()
        self.clock = FakeClock(self.settle)
        self.parent = Probe("stage")
        self._patches = pytest.MonkeyPatch()

    def __enter__(self) -> Self:
        self._patches.setattr(Actor, "run_queue", self.queue)
        self._patches.setattr(WaitingActor, "run_queue", self.queue, raising=False)
        for name, method in vars(StagedWaiting).items():
            if callable(method):
                self._patches.setattr(WaitingActor, name, method, raising=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for ref in reversed(pykka.ActorRegistry.get_all()):
                ref.actor_inbox.put(Envelope(_ActorStop()))
            self.settle()
        finally:
            self._patches.undo()
        unseen = "\n".join(f"fell on the stage: {fell.kind}: {fell.traceback}" for fell in self.fallen())
        if error is None:
            assert not unseen, unseen
        elif unseen:
            error.add_note(unseen)

    def start(self, kind: type[Kin], *args: Any, **kwargs: Any) -> pykka.ActorRef[Any]:
        """Start an actor, `on_start` included; its parent is `stage.parent` unless one is given."""
        kwargs.setdefault("parent", self.parent)
        kwargs.setdefault("path", kind.__name__)
        ref = kind.start(*args, **kwargs)
        self.settle()
        return ref

    def step(self, turn: int = 0) -> bool:
        """One message is handled: by whoever has waited longest, or by another of those with mail. False when none."""
        return self.queue.step(turn)

    def settle(self) -> None:
        """Everybody plays until all is quiet, futures' news in the hub and timers of no time at all included."""
        steps = 0
        for _quiet in range(2):  # news of a future may itself complete a future
            while True:
                turn()
                if not self.step() and not self.clock.ring_due():
                    break
                steps += 1
                assert steps < MOST_STEPS, "the actors do not settle"

    def tell(self, who: pykka.ActorRef[Any] | Address, message: Any) -> None:
        """Tell, and let everybody play."""
        who.tell(message)
        self.settle()

    def ask(self, who: pykka.ActorRef[Any] | Address, message: Any) -> Any:
        """Ask, let everybody play, and return or raise the answer; pykka.Timeout when there is none."""
        future = who.future(message) if isinstance(who, Address) else who.ask(message, block=False)
        self.settle()
        return future.get(timeout=0.0)

    def actor(self, ref: pykka.ActorRef[Any]) -> Any:
        """The actor itself, to look at."""
        return ref._actor_weakref()

    def probe(self, name: str) -> Probe:
        return Probe(name)

    def house(self) -> House:
        """A house of probes, with the stage's clock and a board of its own."""
        clock: Any = self.clock
        probes: dict[str, Any] = {each.name: Probe(each.name) for each in fields(House) if each.type is Address}
        return House(clock, LocalBoard(), **probes)

    def fallen(self) -> list[Fell]:
        """Take the falls that `stage.parent` has heard of."""
        fallen = self.parent.got(Fell)
        self.parent.mail = [message for message in self.parent.mail if not isinstance(message, Fell)]
        return fallen
