"""Headcount: who has begun and ended since the journal last said so. They are too many to be told singly (HOUSE 7)."""

from dataclasses import dataclass


@dataclass(slots=True)
class Headcount:
    """Counted by the parents of users and of connections, read by the Journal."""

    users_begun: int = 0
    users_ended: int = 0
    connections_begun: int = 0
    connections_ended: int = 0

    def take(self) -> dict[str, int]:
        """The counts since the last time, empty where there was nothing to count; from here on they begin anew."""
        counts = {name: getattr(self, name) for name in self.__slots__}
        for name in self.__slots__:
            setattr(self, name, 0)
        return counts if any(counts.values()) else {}
