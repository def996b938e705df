"""Tenure: how what is said of a user outlives its actor; tells board, leases and keeper of every claim."""

from collections.abc import Iterable

from actors.house import House
from actors.messages.keeper import Forget, Record, Remember
from actors.messages.leases import Grant, Release
from actors.presence import Claim, Source

SOCKET_SECONDS = 30.0
"""How long after a crash a claim without a lease of its own is believed (HOUSE law 7)."""


class Tenure:
    """The claims' life beyond one User. `user` is the id they are kept under."""

    __slots__ = ("_house", "_renewals")

    def __init__(self, house: House) -> None:
        self._house = house
        self._renewals: dict[Source, int] = {}
        """How often each source has renewed its lease."""

    def take_up(self, user: str, claims: Iterable[Claim]) -> None:
        """Have the ends of claims found on the board told again: an earlier life may have fallen over one."""
        for claim in claims:
            if claim.expires_at is not None:
                self._house.leases.tell(Grant(user, claim.source, claim.expires_at, again=True))

    def keep(self, user: str, before: Claim | None, claim: Claim) -> None:
        """Keep what a source says now; `before` is what it said until now."""
        house = self._house
        house.board.report(user, claim)
        self._lease(user, before.expires_at if before is not None else None, claim)
        until = claim.expires_at if claim.expires_at is not None else house.clock.now() + SOCKET_SECONDS
        house.keeper.tell(Remember(user, claim, until, before is None))

    def _lease(self, user: str, before: float | None, claim: Claim) -> None:
        """Have the claim's end watched: a first end and a sooner one are told, a later one is found when it is due."""
        end, source = claim.expires_at, claim.source
        if end is None:
            if before is not None:
                self._house.leases.tell(Release(user, source, goes_on=True))
        elif before is None:
            self._house.leases.tell(Grant(user, source, end))
        else:
            self._renewals[source] = self._renewals.get(source, 0) + 1
            if end < before:
                self._house.leases.tell(Grant(user, source, end, again=True))

    def extend(self, user: str, claim: Claim) -> None:
        """The lease that was granted is over, but the claim has been renewed since."""
        if claim.expires_at is not None:
            self._house.leases.tell(Grant(user, claim.source, claim.expires_at, again=True))

    def expire(self, user: str, path: str, claim: Claim) -> None:
        """Forget a claim whose lease is over, and write that down."""
        now = self._house.clock.now()
        details = {
            "user": user,
            "source": claim.source.kind,
            "renewals": self._renewals.get(claim.source, 0),
            "late": round(now - (claim.expires_at or now), 3),
        }
        self._house.journal.tell(Record(now, path, "User", "lease-expired", details))
        self.forget(user, claim.source)

    def release(self, user: str, claim: Claim) -> None:
        """Forget a claim before its time."""
        if claim.expires_at is not None:
            self._house.leases.tell(Release(user, claim.source))
        self.forget(user, claim.source)

    def forget(self, user: str, source: Source) -> None:
        """Nothing is kept of this source any more."""
        self._renewals.pop(source, None)
        self._house.board.withdraw(user, source)
        self._house.keeper.tell(Forget(user, source))
