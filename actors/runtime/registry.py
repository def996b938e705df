"""Makes pykka's registry fit for 100,000 actors: removal in constant time, and no lock.

pykka keeps its refs in a list (removal is O(n), 129 s to stop 100,000 actors) behind a lock that gevent replaces by a
slow one. Actors start and end in the hub's thread only, so a dict without a lock does.
"""

import contextlib
from typing import Any

import pykka


class _RefTable(dict[pykka.ActorRef[Any], None]):
    """A dict that answers to the few list operations that pykka uses."""

    def append(self, ref: pykka.ActorRef[Any]) -> None:
        self[ref] = None

    def remove(self, ref: pykka.ActorRef[Any]) -> None:
        self.pop(ref, None)

    def __getitem__(self, whole: Any) -> Any:
        return list(self)[whole]


TABLE = _RefTable()


def install() -> None:
    """Put the table in place of pykka's list, once, before the first actor starts."""
    registry: Any = pykka.ActorRegistry
    if registry._actor_refs is not TABLE:  # noqa: SLF001 - pykka offers no other seam
        TABLE.update(dict.fromkeys(registry._actor_refs))  # noqa: SLF001 - the same
        registry._actor_refs = TABLE  # noqa: SLF001 - the same
        registry._actor_refs_lock = contextlib.nullcontext()  # noqa: SLF001 - the same
