"""LeaseSupervisor: knows when every lease ends, and tells its owner, a user or the relay; one heap, one timer."""

from actors.clock import Timer
from actors.deadlines import Deadlines
from actors.house import House
from actors.messages.directory import Deliver, DeliverAll
from actors.messages.keeper import Record
from actors.messages.leases import Grant, Release
from actors.messages.relay import Expired
from actors.messages.user import Lapsed
from actors.presence import Source
from actors.relay.registration import RELAY
from actors.runtime import Actor, handles

LEAST_PAUSE = 0.05
"""Seconds between two looks at the heap, so that a crowd of ends costs one look."""

MOST_PAUSE = 30.0
"""Between two looks in any case: a clock may be set ahead, and no timer counts a machine's sleep."""

CROWD = 512
"""Ends that are told in one turn; then others get theirs."""


class _Ring:
    """To oneself: a lease may be due."""


class LeaseSupervisor(Actor):
    """Leases by (user, source). Never early, late by at most the pause and the hub's own lag."""

    mailbox_limit = 200_000

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.deadlines: Deadlines[tuple[str, Source]] = Deadlines()
        self.timer: Timer | None = None
        self.rings_at = 0.0

    def on_start(self) -> None:
        """Learn every lease anew: the board and the roll outlive this actor."""
        for user in self.house.board.users():
            for claim in self.house.board.claims(user):
                if claim.expires_at is not None:
                    self._set((user, claim.source), claim.expires_at)
        for registration in self.house.registrations:
            self._set((registration.id, Source(RELAY, registration.id)), registration.expires_at)

    def on_stop(self) -> None:
        """Leave no timer behind."""
        if self.timer is not None:
            self.timer.cancel()

    @handles(Grant)
    def grant(self, message: Grant) -> None:
        """Begin a lease, or move its end."""
        if not message.again:
            self._record("lease-granted", message.user, message.source)
        self._set((message.user, message.source), message.expires_at)

    @handles(Release)
    def release(self, message: Release) -> None:
        """Forget a lease whose source has gone."""
        if (message.user, message.source) in self.deadlines:
            self.deadlines.drop((message.user, message.source))
            if not message.goes_on:  # else it is as good as renewed, which is not told singly
                self._record("lease-released", message.user, message.source)

    @handles(_Ring)
    def ring(self, _: _Ring) -> None:
        """Tell whose leases are over."""
        self.timer = None
        now = self.house.clock.now()
        over = self.deadlines.due(now, CROWD)
        if over:
            self._tell(over)
        self._arm(now, 0.0 if len(over) == CROWD else LEAST_PAUSE)

    def _tell(self, over: list[tuple[tuple[str, Source], float]]) -> None:
        """Tell the owners: the registrar of the relay's registrations, the users of all else."""
        parcels = []
        for key, deadline in over:
            if key[1].kind == RELAY:
                self.house.relay.tell(Expired(key[1].id, deadline))
            else:
                parcels.append(Deliver(key[0], Lapsed(*key, deadline)))
        if parcels:
            self.house.directory.tell(DeliverAll(tuple(parcels)))

    def _set(self, key: tuple[str, Source], expires_at: float) -> None:
        if self.deadlines.set(key, expires_at) or self.timer is None:
            self._arm(self.house.clock.now())

    def _arm(self, now: float, pause: float = LEAST_PAUSE) -> None:
        due = self.deadlines.next()
        if due is None:
            return
        if self.timer is not None:
            if self.rings_at <= due:
                return
            self.timer.cancel()
        self.rings_at = min(max(due, now + pause), now + MOST_PAUSE)
        self.timer = self.house.clock.after(self.rings_at - now, self.remind, _Ring())

    def _record(self, event: str, user: str, source: Source) -> None:
        details = {"user": user, "source": source.kind}
        self.house.journal.tell(Record(self.house.clock.now(), self.path, "LeaseSupervisor", event, details))
