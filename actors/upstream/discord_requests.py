"""Requests: what is to be said to Discord's gateway when there is a session, at no more than it takes. Pure.

Source: spec/discord.md section 3.9: 120 in 60 s for each connection, heartbeats and greetings among them. Those do not
wait for it.
"""

import math
from collections import deque

WINDOW, MOST_IN_WINDOW = 60.0, 110


class Requests:
    """Times in seconds of a clock that never runs backwards."""

    __slots__ = ("_sent", "_waiting")

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._sent: deque[float] = deque()

    def add(self, text: bytes) -> None:
        """One more, after those that wait."""
        self._waiting.append(text)

    def begin_connection(self) -> None:
        """The limit counts anew; what waits still does."""
        self._sent.clear()

    def begin_session(self) -> None:
        """Nothing of what was asked in the last one matters."""
        self._waiting.clear()

    def take(self, now: float) -> list[bytes]:
        """Those that may be said now."""
        while self._sent and now - self._sent[0] >= WINDOW:
            self._sent.popleft()
        taken = []
        while self._waiting and len(self._sent) < MOST_IN_WINDOW:
            self._sent.append(now)
            taken.append(self._waiting.popleft())
        return taken

    def next_due(self, now: float) -> float:
        """When there is something to take; infinity for never."""
        if not self._waiting:
            return math.inf
        return self._sent[0] + WINDOW if len(self._sent) >= MOST_IN_WINDOW else now
