"""The numbered feed by which a running house learns what another process changed in its accounts and credentials."""

from pony.orm import select

from actors.accounts import Change
from storage.tables import Tables

MOST = 100_000
"""Rows that are kept: a house follows twice a second, and one that starts reads what they led to."""


def append(tables: Tables, kind: str, id: str) -> None:  # noqa: A002  # the field's own name
    """Add a row to the feed, in the transaction of the mutation it tells of.

    The number comes from a counter's row and not from a sequence: the row stays locked until the commit, so numbers
    become visible in their order and a reader that has seen 8 will never be shown a 7.
    """
    tables.execute("UPDATE counters SET value = value + 1 WHERE name = 'changes'")
    tables.orm.Change(number=newest(tables), kind=kind, id=id)


def newest(tables: Tables) -> int:
    """The number of the newest change, 0 before the first."""
    return int(tables.rows("SELECT value FROM counters WHERE name = 'changes'")[0][0])


def since(tables: Tables, number: int) -> tuple[Change, ...]:
    """Every change after this number, in order."""
    rows = select((each.number, each.kind, each.id) for each in tables.orm.Change if each.number > number)
    return tuple(Change(*row) for row in rows.order_by(1))


def prune(tables: Tables, now: float) -> int:  # noqa: ARG001 - it is their number that counts, not their age
    """Delete all but the newest; returns how many."""
    return tables.execute("DELETE FROM changes WHERE number <= ?", (newest(tables) - MOST,))
