"""Journal: the supervision log; a line on standard output, and a row in the database, for each event of the tree."""

import structlog

from actors.house import House
from actors.messages.keeper import Record
from actors.runtime import Actor, handles
from actors.writing import PUT_OFF

_ERRORS = frozenset({"fell", "parked", "escalated", "codec-failed", PUT_OFF})

_TAKEN = frozenset({"event", "exc_info", "kind", "path", "self", "stack_info"})
"""Names that a line has a meaning of its own for."""

COUNT_EVERY = 60.0
"""Seconds between two lines that count who came and went."""

log = structlog.get_logger()


class _Count:
    """To oneself: say how many have begun and ended."""


class Journal(Actor):
    """Says and passes on. What many users do all the time is counted, or not told here (actors/user.py)."""

    mailbox_limit = 100_000

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house

    def on_start(self) -> None:
        """Count from now on."""
        self._count_later()

    def on_stop(self) -> None:
        """Its own end, and the last counts, it says itself: nobody is left to write them down."""
        counts = self.house.headcount.take()
        if counts:
            log.info("counted", path=self.path, kind="Journal", **counts)
        log.info("stopped", path=self.path, kind="Journal")

    @handles(Record)
    def record(self, record: Record) -> None:
        """Write one event down."""
        say = log.error if record.event in _ERRORS else log.info
        details = {f"{name}_" if name in _TAKEN else name: value for name, value in record.details.items()}
        say(record.event, path=record.path, kind=record.kind, **details)
        self.house.keeper.tell(record)

    @handles(_Count)
    def count(self, _: _Count) -> None:
        """Users and connections begin and end by the thousand: the log has their number (actors/headcount.py)."""
        self._count_later()
        counts = self.house.headcount.take()
        if counts:
            self.record(Record(self.house.clock.now(), self.path, "Journal", "counted", dict(counts)))

    def _count_later(self) -> None:
        self.house.clock.after(COUNT_EVERY, self.remind, _Count())
