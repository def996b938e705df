"""Kept activities: how each is changed within a group's transaction, and the history of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pony.orm import select

from actors.activities import Amend, Change, Page, Posted, Remove, Upsert, Wanted
from actors.errors import Malformed, Refused
from storage.documents import read_text, stored_text
from storage.tables import Tables

KEPT = 90 * 86_400.0
"""Seconds for which the history of an activity is kept after its end (the original's housekeeping)."""

_COLUMNS = "id, account, manual_id, content, lease_minutes, expires_at, created_at, updated_at"
_ACTIVE = f"""SELECT {_COLUMNS} FROM activities
    WHERE account = ? AND manual_id = ? AND expires_at > ? AND deleted_at IS NULL ORDER BY number LIMIT 1"""  # noqa: S608 - ours alone
_LATEST = f"""SELECT {_COLUMNS} FROM activities
    WHERE account = ? AND manual_id = ? AND deleted_at IS NULL ORDER BY expires_at DESC LIMIT 1"""  # noqa: S608 - ours alone
_BY_ID = f"SELECT {_COLUMNS} FROM activities WHERE id = ? AND account = ? AND deleted_at IS NULL"  # noqa: S608 - ours alone
_INSERT = f"INSERT INTO activities ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - ours alone
_UPDATE = """UPDATE activities SET manual_id = ?, content = ?, lease_minutes = ?, expires_at = ?, updated_at = ?
    WHERE id = ?"""
_DELETE = "UPDATE activities SET expires_at = ?, updated_at = ?, deleted_at = ? WHERE id = ?"
_ENCODER = json.JSONEncoder(separators=(",", ":"))

_TEXTS = ("title", "subtitle", "caption", "provider", "reference_id")


def live(tables: Tables, now: float) -> tuple[Posted, ...]:
    """Every activity that is active, oldest first."""
    rows = tables.rows(
        f"SELECT {_COLUMNS} FROM activities WHERE expires_at > ? AND deleted_at IS NULL ORDER BY number",  # noqa: S608 - ours alone
        (now,),
    )
    return tuple(map(_posted, rows))


def page(tables: Tables, wanted: Wanted, now: float) -> Page:
    """The activities that are wanted, newest first; those that were deleted are in no history."""
    row = tables.orm.Activity
    rows = select(
        (a.id, a.account, a.manual_id, a.content, a.lease_minutes, a.expires_at, a.created_at, a.updated_at, a.number)
        for a in row
        if a.account == wanted.account and a.deleted_at is None and (wanted.include_expired or a.expires_at > now)
    )
    newest_first = sorted(rows, key=lambda each: (each[6], each[8]), reverse=True)
    found = [posted for posted in map(_posted, newest_first) if _fits(posted, wanted)]
    return Page(tuple(found[wanted.offset : wanted.offset + wanted.take]), len(found))


def prune(tables: Tables, now: float) -> int:
    """Delete what ended, or was deleted, longer ago than history is kept; returns how many."""
    return tables.execute("DELETE FROM activities WHERE expires_at < ?", (now - KEPT,))


def change(tables: Tables, wanted: Change, now: float) -> Posted:
    """Do it, at the instant `now`; the account is there. Raises Malformed or Refused, having changed nothing."""
    if isinstance(wanted, Upsert):
        return _upsert(tables, wanted, now)
    return _amend(tables, wanted, now) if isinstance(wanted, Amend) else _remove(tables, wanted, now)


def _upsert(tables: Tables, change: Upsert, now: float) -> Posted:
    known = _active(tables, change.account, change.manual_id, now)
    kind = change.content.get("type")
    expires_at = now + change.lease_minutes * 60
    if known is not None:
        content = {**change.content, "type": known.content["type"] if kind is None else kind}
        renewed = replace(
            known, content=content, lease_minutes=change.lease_minutes, expires_at=expires_at, updated_at=now
        )
        return _rewrite(tables, renewed)
    if kind is None:
        raise Malformed("type-required")
    made = Posted(
        change.id, change.account, change.manual_id, change.content, change.lease_minutes, expires_at, now, now
    )
    tables.execute(_INSERT, _row(made))
    return made


def _amend(tables: Tables, change: Amend, now: float) -> Posted:
    known = _named(tables, change, now)
    minutes = change.lease_minutes
    amended = replace(
        known,
        content={**known.content, **change.content},
        manual_id=known.manual_id if change.new_manual_id is None else change.new_manual_id,
        lease_minutes=known.lease_minutes if minutes is None else minutes,
        expires_at=known.expires_at if minutes is None else now + minutes * 60,
        updated_at=now,
    )
    rival = _active(tables, amended.account, amended.manual_id, now) if amended.active(now) else None
    if rival is not None and rival.id != amended.id:
        raise Refused("manual-id-taken")
    return _rewrite(tables, amended)


def _remove(tables: Tables, change: Remove, now: float) -> Posted:
    known = _named(tables, change, now)
    if not known.active(now) and change.id is None:
        raise Refused("unknown-activity")
    ended = replace(known, expires_at=min(known.expires_at, now), updated_at=now)
    deleted_at = None if change.keep_history and known.active(now) else now
    tables.execute(_DELETE, (ended.expires_at, now, deleted_at, ended.id))
    return ended


def _named(tables: Tables, change: Amend | Remove, now: float) -> Posted:
    if change.id is not None:
        rows = tables.rows(_BY_ID, (change.id, change.account))
        known = _posted(rows[0]) if rows else None
    else:
        known = _active(tables, change.account, change.manual_id, now)
        if known is None and change.manual_id is not None:
            rows = tables.rows(_LATEST, (change.account, stored_text(change.manual_id)))
            known = _posted(rows[0]) if rows else None
    if known is None:
        raise Refused("unknown-activity")
    return known


def _active(tables: Tables, account: str, manual_id: str | None, now: float) -> Posted | None:
    """The account's active activity of this manual id; one of nothing but blanks counts as none."""
    if manual_id is None or not manual_id.strip():
        return None
    rows = tables.rows(_ACTIVE, (account, stored_text(manual_id), now))
    return _posted(rows[0]) if rows else None


def _rewrite(tables: Tables, posted: Posted) -> Posted:
    _, _, manual_id, content, minutes, expires_at, _, updated_at = _row(posted)
    tables.execute(_UPDATE, (manual_id, content, minutes, expires_at, updated_at, posted.id))
    return posted


def _row(posted: Posted) -> tuple[object, ...]:
    manual_id = None if posted.manual_id is None else stored_text(posted.manual_id)
    content = _ENCODER.encode(posted.content)
    times = posted.expires_at, posted.created_at, posted.updated_at
    return (posted.id, posted.account, manual_id, content, posted.lease_minutes, *times)


def _posted(row: Sequence[Any]) -> Posted:
    ident, account, manual_id, content, minutes, expires_at, created_at, updated_at = row[:8]
    manual_id = None if manual_id is None else read_text(manual_id)
    return Posted(ident, account, manual_id, json.loads(content), minutes, expires_at, created_at, updated_at)


def _fits(posted: Posted, wanted: Wanted) -> bool:
    content = posted.content
    plain = (("type", wanted.type), ("provider", wanted.provider), ("reference_id", wanted.reference_id))
    if any(value is not None and content.get(name) != value for name, value in plain):
        return False
    if wanted.term is not None and wanted.term.strip().lower() not in _terms(content):
        return False
    return wanted.query is None or _is_in(wanted.query, posted)


def _is_in(query: str, posted: Posted) -> bool:
    texts = (posted.manual_id, *(posted.content.get(name) for name in _TEXTS))
    return any(query in text for text in texts if text) or query.strip().lower() in _terms(posted.content)


def _terms(content: Mapping[str, Any]) -> Sequence[str]:
    return content.get("queryable_terms") or ()
