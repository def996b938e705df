"""Backlog: what has still to be written, where the last word about a thing stands for all before it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from actors.deeds import Deeds, Done
from actors.messages.keeper import Behind, Forget, LastSeen, Record, Remember, Renew, Seen
from actors.presence import Source

MOST_RECORDS = 20_000
"""Lines of the log that may wait for a store that is away; the oldest go first, and are counted."""


class Backlog:
    """What has still to be written. It outlives the Keeper, so that a fall of it loses nothing."""

    def __init__(self) -> None:
        self.claims: dict[tuple[str, Source], Remember | Forget] = {}
        """The last word per user and source."""
        self.unstored: set[tuple[str, Source]] = set()
        """Of these, those of which the store knows nothing: forgotten before they are written they are no word."""
        self.seen: dict[str, Seen] = {}
        """The last ping of each user."""
        self.last_seen: dict[str, LastSeen] = {}
        self.deeds = Deeds()
        self.records: deque[Record] = deque()
        self.renew: Renew | None = None
        self.lost_records = 0

    def __len__(self) -> int:
        """How many changes wait."""
        said = len(self.claims) + len(self.deeds) + len(self.seen) + len(self.last_seen)
        return said + len(self.records) + (self.renew is not None)

    def add(self, change: Behind) -> None:
        """Gather one change."""
        if isinstance(change, Remember):
            if change.first or self.unstored:
                change = self._weighed((change.user, change.claim.source), change)
            self.claims[change.user, change.claim.source] = change
        elif isinstance(change, Forget):
            self._forget((change.user, change.source), change)
        elif isinstance(change, Renew):
            self.renew = change
        elif isinstance(change, Seen):
            self.seen[change.user] = change
        elif isinstance(change, LastSeen):
            self.last_seen[change.user] = change
        elif isinstance(change, Done):
            self.deeds.add(change)
        else:
            self.records.append(change)
            if len(self.records) > MOST_RECORDS:
                self.records.popleft()
                self.lost_records += 1

    def _weighed(self, key: tuple[str, Source], change: Remember) -> Remember:
        """The change, `first` where the store knows nothing of it: what waits to be forgotten may be stored."""
        if change.first and key not in self.claims:
            self.unstored.add(key)
        unstored = key in self.unstored
        return change if change.first is unstored else replace(change, first=unstored)

    def _forget(self, key: tuple[str, Source], change: Forget) -> None:
        if key in self.unstored:
            self.unstored.discard(key)
            del self.claims[key]
        else:
            self.claims[key] = change

    def take(self) -> list[Behind]:
        """All that was gathered; a renewal goes first, so that it doesn't touch what is newer."""
        renew: list[Behind] = [self.renew] if self.renew else []
        said = (*self.claims.values(), *self.deeds, *self.seen.values(), *self.last_seen.values())
        batch = [*renew, *said, *self.records]
        self.claims, self.seen, self.last_seen, self.deeds = {}, {}, {}, Deeds()
        self.unstored = set()
        self.records, self.renew = deque(), None
        return batch

    def put_back(self, batch: Sequence[Behind]) -> None:
        """Gather again what could not be written, where nothing newer has come."""
        newer = self.take()
        for change in (*batch, *newer):
            self.add(change)
