"""Outages: who of those that write to the store has had to put that off, and since when."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Outage:
    """One that lasts, or did."""

    path: str
    """The writer's."""
    kind: str
    """The writer's class."""
    since: float
    """Monotonic seconds."""


@dataclass(slots=True)
class Outages:
    """Those that last. Falsy while everybody is able to write."""

    _lasting: dict[str, Outage] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._lasting)

    def begin(self, path: str, kind: str, now: float) -> bool:
        """The store refused what this one wrote; True where it had been able to write before."""
        if path in self._lasting:
            return False
        self._lasting[path] = Outage(path, kind, now)
        return True

    def end(self, path: str) -> tuple[Outage, ...]:
        """This one has written something; answered with its outage, if it had one."""
        outage = self._lasting.pop(path, None)
        return () if outage is None else (outage,)

    def end_before(self, began: float) -> tuple[Outage, ...]:
        """What somebody began to write at that time is written, so all that began earlier are over; these."""
        ended = tuple(outage for outage in self._lasting.values() if outage.since < began)
        for outage in ended:
            del self._lasting[outage.path]
        return ended
