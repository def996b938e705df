"""How often something may fall, and how long to wait before it is started again. Pure."""

import random
from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """OTP's intensity and period, and the back-off between restarts; all times in seconds."""

    falls: int = 5
    """Falls allowed within `period`; one more is an excess."""
    period: float = 60.0
    first_delay: float = 0.5
    """Doubles with every fall, up to `most_delay`."""
    most_delay: float = 60.0
    jitter: float = 0.2
    """A delay is drawn from its nominal length, that part less to that part more."""
    healthy: float = 60.0
    """A life this long makes the next fall the first again."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a fall means."""

    delay: float
    """Seconds to wait before the restart."""
    excess: bool
    """True when there were more falls than allowed within the period."""


@dataclass(slots=True)
class Falls:
    """The falls of one thing; times in seconds of any one clock."""

    limits: Limits
    total: int = 0
    times: deque[float] = field(default_factory=deque)
    streak: int = 0
    """Falls in a row without a healthy life between them."""
    delay: float = 0.0
    """Before the last restart."""

    def fell(self, now: float, draw: float | None = None) -> Verdict:
        """Count a fall at `now`; `draw` from 0 to 1 decides the jitter, by chance when not given."""
        limits = self.limits
        if self.times and now - self.times[-1] >= limits.healthy + self.delay:
            self.streak = 0
        self.total += 1
        self.streak += 1
        self.times.append(now)
        while now - self.times[0] > limits.period:
            self.times.popleft()
        spread = limits.jitter * (2 * (random.random() if draw is None else draw) - 1)  # noqa: S311 - no secret
        self.delay = self._nominal() * (1 + spread)
        return Verdict(self.delay, len(self.times) > limits.falls)

    def _nominal(self) -> float:
        doublings = min(max(self.streak - 1, 0), 32)
        return float(min(self.limits.first_delay * 2**doublings, self.limits.most_delay))

    def forgive(self) -> None:
        """Begin anew, as an operator may ask."""
        self.times.clear()
        self.streak = 0
