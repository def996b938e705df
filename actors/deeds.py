"""Deeds: what was done under an Idempotency-Key, so that a request that is sent twice is done once.

That it was done is written in one transaction with what was done: after a crash there are both or neither. No answer is
kept, only what the same request needs to be answered the same again, so that ten thousand of them are small.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from actors.presence import Claim

KEPT = 86_400.0
"""Seconds for which a deed is kept."""

MOST = 10_000
"""Deeds that are kept, the newest."""

MOST_OF_ONE = 1_000
"""Of one owner: who uses many keys pushes out their own before those of others."""


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
    _keys: dict[str, OrderedDict[str, None]] = field(default_factory=dict)
    """Each owner's, oldest first."""

    def __len__(self) -> int:
        return len(self._known)

    def __iter__(self) -> Iterator[Done]:
        return iter(self._known.values())

    def find(self, owner: str, key: str, now: float) -> Done | None:
        """What this owner had done under this key, unless that is too long ago."""
        known = self._known.get((owner, key))
        return known if known is not None and known.at >= now - KEPT else None

    def add(self, deed: Done) -> None:
        """Take in the newest; the oldest make room, the owner's own first, and those that are too old."""
        place = (deed.owner, deed.key)
        self._drop(place)
        self._known[place] = deed
        own = self._keys.setdefault(deed.owner, OrderedDict())
        own[deed.key] = None
        if len(own) > MOST_OF_ONE:
            self._drop((deed.owner, next(iter(own))))
        while len(self._known) > MOST or next(iter(self._known.values())).at < deed.at - KEPT:
            self._drop(next(iter(self._known)))

    def _drop(self, place: tuple[str, str]) -> None:
        if self._known.pop(place, None) is None:
            return
        owner, key = place
        del self._keys[owner][key]
        if not self._keys[owner]:
            del self._keys[owner]
