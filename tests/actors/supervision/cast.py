"""A small tree on the Stage: children that note down when they live and die, and fall when told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pykka

from actors.errors import Fatal
from actors.falls import Limits
from actors.messages.keeper import Record
from actors.messages.supervision import ShutDown
from actors.runtime import Actor, Address, handles
from actors.supervision import Branch, Child, Excess, Restart, Strategy, Supervisor
from actors.supervision.place import Place
from tests.stage import Probe, Stage

STEADY = Limits(falls=3, period=10.0, first_delay=1.0, most_delay=8.0, jitter=0.0, healthy=60.0)
"""Back-offs of 1, 2, 4 and 8 seconds; the fourth fall within ten seconds is one too many."""


@dataclass(frozen=True)
class Fall:
    fatal: bool = False


@dataclass(frozen=True)
class End:
    """Stop by yourself."""


class Extra(Actor):
    """A child; `diary` is everybody's."""

    def __init__(self, name: str, troupe: Troupe) -> None:
        if name in troupe.unborn:
            raise RuntimeError(f"{name} cannot be made")
        super().__init__()
        self.name = name
        self.troupe = troupe

    def on_start(self) -> None:
        self.troupe.diary.append(f"+{self.name}")
        if self.name in self.troupe.stillborn:
            raise RuntimeError(f"{self.name} cannot start")

    def on_stop(self) -> None:
        self.troupe.diary.append(f"-{self.name}")

    @handles(Fall)
    def fall(self, message: Fall) -> None:
        raise Fatal("hopeless") if message.fatal else ValueError(self.name)

    @handles(End)
    def end(self, _: End) -> None:
        self.stop()


@dataclass
class Troupe:
    """A branch of Extras, its supervisor, and what they wrote."""

    stage: Stage
    names: str = "abc"
    restarts: dict[str, Restart] = field(default_factory=dict)
    strategy: Strategy = Strategy.ONE_FOR_ONE
    excess: Excess = Excess.ESCALATE
    limits: Limits = STEADY
    branches: tuple[Branch, ...] = ()
    diary: list[str] = field(default_factory=list)
    unborn: set[str] = field(default_factory=set)
    stillborn: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.journal = Probe("journal")
        self.addresses = {name: Address(name) for name in self.names}
        self.branch = self.plan("top", self.names, self.branches)

    def plan(self, name: str, names: str, branches: tuple[Branch, ...] = (), **kwargs: Any) -> Branch:
        children = tuple(self.child(each) for each in names)
        options = {"strategy": self.strategy, "excess": self.excess, "limits": self.limits} | kwargs
        return Branch(Address(name), children + branches, **options)

    def child(self, name: str) -> Child:
        def start(parent: Address, heir: Address, path: str) -> pykka.ActorRef[Any]:
            return Extra.start(name, self, parent=parent, heir=heir, path=path)

        address = self.addresses.setdefault(name, Address(name))
        return Child(address, start, self.restarts.get(name, Restart.PERMANENT), shutdown=5.0)

    def begin(self) -> Troupe:
        self.ref = self.stage.start(Supervisor, self.branch, self.stage.clock, self.journal, path="top")
        self.supervisor: Supervisor = self.stage.actor(self.ref)
        return self

    def shut_down(self) -> None:
        self.stage.ask(self.ref, ShutDown())

    def tell(self, name: str, message: Any) -> None:
        self.stage.tell(self.addresses[name], message)

    def place(self, name: str) -> Place:
        return self.supervisor.places[name]

    def states(self) -> str:
        """`a:running b:parked ...`"""
        return " ".join(f"{name}:{place.state.value}" for name, place in self.supervisor.places.items())

    def written(self) -> str:
        """The diary since the last time, `+` for a start and `-` for a stop."""
        text = " ".join(self.diary)
        self.diary.clear()
        return text

    def events(self, *kinds: str) -> list[tuple[str, str]]:
        """(event, path) of the journal, only these events if any are named."""
        records = self.journal.got(Record)
        return [(record.event, record.path) for record in records if not kinds or record.event in kinds]

    def timers(self) -> list[float]:
        return [timer.due - self.stage.clock.elapsed for timer in self.stage.clock.pending]
