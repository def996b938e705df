"""The supervision log as it is kept: 30 days of lines, written in bulk."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pony.orm import desc, select

from actors.messages.keeper import Record
from storage.documents import read_text, stored_text
from storage.tables import Tables

KEPT = 30 * 24 * 3600.0
"""How many seconds a line is kept."""

# What is no JSON in the details is better read as its repr than the reason why a whole batch is not written.
_ENCODER = json.JSONEncoder(separators=(",", ":"), default=repr, skipkeys=True)

AT_A_TIME = 20_000
"""Lines that are deleted in one transaction, some 30 ms for which other writers wait."""

_PRUNE = "DELETE FROM journal WHERE number IN (SELECT number FROM journal WHERE at < ? ORDER BY at LIMIT ?)"
_INSERT = "INSERT INTO journal (at, path, kind, event, details) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the journal and its number, which only grows."""

    number: int
    record: Record


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines; None asks for any. `since` (included) and `until` (not included) in seconds since the epoch.

    Without `after` the newest `limit` lines are meant; with it the oldest `limit` of those numbered above it, so that
    a reader follows the journal by asking again with the last number it saw.
    """

    path: str | None = None
    """What a line's path begins with."""
    kind: str | None = None
    event: str | None = None
    since: float | None = None
    until: float | None = None
    after: int | None = None
    limit: int = 200


def append(tables: Tables, records: Iterable[Record]) -> None:
    """Add lines in bulk, in their order."""
    rows = [_row(record) for record in records]
    if rows:
        tables.execute_many(_INSERT, rows)


def read(tables: Tables, wanted: Filter) -> tuple[Line, ...]:
    """The lines that pass the filter, in the order of their numbers."""
    lines = _filtered(select(each for each in tables.orm.Line), wanted)
    number = (lambda each: each.number) if wanted.after is not None else (lambda each: desc(each.number))
    rows = select((e.number, e.at, e.path, e.kind, e.event, e.details) for e in lines.order_by(number))
    return tuple(sorted((_line(row) for row in rows.limit(wanted.limit)), key=lambda line: line.number))


def prune(tables: Tables, now: float) -> int:
    """Delete lines that have been kept for long enough, as many as one transaction should; returns how many."""
    return tables.execute(_PRUNE, (now - KEPT, AT_A_TIME))


def _filtered(lines: Any, wanted: Filter) -> Any:
    if wanted.path is not None:
        prefix = stored_text(wanted.path)
        lines = lines.filter(lambda each: each.path.startswith(prefix))
    if wanted.kind is not None:
        kind = stored_text(wanted.kind)
        lines = lines.filter(lambda each: each.kind == kind)
    if wanted.event is not None:
        event = stored_text(wanted.event)
        lines = lines.filter(lambda each: each.event == event)
    if wanted.since is not None:
        lines = lines.filter(lambda each: each.at >= wanted.since)
    if wanted.until is not None:
        lines = lines.filter(lambda each: each.at < wanted.until)
    if wanted.after is not None:
        lines = lines.filter(lambda each: each.number > wanted.after)
    return lines


def _row(record: Record) -> tuple[object, ...]:
    names = (stored_text(text) for text in (record.path, record.kind, record.event))
    return (record.at, *names, _ENCODER.encode(dict(record.details)))


def _line(row: tuple[int, float, str, str, str, str]) -> Line:
    number, at, path, kind, event, details = row
    return Line(number, Record(at, read_text(path), read_text(kind), read_text(event), json.loads(details)))
