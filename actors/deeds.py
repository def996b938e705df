"""Deeds: what was done under an Idempotency-Key, so that a request that is sent twice is done once.

That it was done is written in one transaction with what was done: after a crash there are both or neither. No answer is
kept, only what the same request needs to be answered the same again, so that ten thousand of them are small.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from actors.presence import Claim

KEPT = 86_400.0
"""Seconds for which a deed is kept."""

MOST = 10_000
"""Deeds that are kept, the newest."""


@dataclass(frozen=True, slots=True)
class Done:
    """Something was done. To the Keeper: write this behind, together with what was done."""

    owner: str
    """Id of the credential whose key it is."""
    key: str
    request: str
    """What tells requests apart."""
    at: float
    """Seconds since the epoch, as the others."""
    since: float | None = None
    """Of the claim as it then stood: its source's age, and its end."""
    expires_at: float | None = None
    made: str | None = None
    """Id of what was made."""

    def of(self, claim: Claim) -> "Done":
        """That this claim was made."""
        return replace(self, since=claim.since, expires_at=claim.expires_at)


@dataclass(slots=True)
class Deeds:
    """The newest, by whose key it was. Written by whoever did it, before it is answered."""

    under_way: dict[tuple[str, str], str] = field(default_factory=dict)
    """What is being done, by whose key: what tells its request apart."""
    _known: OrderedDict[tuple[str, str], Done] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterable[Done]:
        return iter(self._known.values())

    def find(self, owner: str, key: str, now: float) -> Done | None:
        """What this owner had done under this key, unless that is too long ago."""
        known = self._known.get((owner, key))
        return known if known is not None and known.at >= now - KEPT else None

    def add(self, deed: Done) -> None:
        """Take in the newest; the oldest make room, and those that are too old."""
        place = (deed.owner, deed.key)
        self._known[place] = deed
        self._known.move_to_end(place)
        while len(self._known) > MOST or next(iter(self._known.values())).at < deed.at - KEPT:
            self._known.popitem(last=False)
