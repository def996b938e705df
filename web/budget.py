"""Budget: how many messages a connection may send, as a token bucket of two numbers."""


class Budget:
    """`allowed` messages per `seconds`, all at once if need be; 0 allowed means no limit."""

    __slots__ = ("_at", "_left", "allowed", "seconds")

    def __init__(self, allowed: int, seconds: float) -> None:
        self.allowed = allowed
        self.seconds = seconds
        self._left = float(allowed)
        self._at: float | None = None

    def spend(self, now: float) -> bool:
        """Count one message at `now` (monotonic seconds); False when it is one too many."""
        if not self.allowed:
            return True
        if self._at is not None:
            self._left = min(self.allowed, self._left + (now - self._at) * self.allowed / self.seconds)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
