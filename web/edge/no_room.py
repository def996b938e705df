"""NoRoom: counts the connections that cannot be taken in, and tells why, each cause at most once a minute."""

from collections.abc import Callable

EVERY = 60.0
"""Seconds: a flood of peers must be no flood of lines."""

WHY = {
    "connections": (503, "All connections are taken (limits.connections, or what ulimit -n leaves)."),
    "connections_per_address": (429, "One address has all its connections (limits.connections_per_address)."),
    "descriptors": (503, "The system gives this process no descriptor for a connection more (ulimit -n)."),
}
"""By the event's name: the status that the peer gets, or would get, and a sentence for the operator."""


class NoRoom:
    """Counts each event by `count(event)`, and tells of some by `tell(status, reason)`, on this clock."""

    def __init__(
        self, count: Callable[[str], None], tell: Callable[[int, str], None], monotonic: Callable[[], float]
    ) -> None:
        self._count = count
        self._tell = tell
        self._monotonic = monotonic
        self._silent_until: dict[str, float] = {}

    def __call__(self, event: str) -> None:
        """One more of this event."""
        self._count(event)
        now = self._monotonic()
        if now >= self._silent_until.get(event, now):
            self._silent_until[event] = now + EVERY
            self._tell(*WHY[event])
