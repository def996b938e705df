"""Keeper: writes to storage what may be written behind, in batches within a second, and at once what modules keep.

It also deletes, once a day, what has been kept for long enough.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog
from pykka._envelope import Envelope

from actors.backlog import Backlog
from actors.deeds import Done
from actors.errors import Unavailable
from actors.house import House
from actors.messages.keeper import (
    Behind,
    Flush,
    Forget,
    KeepValue,
    LastSeen,
    Prune,
    RecallValues,
    Record,
    Remember,
    Renew,
    Seen,
)
from actors.runtime import WaitingActor, handles
from actors.runtime.mailbox import WaitingMailbox
from actors.tenure import SOCKET_SECONDS
from actors.writing import goes_on, put_off

PAUSE = 0.2
"""Seconds over which changes are gathered before they are written."""

RENEW_EVERY = 10.0
"""Seconds between two bulk renewals of what lives as long as its source."""

PRUNE_EVERY = 86_400.0
"""Seconds after which a server that runs on looks again for what has been kept for long enough."""

log = structlog.get_logger()


class Ledger(Protocol):
    """Where it is written to (storage/)."""

    def write_behind(self, batch: Sequence[Behind]) -> None:
        """Write all of it in one transaction; Unavailable when the store is away, and then nothing was written."""

    def prune(self) -> int:
        """Delete what has been kept for long enough; Unavailable when the store is away."""

    def module_values(self, module: str) -> Mapping[str, str]:
        """What a module keeps, JSON texts by name; Unavailable when the store is away."""

    def keep_module_value(self, module: str, name: str, text: str | None) -> None:
        """Keep one value of a module, None for none any more; Unavailable as above."""


class Tray(WaitingMailbox):
    """The Keeper's inbox: what may wait is laid into the backlog as it comes, and wakes nobody.

    Handling each in its turn made a publish a tenth dearer. The backlog has bounds of its own.
    """

    __slots__ = ()

    def put(self, envelope: Envelope[Any]) -> None:
        """See Bounded."""
        if type(envelope.message) in _LAID_DOWN and envelope.reply_to is None and self.actor is not None:
            self.actor.gather(envelope.message)
        else:
            super().put(envelope)


_LAID_DOWN = frozenset({Remember, Forget, Record, Seen, LastSeen, Done})


class Keeper(WaitingActor):
    """Gathers, and writes."""

    mailbox_limit = 200_000
    inbox_kind = Tray

    def __init__(self, house: House, ledger: Ledger, backlog: Backlog) -> None:
        super().__init__()
        self.house = house
        self.ledger = ledger
        self.backlog = backlog
        self.scheduled = False

    def on_start(self) -> None:
        """Write what an earlier life has left, renew from now on, and prune daily: the start itself has pruned."""
        self._renew()
        self._prune_later()

    def on_stop(self) -> None:
        """Write everything before the house is dark, and say how much of it could not be written."""
        self._write()
        if len(self.backlog):
            log.error("stopped before all was written", changes=len(self.backlog))

    @handles(Remember, Forget, Record, Seen, LastSeen, Done)
    def gather(self, change: Behind) -> None:
        """Take a change; it is written within a second."""
        self.backlog.add(change)
        self._write_later()

    @handles(RecallValues)
    def recall_values(self, message: RecallValues) -> Mapping[str, str]:
        """See messages.RecallValues."""
        return self.ledger.module_values(message.module)

    @handles(KeepValue)
    def keep_value(self, message: KeepValue) -> None:
        """See messages.KeepValue."""
        self.ledger.keep_module_value(message.module, message.name, message.text)

    @handles(Renew)
    def renew(self, _: Renew) -> None:
        """Renew what lives as long as its source."""
        self._renew()

    @handles(Prune)
    def prune(self, _: Prune) -> None:
        """Delete what has been kept for long enough; where the store is away it is kept for a day more."""
        self._prune_later()
        try:
            self.ledger.prune()
        except Unavailable as away:
            log.warning("pruning is put off", reason=str(away))

    @handles(Flush)
    def flush(self, _: Flush) -> None:
        """Write now; answered when it is done or the store is away."""
        self.scheduled = False
        self._write()

    def _renew(self) -> None:
        self.backlog.add(Renew(self.house.clock.now() + SOCKET_SECONDS))
        self._write_later()
        self.house.clock.after(RENEW_EVERY, self.remind, Renew(0.0))

    def _prune_later(self) -> None:
        self.house.clock.after(PRUNE_EVERY, self.remind, Prune())

    def _write_later(self, seconds: float = PAUSE) -> None:
        if not self.scheduled:
            self.scheduled = True
            self.house.clock.after(seconds, self.remind, Flush())

    def _write(self) -> None:
        """Write all. What cannot be written although the rest can is dropped, and fells the Keeper so that it is told.

        A part that fails is halved until it is one change; parts stand with the oldest last.
        """
        began = self.house.clock.monotonic()
        parts = [self.backlog.take()]
        spoiled: list[tuple[Behind, Exception]] = []
        written, rows = 0, False
        try:
            while parts:
                if self._write_part(parts[-1], spoiled):
                    part = parts.pop()
                    written += len(part)
                    rows = rows or any(type(change) is Record for change in part)
                else:
                    whole = parts.pop()
                    middle = len(whole) // 2
                    parts += [whole[middle:], whole[:middle]] if middle else []
        except Unavailable as away:
            self._put_off(away, sum(map(len, parts)))
        finally:
            self.backlog.put_back([change for part in reversed(parts) for change in part])
        if rows:  # else perhaps nothing was touched: a full disk refuses no renewal of nothing
            goes_on(self.house, self.house.outages.end_before(began))
        if spoiled:
            self._complain(spoiled, written)

    def _write_part(self, part: list[Behind], spoiled: list[tuple[Behind, Exception]]) -> bool:
        try:
            if part:
                self.ledger.write_behind(part)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - raised again when the rest has been saved from it
            if len(part) == 1:
                spoiled.append((part[0], error))
            return False
        return True

    def _complain(self, spoiled: list[tuple[Behind, Exception]], written: int) -> None:
        if not written:  # perhaps it is the store: nothing is given up
            self.backlog.put_back([change for change, _ in spoiled])
        raise spoiled[0][1]

    def _put_off(self, away: Unavailable, waiting: int) -> None:
        log.warning("writing is put off", reason=str(away), waiting=waiting, lost=self.backlog.lost_records)
        put_off(self.house, self.path, "Keeper", away)
        self._write_later(1.0)
