"""LeaseSupervisor: knows when every lease ends, and tells the directory; one heap, one timer."""

from actors.clock import Timer
from actors.deadlines import Deadlines
from actors.house import House
from actors.messages import Grant, Lapsed, Record, Release
from actors.presence import Source
from actors.runtime import Actor, handles

LEAST_PAUSE = 0.05
"""Seconds between two looks at the heap, so that a crowd of ends costs one look."""


class _Ring:
    """To oneself: a lease may be due."""


class LeaseSupervisor(Actor):
    """Leases by (user, source). Never early, late by at most the pause and the hub's own lag.

    The journal is told of grants and ends; renewals are counted and told with the end.
    """

    mailbox_limit = 200_000

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.deadlines: Deadlines[tuple[str, Source]] = Deadlines()
        self.renewals: dict[tuple[str, Source], int] = {}
        self.timer: Timer | None = None
        self.rings_at = 0.0
        self.latest = 0.0
        """Seconds by which the last end was late."""

    def on_start(self) -> None:
        """Learn every lease anew: the board outlives this actor."""
        for user in self.house.board.users():
            for claim in self.house.board.claims(user):
                if claim.expires_at is not None:
                    self._set((user, claim.source), claim.expires_at)

    def on_stop(self) -> None:
        """Leave no timer behind."""
        if self.timer is not None:
            self.timer.cancel()

    @handles(Grant)
    def grant(self, message: Grant) -> None:
        """Begin or renew a lease."""
        key = message.user, message.source
        if key in self.deadlines:
            self.renewals[key] = self.renewals.get(key, 0) + 1
        else:
            self._record("lease-granted", key, expires_at=message.expires_at)
        self._set(key, message.expires_at)

    @handles(Release)
    def release(self, message: Release) -> None:
        """Forget a lease whose source has gone."""
        key = message.user, message.source
        if key in self.deadlines:
            self.deadlines.drop(key)
            self._record("lease-released", key, renewals=self.renewals.pop(key, 0))

    @handles(_Ring)
    def ring(self, _: _Ring) -> None:
        """Tell whose leases are over."""
        self.timer = None
        now = self.house.clock.now()
        for key, deadline in self.deadlines.due(now):
            self.latest = now - deadline
            self.house.directory.tell(Lapsed(*key, deadline))
            self._record("lease-expired", key, renewals=self.renewals.pop(key, 0), late=round(now - deadline, 3))
        self._arm(now)

    def _set(self, key: tuple[str, Source], expires_at: float) -> None:
        if self.deadlines.set(key, expires_at) or self.timer is None:
            self._arm(self.house.clock.now())

    def _arm(self, now: float) -> None:
        due = self.deadlines.next()
        if due is None:
            return
        if self.timer is not None:
            if self.rings_at <= due:
                return
            self.timer.cancel()
        self.rings_at = max(due, now + LEAST_PAUSE)
        self.timer = self.house.clock.after(self.rings_at - now, self.remind, _Ring())

    def _record(self, event: str, key: tuple[str, Source], **details: object) -> None:
        user, source = key
        details = {"user": user, "source": source.kind, **details}
        self.house.journal.tell(Record(self.house.clock.now(), self.path, "LeaseSupervisor", event, details))
