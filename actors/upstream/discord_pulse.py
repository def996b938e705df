"""Pulse: the heartbeats of one connection to Discord's gateway, and whether anybody is there. Pure.

Source: spec/discord.md section 3.1. Times in seconds of a clock that never runs backwards.
"""

import math
from collections.abc import Mapping
from typing import Any

USUAL_INTERVAL = 41.25
SILENT = 10.0
"""Seconds beyond the interval without a frame, after which nobody is there: a half-open connection gives no error."""
EARLY = 0.001
"""Seconds by which a timer may ring too soon."""


class Pulse:
    """Before HELLO nothing is due."""

    __slots__ = ("_beat_at", "_heard_at", "_interval", "_next_beat", "latency")

    def __init__(self, now: float) -> None:
        self._interval = USUAL_INTERVAL
        self._next_beat = math.inf
        self._beat_at: float | None = None
        """When the heartbeat was sent that has no answer yet."""
        self._heard_at = now
        self.latency: float | None = None
        """Seconds that the last answer took."""

    def begin(self, hello: Any, now: float, draw: float) -> None:
        """HELLO has come: the first heartbeat after this part of the interval; one that is no number is the usual."""
        told = hello.get("heartbeat_interval") if isinstance(hello, Mapping) else None
        sane = isinstance(told, int | float) and not isinstance(told, bool) and 0 < told < 3_600_000
        self._interval = told / 1000 if sane and told is not None else USUAL_INTERVAL
        self._next_beat = now + self._interval * draw
        self._beat_at = None

    def heard(self, now: float) -> None:
        """Anything has come."""
        self._heard_at = now

    def answered(self, now: float) -> None:
        """ACK."""
        if self._beat_at is not None:
            self.latency, self._beat_at = now - self._beat_at, None

    def forgive(self, now: float) -> None:
        """We were too busy to listen: answers may be waiting that we have not read yet."""
        self._heard_at, self._beat_at = now, None

    def fault(self, now: float) -> str | None:
        """Why nobody is there; None while somebody seems to be."""
        if now >= self._silent_at - EARLY:
            return "silent"
        return "zombie" if self._is_due(now) and self._beat_at is not None else None

    def beat(self, now: float) -> bool:
        """True when it is time for a heartbeat, which is sent then. One that is asked for does not count."""
        if not self._is_due(now):
            return False
        self._beat_at, self._next_beat = now, now + self._interval
        return True

    def next_due(self) -> float:
        """When there is something to be looked at again."""
        return min(self._next_beat, self._silent_at)

    @property
    def _silent_at(self) -> float:
        return self._heard_at + self._interval + SILENT

    def _is_due(self, now: float) -> bool:
        return now >= self._next_beat - EARLY
