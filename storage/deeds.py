"""Deeds of what was done under an Idempotency-Key, for as long as a retry may be told so."""

from collections.abc import Sequence

from actors.deeds import KEPT, MOST, MOST_OF_ONE, Done
from storage.documents import read_text, stored_text
from storage.tables import Tables

_COLUMNS = "owner, idempotency_key, request, at, since, expires_at, made"
_DELETE = "DELETE FROM deeds WHERE owner = ? AND idempotency_key = ?"
_INSERT = f"INSERT INTO deeds ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - ours alone
_OF_ONE_TOO_MANY = """DELETE FROM deeds WHERE owner = ? AND number <=
    (SELECT number FROM deeds WHERE owner = ? ORDER BY number DESC LIMIT 1 OFFSET ?)"""
_TOO_MANY = "DELETE FROM deeds WHERE number <= (SELECT number FROM deeds ORDER BY number DESC LIMIT 1 OFFSET ?)"


def note(tables: Tables, deeds: Sequence[Done]) -> None:
    """Keep them, each in place of what was kept under its key; the oldest make room, as in Deeds.add."""
    if not deeds:
        return
    rows = [_row(deed) for deed in deeds]
    tables.execute_many(_DELETE, [row[:2] for row in rows])
    tables.execute_many(_INSERT, rows)
    tables.execute_many(_OF_ONE_TOO_MANY, [(owner, owner, MOST_OF_ONE) for owner in {deed.owner for deed in deeds}])
    tables.execute(_TOO_MANY, (MOST,))


def every(tables: Tables, now: float) -> tuple[Done, ...]:
    """All that still hold, oldest first."""
    sql = f"SELECT {_COLUMNS} FROM deeds WHERE at >= ? ORDER BY number"  # noqa: S608 - ours alone
    return tuple(Done(owner, read_text(key), *rest) for owner, key, *rest in tables.rows(sql, (now - KEPT,)))


def prune(tables: Tables, now: float) -> int:
    """Delete what is too old; returns how many."""
    return tables.execute("DELETE FROM deeds WHERE at < ?", (now - KEPT,))


def _row(deed: Done) -> tuple[object, ...]:
    key = stored_text(deed.key)
    return (deed.owner, key, deed.request, deed.at, deed.since, deed.expires_at, deed.made)
