"""Reporter: says in the house what Discord says of each member, and knows where it was said.

A member is the account that is linked to the Discord id, or else a user who has nothing but that id for a name. Each
has a claim of its own, Source("discord", id), which lives as long as the listener does.
"""

from dataclasses import replace

from actors.house import House
from actors.messages.directory import Deliver, DeliverAll
from actors.messages.user import Report, Withdraw
from actors.presence import Claim, Source
from actors.upstream.discord_native import DIALECT

TOGETHER = 256
"""Members of one message: the Directory comes to others between two."""


def source_of(ident: str) -> Source:
    """Who says what Discord says of this member."""
    return Source(DIALECT, ident)


class Reporter:
    """Gathers; `flush` sends."""

    __slots__ = ("_house", "_parcels", "_said")

    def __init__(self, house: House) -> None:
        self._house = house
        self._said: dict[str, tuple[str, Claim]] = {}
        """Member's id -> of whom it was said, and what."""
        self._parcels: list[Deliver] = []

    def __len__(self) -> int:
        """Of how many members something is said."""
        return len(self._said)

    def show(self, ident: str, claim: Claim) -> None:
        """This is so now; it is taken back from whoever was meant by the id before."""
        user, known = self._house.register.resolve(ident, DIALECT), self._said.get(ident)
        if known is not None and known[0] != user:
            self._parcels.append(Deliver(known[0], Withdraw(claim.source)))
        self._said[ident] = user, claim
        self._parcels.append(Deliver(user, Report(claim)))

    def take_back(self, ident: str) -> None:
        """This one is a member no more."""
        known = self._said.pop(ident, None)
        if known is not None:
            self._parcels.append(Deliver(known[0], Withdraw(known[1].source)))

    def relink(self, ident: str) -> None:
        """Perhaps somebody else is meant by the id now."""
        known = self._said.get(ident)
        if known is not None and self._house.register.resolve(ident, DIALECT) != known[0]:
            self.show(ident, known[1])

    def found(self) -> list[Claim]:
        """What an earlier life has said and is still believed, known as said from now on."""
        now, claims = self._house.clock.now(), []
        for user in self._house.board.users():
            for claim in self._house.board.claims(user):
                if claim.source.kind == DIALECT and not claim.expired(now):
                    self._said[claim.source.id] = user, claim
                    claims.append(claim)
        return claims

    def leave(self, until: float) -> None:
        """Nobody speaks for these claims any more: they are believed until then, or until somebody does again."""
        for user, claim in self._said.values():
            end = until if claim.expires_at is None else min(until, claim.expires_at)
            self._parcels.append(Deliver(user, Report(replace(claim, expires_at=end))))
        self.flush()

    def flush(self) -> None:
        """Send what was gathered."""
        parcels, self._parcels = self._parcels, []
        for start in range(0, len(parcels), TOGETHER):
            self._house.directory.tell(DeliverAll(tuple(parcels[start : start + TOGETHER])))
