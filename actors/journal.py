"""Journal: the supervision log; a line on standard output, and a row in the database, for each event of the tree."""

import structlog

from actors.house import House
from actors.messages.keeper import Record
from actors.runtime import Actor, handles
from actors.writing import PUT_OFF

_ERRORS = frozenset({"fell", "parked", "escalated", "codec-failed", PUT_OFF})

_TAKEN = frozenset({"event", "exc_info", "kind", "path", "self", "stack_info"})
"""Names that a line has a meaning of its own for."""

log = structlog.get_logger()


class Journal(Actor):
    """Says and passes on. What many users do all the time is not told here (actors/leases.py, actors/user.py)."""

    mailbox_limit = 100_000

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house

    def on_stop(self) -> None:
        """Its own end it says itself: nobody is left to write it down."""
        log.info("stopped", path=self.path, kind="Journal")

    @handles(Record)
    def record(self, record: Record) -> None:
        """Write one event down."""
        say = log.error if record.event in _ERRORS else log.info
        details = {f"{name}_" if name in _TAKEN else name: value for name, value in record.details.items()}
        say(record.event, path=record.path, kind=record.kind, **details)
        self.house.keeper.tell(record)
