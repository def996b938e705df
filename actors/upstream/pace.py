"""Pace: at most so many a second, in the order they come; the rest get a later moment. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """Hands out moments that lie at least 1 / `per_second` apart, in seconds of any one clock."""

    per_second: float
    _free_at: float = float("-inf")

    def turn(self, now: float) -> float:
        """The next free moment, `now` at the earliest; it is taken."""
        at = max(now, self._free_at)
        self._free_at = at + 1.0 / self.per_second
        return at
