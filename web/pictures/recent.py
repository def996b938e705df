"""Recent: what was found out lately, by key; bounded in weight and in age. Pure."""

from collections import OrderedDict
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The least lately used goes first."""

    __slots__ = ("_entries", "_most", "weight")

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[Key, tuple[Value, int, float]] = OrderedDict()
        self.weight = 0
        """Of all entries together; never above `most`."""

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key, now: float) -> Value | None:
        """What is kept under this key, if its time is not over."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[2] <= now:
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Key, value: Value, weight: int, until: float) -> None:
        """Keep a value until then; one that is heavier than everything together may be is not kept."""
        self._drop(key)
        if weight > self._most:
            return
        self._entries[key] = value, weight, until
        self.weight += weight
        while self.weight > self._most:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.weight -= entry[1]
