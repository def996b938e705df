"""Place: one child of a branch, and what has become of it."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

import pykka

from actors.falls import Falls
from actors.supervision.tree import Branch, Child


class State(Enum):
    """Where a child stands."""

    RUNNING = "running"
    BACKING_OFF = "backing off"
    PARKED = "parked"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(slots=True, eq=False)
class Place:
    """A child and what has become of it."""

    child: Child | Branch
    falls: Falls
    state: State = State.STOPPED
    ref: pykka.ActorRef[Any] | None = None
    reason: str = ""
    """Why it is parked, or its last fall."""
    back_off: object = None
    """What it waits for while it is backing off; None otherwise. See actors/supervision/back_off.py."""

    @property
    def alive(self) -> bool:
        """True while an actor lives here; the news of its end may still be on the way when it doesn't."""
        return self.ref is not None and self.ref.is_alive()

    @property
    def kind(self) -> str:
        """The actor's class."""
        return type(self.child).__name__ if self.ref is None else str(self.ref.actor_class.__name__)

    def close(self) -> None:
        """Nobody will live here any more, nor below: what waits for them is refused."""
        _close(self.child)

    def kill(self) -> None:
        """End whoever lives here at once, without waiting for its mail."""
        actor = None if self.ref is None else self.ref._actor_weakref()  # noqa: SLF001 - pykka offers no way to a kill
        if actor is not None:
            actor.kill()


def _close(child: Child | Branch) -> None:
    child.address.close()
    for each in child.children if isinstance(child, Branch) else ():
        _close(each)
