"""Keeper: writes to storage what may be written behind, in batches within a second; the only actor that writes."""

from collections.abc import Sequence
from typing import Protocol

import structlog

from actors.errors import Unavailable
from actors.house import House
from actors.messages import Behind, Flush, Forget, Record, Remember, Renew, Seen
from actors.presence import Source
from actors.runtime import WaitingActor, handles

PAUSE = 0.2
"""Seconds over which changes are gathered before they are written."""

RENEW_EVERY = 10.0
"""Seconds between two bulk renewals of what lives as long as its source."""

RENEWED_FOR = 30.0
"""Seconds that such a claim outlives a crash (HOUSE law 7)."""

MOST_RECORDS = 20_000
"""Lines of the log that may wait for a store that is away; the oldest go first, and are counted."""

log = structlog.get_logger()


class Ledger(Protocol):
    """Where it is written to (storage/)."""

    def write_behind(self, batch: Sequence[Behind]) -> None:
        """Write all of it in one transaction; Unavailable when the store is away, and then nothing was written."""


class Backlog:
    """What has still to be written. It outlives the Keeper, so that a fall of it loses nothing."""

    def __init__(self) -> None:
        self.claims: dict[tuple[str, Source], Remember | Forget] = {}
        """The last word per user and source."""
        self.seen: dict[str, Seen] = {}
        """The last ping of each user."""
        self.records: list[Record] = []
        self.renew: Renew | None = None
        self.lost_records = 0

    def add(self, change: Behind) -> None:
        """Gather one change."""
        if isinstance(change, Remember):
            self.claims[change.user, change.claim.source] = change
        elif isinstance(change, Forget):
            self.claims[change.user, change.source] = change
        elif isinstance(change, Renew):
            self.renew = change
        elif isinstance(change, Seen):
            self.seen[change.user] = change
        else:
            self.records.append(change)
            if len(self.records) > MOST_RECORDS:
                del self.records[0]
                self.lost_records += 1

    def take(self) -> list[Behind]:
        """All that was gathered; a renewal goes first, so that it doesn't touch what is newer."""
        renew: list[Behind] = [self.renew] if self.renew else []
        batch = [*renew, *self.claims.values(), *self.seen.values(), *self.records]
        self.claims, self.seen, self.records, self.renew = {}, {}, [], None
        return batch

    def put_back(self, batch: Sequence[Behind]) -> None:
        """Gather again what could not be written, where nothing newer has come."""
        newer = self.take()
        for change in (*batch, *newer):
            self.add(change)


class Keeper(WaitingActor):
    """Gathers, and writes."""

    mailbox_limit = 200_000

    def __init__(self, house: House, ledger: Ledger, backlog: Backlog) -> None:
        super().__init__()
        self.house = house
        self.ledger = ledger
        self.backlog = backlog
        self.scheduled = False

    def on_start(self) -> None:
        """Write what an earlier life has left, and renew from now on."""
        self._renew()

    def on_stop(self) -> None:
        """Write everything before the house is dark."""
        self._write()

    @handles(Remember, Forget, Record, Seen)
    def gather(self, change: Behind) -> None:
        """Take a change; it is written within a second."""
        self.backlog.add(change)
        self._write_later()

    @handles(Renew)
    def renew(self, _: Renew) -> None:
        """Renew what lives as long as its source."""
        self._renew()

    @handles(Flush)
    def flush(self, _: Flush) -> None:
        """Write now; answered when it is done or the store is away."""
        self.scheduled = False
        self._write()

    def _renew(self) -> None:
        self.backlog.add(Renew(self.house.clock.now() + RENEWED_FOR))
        self._write_later()
        self.house.clock.after(RENEW_EVERY, self.remind, Renew(0.0))

    def _write_later(self, seconds: float = PAUSE) -> None:
        if not self.scheduled:
            self.scheduled = True
            self.house.clock.after(seconds, self.remind, Flush())

    def _write(self) -> None:
        batch = self.backlog.take()
        if not batch:
            return
        try:
            self.ledger.write_behind(batch)
        except Unavailable as away:
            self.backlog.put_back(batch)
            log.warning("store is away, writing is put off", code=away.code, waiting=len(batch))
            self._write_later(1.0)
        except BaseException:
            self.backlog.put_back(batch)
            raise
