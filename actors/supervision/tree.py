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
    """The tree in lines: names, what each states of its falls and its end, what it is for."""
    return "\n".join(f"{label:<44}  {about}".rstrip() for label, about in _draw(branch, "", ""))


def _draw(drawn: Child | Branch, before: str, below: str) -> Iterator[tuple[str, str]]:
    yield f"{before}{drawn.name}  [{_stated(drawn)}; stops in {drawn.shutdown:g} s]", drawn.about
    children = drawn.children if isinstance(drawn, Branch) else ()
    for child in children:
        last = child is children[-1]
        yield from _draw(child, below + ("└── " if last else "├── "), below + ("    " if last else "│   "))


def _stated(drawn: Child | Branch) -> str:
    if isinstance(drawn, Child):
        return drawn.restart.value
    limits, each = drawn.limits, " each" if drawn.excess is Excess.PARK else ""
    excess = f"{limits.falls} falls in {limits.period:g} s{each}, then {drawn.excess.value}"
    return f"{drawn.strategy.value}, {excess}; back-off {limits.first_delay:g} to {limits.most_delay:g} s"
