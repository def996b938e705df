"""The supervision tree as data. The words are OTP's (Erlang/OTP Design Principles, "Supervisor Behaviour")."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import pykka

from actors.falls import Limits
from actors.runtime import Address

Start = Callable[[Address, Address, str], pykka.ActorRef[Any]]
"""Starts the child's actor, given its parent's address, its own address (its heir) and its path."""


class Strategy(Enum):
    """Who is restarted when one child falls."""

    ONE_FOR_ONE = "one_for_one"
    ONE_FOR_ALL = "one_for_all"
    REST_FOR_ONE = "rest_for_one"


class Restart(Enum):
    """Whether a child that has ended is started again."""

    PERMANENT = "permanent"
    """Always."""
    TRANSIENT = "transient"
    """After a fall."""
    TEMPORARY = "temporary"
    """Never."""


class Excess(Enum):
    """What more falls than allowed do."""

    ESCALATE = "escalate"
    """The branch falls: its parent decides. Falls are counted for the branch."""
    PARK = "park"
    """That child is parked. Falls are counted per child."""


@dataclass(frozen=True, slots=True)
class Child:
    """An actor in the tree."""

    address: Address
    start: Start
    restart: Restart = Restart.PERMANENT
    shutdown: float = 5.0
    """Seconds it may take to stop before it is killed."""
    about: str = ""

    @property
    def name(self) -> str:
        """Its place below its branch."""
        return self.address.name


@dataclass(frozen=True, slots=True)
class Branch:
    """A supervisor and those it supervises, in starting order."""

    address: Address
    children: tuple["Child | Branch", ...] = ()
    strategy: Strategy = Strategy.ONE_FOR_ONE
    excess: Excess = Excess.ESCALATE
    limits: Limits = field(default_factory=Limits)
    restart: Restart = Restart.PERMANENT
    shutdown: float = 20.0
    about: str = ""

    @property
    def name(self) -> str:
        """Its place below its own branch."""
        return self.address.name


def fixed(branch: Branch) -> Iterator[Address]:
    """The branch itself and whatever below it always lives; what may end by itself, as modules may, does not."""
    yield branch.address
    for child in branch.children:
        if isinstance(child, Branch):
            yield from fixed(child)
        elif child.restart is Restart.PERMANENT:
            yield child.address


def draw(branch: Branch) -> str:
    """The tree in lines: names, strategy, what each is for."""
    title = f"{branch.name}  [{branch.strategy.value}, {branch.limits.falls} falls in {branch.limits.period:g} s]"
    return "\n".join([_with_purpose(title, branch.about), *_draw_children(branch, "")])


def _draw_children(branch: Branch, indent: str) -> Iterator[str]:
    for child in branch.children:
        last = child is branch.children[-1]
        label = f"{child.name}  [{child.restart.value}]"
        if isinstance(child, Branch):
            label = f"{child.name}  [{child.strategy.value}, excess: {child.excess.value}]"
        yield _with_purpose(f"{indent}{'└── ' if last else '├── '}{label}", child.about)
        if isinstance(child, Branch):
            yield from _draw_children(child, indent + ("    " if last else "│   "))


def _with_purpose(label: str, about: str) -> str:
    return f"{label:<58}{about}".rstrip()
