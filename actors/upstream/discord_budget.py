"""Budget: when a session may be begun. Each costs one of 1,000 a day, and running dry resets the bot's token. Pure.

Source: spec/discord.md sections 1 and 3.2. What is left is Discord's word where it was asked, and our own count
otherwise; the count is kept over restarts, since a process that falls again and again is the usual way to run dry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DAY = 86_400.0
A_DAY = 1_000
RESERVE = 0.1
"""The part of them that is never used (PROMISES 2: it stops at 900 of 1,000)."""
APART = 5.0
"""Seconds between two, for each key of concurrency; ours is one shard, which is one key."""
MOST_APART = 600.0
"""Between two that came to nothing, one after another."""


@dataclass(slots=True)
class Budget:
    """Times in seconds of a clock that never runs backwards; they may lie before its beginning."""

    count: int = 0
    """Sessions that were begun since `since`."""
    since: float = float("-inf")
    last_at: float = float("-inf")
    streak: int = 0
    """Sessions in a row that did not hold."""
    closed_until: float = float("-inf")
    """Discord says that none is left until then."""
    allowed: int = A_DAY
    """How many, reserve not counted, were left when Discord was asked at `since`."""

    def wait(self, now: float) -> float:
        """Seconds until the next may be begun; 0 for now."""
        apart = min(APART * 2 ** max(self.streak - 1, 0), MOST_APART) if self.streak < 32 else MOST_APART
        waits = [self.last_at + apart - now, self.closed_until - now]
        if self._spent(now):
            waits.append(self.since + DAY - now)
        return max(0.0, *waits)

    def exhausted(self, now: float) -> bool:
        """True where the wait is for the budget, and not to keep two apart."""
        return self._spent(now) or self.closed_until > now

    def left(self, now: float) -> int:
        """How many may still be begun today."""
        if self.closed_until > now:
            return 0
        used = self.count if now - self.since < DAY else 0
        return max(min(int((1 - RESERVE) * A_DAY), self.allowed) - used, 0)

    def begun(self, now: float) -> None:
        """A session is being begun."""
        if now - self.since >= DAY:
            self.count, self.since = 0, now
        self.count += 1
        self.last_at = now
        self.streak += 1

    def held(self) -> bool:
        """The session is one that lasts; True where that was not known."""
        was_new, self.streak = self.streak > 0, 0
        return was_new

    def told(self, limit: Mapping[str, Any], now: float) -> None:
        """Discord's `session_start_limit`; what of it is not a number is not believed."""
        total, remaining, reset_ms = (_whole(limit.get(key)) for key in ("total", "remaining", "reset_after"))
        if remaining is None:
            return
        self.count, self.since = 0, now  # their count is the better one
        reserve = int(RESERVE * (A_DAY if total is None else total))
        self.allowed = max(remaining - reserve, 0)
        if remaining <= reserve:
            self.closed_until = now + (DAY if reset_ms is None else reset_ms / 1000)
        else:
            self.closed_until = float("-inf")

    def as_values(self, now: float, wall: float) -> dict[str, Any]:
        """For storage: `wall` is the time since the epoch at `now`."""
        shift = wall - now
        times = {name: getattr(self, name) + shift for name in ("since", "last_at")}
        told = {name: round(at, 3) for name, at in times.items() if at > float("-inf")}
        return {"count": self.count, "streak": self.streak, **told}

    @classmethod
    def of_values(cls, values: Any, now: float, wall: float) -> "Budget":
        """From storage; what cannot be read, or lies in the future, counts as a session that was just begun."""
        if values is None:
            return cls()
        try:
            count, streak, since, last_at = (values[name] for name in ("count", "streak", "since", "last_at"))
            shift = now - wall
            return cls(int(count), min(float(since) + shift, now), min(float(last_at) + shift, now), int(streak))
        except (KeyError, TypeError, ValueError, OverflowError):
            return cls(last_at=now)

    def _spent(self, now: float) -> bool:
        return now - self.since < DAY and self.count >= (1 - RESERVE) * A_DAY


def _whole(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
