"""The outbox of callbacks: parcels until they are delivered, dead letters for a while, and what queues were told."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from actors.courier.dead_letters import Buried, Wanted
from actors.courier.outbox import Aftermath, DeadLetter, Stored, Work
from actors.messages.courier import Parcel, Told
from storage.tables import Tables

KEPT = 30 * 86_400.0
"""Seconds for which a dead letter is kept."""

MOST_DEAD = 10_000
"""Dead letters that are kept; the oldest give way."""

_AT_A_TIME = 400
"""Values in one IN: every SQLite takes so many."""

_INSERT = "INSERT INTO outbox (number, id, queue, body, created_at, tries) VALUES (?, ?, ?, ?, ?, 0)"
_TELL = """INSERT INTO told (queue, about, version, shown) VALUES (?, ?, ?, ?)
    ON CONFLICT (queue, about) DO UPDATE SET version = excluded.version, shown = excluded.shown"""
_BURY = """INSERT INTO dead_letters (id, queue, body, created_at, died_at, status, error, tries)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_TALLY = """INSERT INTO tallies (queue, delivered, failed) VALUES (?, ?, ?) ON CONFLICT (queue) DO UPDATE SET
    delivered = tallies.delivered + excluded.delivered, failed = tallies.failed + excluded.failed"""
_DELETE = "DELETE FROM outbox WHERE number = ?"
_COLUMNS = "number, id, queue, body, created_at, tries"
_NEXT = f"SELECT {_COLUMNS} FROM outbox WHERE queue = ? AND number > ? ORDER BY number LIMIT ?"  # noqa: S608 - ours alone
_DEAD = "id, queue, body, created_at, tries, died_at, status, error, number"


def write(tables: Tables, work: Work) -> frozenset[str]:
    """See actors.courier.outbox.Outbox.write_outbox."""
    known = _known(tables, [stored.parcel.id for stored in work.added])
    _add(tables, [stored for stored in work.added if stored.parcel.id not in known])
    if work.told:
        tables.execute_many(_TELL, [(queue, told.about, told.version, told.shown) for queue, told in work.told])
    aftermath = work.aftermath
    _count(tables, aftermath)
    _delete(tables, [*aftermath.delivered, *(letter.stored.number for letter in aftermath.dead)])
    if aftermath.tried:
        tries = [(tries, number) for number, tries in aftermath.tried.items()]
        tables.execute_many("UPDATE outbox SET tries = ? WHERE number = ?", tries)
    _bury(tables, aftermath.dead)
    for queue in work.abandoned:
        tables.execute("DELETE FROM outbox WHERE queue = ?", (queue,))
        tables.execute("DELETE FROM told WHERE queue = ?", (queue,))
        tables.execute("DELETE FROM tallies WHERE queue = ?", (queue,))
    return known


def queues(tables: Tables) -> tuple[tuple[str, int], ...]:
    """Every queue that has parcels, and how many."""
    return tuple((row[0], row[1]) for row in tables.rows("SELECT queue, count(*) FROM outbox GROUP BY queue"))


def parcels(tables: Tables, queue: str, after: int, most: int) -> tuple[Stored, ...]:
    """The queue's first parcels with a number above `after`, in order."""
    return tuple(map(_stored, tables.rows(_NEXT, (queue, after, most))))


def newest(tables: Tables) -> int:
    """The highest number of a parcel; 0 where there is none."""
    return int(tables.rows("SELECT coalesce(max(number), 0) FROM outbox")[0][0])


def told(tables: Tables, kind: str) -> tuple[tuple[str, Told], ...]:
    """What every queue of this kind was told last, about everybody."""
    rows = tables.rows("SELECT queue, about, version, shown FROM told WHERE queue LIKE ?", (f"{kind}:%",))
    return tuple((row[0], Told(row[1], row[2], row[3])) for row in rows)


def tallies(tables: Tables, kind: str) -> tuple[tuple[str, int, int], ...]:
    """How many of each of this kind's queues were delivered, and how many given up."""
    rows = tables.rows("SELECT queue, delivered, failed FROM tallies WHERE queue LIKE ?", (f"{kind}:%",))
    return tuple((queue, int(delivered), int(failed)) for queue, delivered, failed in rows)


def dead_letters(tables: Tables, wanted: Wanted) -> tuple[Buried, ...]:
    """Those that are wanted, the last to die first."""
    asked = {"queue = ?": wanted.queue, "number < ?": wanted.before}
    conditions = {condition: value for condition, value in asked.items() if value is not None}
    where = " AND ".join(conditions) or "1 = 1"
    sql = f"SELECT {_DEAD} FROM dead_letters WHERE {where} ORDER BY number DESC LIMIT ?"  # noqa: S608 - ours alone
    return tuple(map(_buried, tables.rows(sql, (*conditions.values(), wanted.take))))


def prune(tables: Tables, now: float) -> int:
    """Delete the dead letters that are too old or too many; returns how many that were."""
    old = tables.execute("DELETE FROM dead_letters WHERE died_at < ?", (now - KEPT,))
    return old + _prune_many(tables)


def _prune_many(tables: Tables) -> int:
    return tables.execute(
        "DELETE FROM dead_letters WHERE number <= (SELECT max(number) FROM dead_letters) - ?", (MOST_DEAD,)
    )


def _known(tables: Tables, ids: Sequence[str]) -> frozenset[str]:
    """Those of the ids that the outbox has."""
    return frozenset(row[0] for row in _among(tables, "SELECT id FROM outbox WHERE id", ids))


def _count(tables: Tables, aftermath: Aftermath) -> None:
    """Each is counted as it is struck off, so once: what is delivered again after a crash still stood here."""
    delivered = Counter(row[0] for row in _among(tables, "SELECT queue FROM outbox WHERE number", aftermath.delivered))
    failed = Counter(letter.stored.parcel.queue for letter in aftermath.dead)
    counts = [(queue, delivered[queue], failed[queue]) for queue in sorted(delivered | failed)]
    if counts:
        tables.execute_many(_TALLY, counts)


def _among(tables: Tables, question: str, values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The rows for which that is one of the values."""
    for start in range(0, len(values), _AT_A_TIME):
        part = values[start : start + _AT_A_TIME]
        yield from tables.rows(f"{question} IN ({', '.join('?' * len(part))})", part)


def _add(tables: Tables, added: Sequence[Stored]) -> None:
    if added:
        rows = [(s.number, s.parcel.id, s.parcel.queue, s.parcel.body, s.parcel.created_at) for s in added]
        tables.execute_many(_INSERT, rows)


def _delete(tables: Tables, numbers: Iterable[int]) -> None:
    rows = [(number,) for number in numbers]
    if rows:
        tables.execute_many(_DELETE, rows)


def _bury(tables: Tables, dead: Sequence[DeadLetter]) -> None:
    if dead:
        tables.execute_many(_BURY, list(map(_row, dead)))
        _prune_many(tables)


def _row(letter: DeadLetter) -> tuple[object, ...]:
    stored, parcel = letter.stored, letter.stored.parcel
    content = parcel.id, parcel.queue, parcel.body, parcel.created_at
    return (*content, letter.died_at, letter.status, letter.error, stored.tries)


def _stored(row: Sequence[Any]) -> Stored:
    number, ident, queue, body, created_at, tries = row
    return Stored(number, Parcel(ident, queue, bytes(body), created_at), tries)


def _buried(row: Sequence[Any]) -> Buried:
    died_at, status, error, number = row[5:]
    return Buried(number, DeadLetter(_stored((0, *row[:5])), died_at, status, error))
