"""Many deadlines behind one: a heap in which renewing is one assignment. Pure."""

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

SPARE = 64
"""Entries without a meaning that the heap may hold beside as many as have one."""


class Deadlines(Generic[Key]):
    """Key -> the instant it is due, in seconds of any one clock.

    A later deadline is only written down (lazy renewal): the heap's old entry is put back when it comes up.
    """

    __slots__ = ("_due", "_entries", "_heap", "_serial")

    def __init__(self) -> None:
        self._due: dict[Key, float] = {}
        self._entries: dict[Key, int] = {}
        """Key -> the number of its one entry of the heap that counts."""
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
        self._clear_out()
        return self._heap[0][0] == due

    def drop(self, key: Key) -> None:
        """Forget a deadline, if it is there."""
        self._due.pop(key, None)
        self._entries.pop(key, None)
        self._clear_out()

    def next(self) -> float | None:
        """An instant at which it is worth asking for `due`; None where nothing will ever be."""
        return self._heap[0][0] if self._heap else None

    def due(self, now: float, most: int | None = None) -> list[tuple[Key, float]]:
        """Take out whatever is due at `now`, `most` at a time, never anything earlier, as (key, deadline)."""
        over: list[tuple[Key, float]] = []
        while self._heap and self._heap[0][0] <= now and len(over) != most:
            entry = heapq.heappop(self._heap)
            if not self._counts(entry):
                continue
            key = entry[2]
            deadline = self._due[key]
            if deadline <= now:
                self.drop(key)
                over.append((key, deadline))
            else:
                self._push(deadline, key)
        return over

    def _push(self, due: float, key: Key) -> None:
        self._serial += 1  # so that keys are never compared
        self._entries[key] = self._serial
        heapq.heappush(self._heap, (due, self._serial, key))

    def _clear_out(self) -> None:
        if len(self._heap) > 2 * len(self._due) + SPARE:
            self._heap = [entry for entry in self._heap if self._counts(entry)]
            heapq.heapify(self._heap)

    def _counts(self, entry: tuple[float, int, Key]) -> bool:
        return self._entries.get(entry[2]) == entry[1]
