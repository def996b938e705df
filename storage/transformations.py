"""Transformations: each account's rules of how what it publishes is shown, one row each."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby
from typing import Any
from uuid import uuid4

from actors.errors import Refused
from actors.transformations import Transformation, Transformations
from storage.documents import stored_text
from storage.tables import Tables

MOST = 64
"""Rules of one account."""


def add(tables: Tables, account: str, rule: Mapping[str, Any], ids: tuple[str, ...]) -> Transformation:
    """Put a rule behind the account's others. Raises Refused with `unknown-account` or `too-many-transformations`."""
    if not tables.rows("SELECT id FROM accounts WHERE id = ?", (account,)):
        raise Refused("unknown-account")
    if tables.rows("SELECT count(*) FROM transformations WHERE account = ?", (account,))[0][0] >= MOST:
        raise Refused("too-many-transformations", f"an account has at most {MOST} transformations")
    made = Transformation(str(uuid4()), account, rule, ids)
    row = (made.uuid, account, json.dumps(rule), json.dumps(ids))
    tables.execute("INSERT INTO transformations (uuid, account, rule, ids) VALUES (?, ?, ?, ?)", row)
    _count(tables)
    return made


def change(
    tables: Tables, uuid: str, account: str, rule: Mapping[str, Any] | None, ids: tuple[str, ...] | None
) -> Transformation | None:
    """Change the account's rule of this UUID in what is given, not None; None where there is no such rule."""
    known = find(tables, uuid)
    if known is None or known.account != account:
        return None
    changed = replace(known, rule=known.rule if rule is None else rule, ids=known.ids if ids is None else ids)
    row = (json.dumps(changed.rule), json.dumps(changed.ids), changed.uuid)
    tables.execute("UPDATE transformations SET rule = ?, ids = ? WHERE uuid = ?", row)
    _count(tables)
    return changed


def remove(tables: Tables, uuid: str, account: str) -> bool:
    """Take a rule of the account away; False where there is none."""
    row = (stored_text(uuid.lower()), account)
    touched = tables.execute("DELETE FROM transformations WHERE uuid = ? AND account = ?", row)
    _count(tables)
    return touched > 0


def find(tables: Tables, uuid: str) -> Transformation | None:
    """The rule of this UUID."""
    rows = tables.rows(
        "SELECT uuid, account, rule, ids FROM transformations WHERE uuid = ?", (stored_text(uuid.lower()),)
    )
    return next(map(_transformation, rows), None)


def of_account(tables: Tables, account: str) -> Transformations:
    """The account's rules in the order in which they came, and the number by which they are told from older ones."""
    sql = "SELECT uuid, account, rule, ids FROM transformations WHERE account = ? ORDER BY number"
    return Transformations(account, _revision(tables), tuple(map(_transformation, tables.rows(sql, (account,)))))


def every(tables: Tables) -> tuple[Transformations, ...]:
    """The same of every account that has rules."""
    rows = tables.rows("SELECT uuid, account, rule, ids FROM transformations ORDER BY account, number")
    groups = groupby(map(_transformation, rows), key=lambda each: each.account)
    revision = _revision(tables)
    return tuple(Transformations(account, revision, tuple(rules)) for account, rules in groups)


def _count(tables: Tables) -> None:
    """One counter for all: its row stays locked until the commit, so a higher number was read later."""
    tables.execute("UPDATE counters SET value = value + 1 WHERE name = 'transformations'")


def _revision(tables: Tables) -> int:
    return int(tables.rows("SELECT value FROM counters WHERE name = 'transformations'")[0][0])


def _transformation(row: tuple[str, str, str, str]) -> Transformation:
    uuid, account, rule, ids = row
    return Transformation(uuid, account, json.loads(rule), tuple(json.loads(ids)))
