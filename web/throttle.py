"""Throttle: how often somebody may try what costs much or could be guessed, such as signing in."""

import math
from collections.abc import Hashable

from actors.errors import Overrun


class Throttle:
    """`allowed` tries of each key in each window of `seconds`; 0 allowed means no limit.

    What is kept is one dictionary a window: whoever has not tried in it costs nothing.
    """

    def __init__(self, allowed: int, seconds: int) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._tries: dict[Hashable, int] = {}
        self._window = 0

    def spend(self, key: Hashable, now: float) -> None:
        """Count one try at `now` (monotonic seconds). Raises Overrun (`too-many-tries`) when it is one too many."""
        if not self._allowed:
            return
        window = int(now) // self._seconds
        if window != self._window:
            self._window, self._tries = window, {}
        tries = self._tries.get(key, 0)
        if tries >= self._allowed:
            raise Overrun("too-many-tries", retry_after=math.ceil((window + 1) * self._seconds - now))
        self._tries[key] = tries + 1

    def give_back(self, key: Hashable) -> None:
        """The last try was a rightful one and does not count."""
        tries = self._tries.get(key, 0)
        if tries:
            self._tries[key] = tries - 1
