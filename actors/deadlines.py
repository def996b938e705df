"""Many deadlines behind one: a heap in which renewing is one assignment. Pure."""

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Deadlines(Generic[Key]):
    """Key -> the instant it is due, in seconds of any one clock.

    A later deadline is only written down (lazy renewal): the heap's old entry is put back when it comes up.
    """

    __slots__ = ("_due", "_heap", "_serial")

    def __init__(self) -> None:
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, key: Key) -> bool:
        return key in self._due

    def set(self, key: Key, due: float) -> bool:
        """Set or move a deadline; True when it may be the next of all, so that a timer must be looked at."""
        known = self._due.get(key)
        self._due[key] = due
        if known is not None and known <= due:
            return False
        self._push(due, key)
        return self._heap[0][0] == due

    def drop(self, key: Key) -> None:
        """Forget a deadline, if it is there."""
        self._due.pop(key, None)

    def next(self) -> float | None:
        """An instant at which it is worth asking for `due`; None where nothing will ever be."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: float) -> list[tuple[Key, float]]:
        """Take out whatever is due at `now`, never anything earlier, as (key, deadline)."""
        over: list[tuple[Key, float]] = []
        while self._heap and self._heap[0][0] <= now:
            _, _, key = heapq.heappop(self._heap)
            deadline = self._due.get(key)
            if deadline is None:
                continue
            if deadline <= now:
                del self._due[key]
                over.append((key, deadline))
            else:
                self._push(deadline, key)
        return over

    def _push(self, due: float, key: Key) -> None:
        self._serial += 1  # so that keys are never compared
        heapq.heappush(self._heap, (due, self._serial, key))
