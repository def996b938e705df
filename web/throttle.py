"""Throttle: how often somebody may try what costs much or could be guessed, such as signing in."""

from collections.abc import Hashable
from dataclasses import dataclass

from actors.errors import Overrun


@dataclass(slots=True)
class _Tries:
    count: int
    ends_at: float


class Throttle:
    """`allowed` tries of each key in `seconds` from its first one on; 0 allowed means no limit."""

    def __init__(self, allowed: int, seconds: float) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._tries: dict[Hashable, _Tries] = {}
        self._sweep_at = 0.0

    def spend(self, key: Hashable, now: float) -> None:
        """Count one try at `now` (monotonic seconds). Raises Overrun (`too-many-tries`) when it is one too many."""
        if not self._allowed:
            return
        if now >= self._sweep_at:
            self._sweep(now)
        tries = self._tries.get(key)
        if tries is None or now >= tries.ends_at:
            tries = self._tries[key] = _Tries(0, now + self._seconds)
        if tries.count >= self._allowed:
            raise Overrun("too-many-tries", retry_after=min(tries.ends_at - now, self._seconds))
        tries.count += 1

    def give_back(self, key: Hashable) -> None:
        """The last try was a rightful one and does not count."""
        tries = self._tries.get(key)
        if tries is not None and tries.count:
            tries.count -= 1

    def _sweep(self, now: float) -> None:
        """Forget whoever may try as often as anybody; what is kept is at most two spans' tries."""
        self._tries = {key: tries for key, tries in self._tries.items() if now < tries.ends_at}
        self._sweep_at = now + self._seconds
