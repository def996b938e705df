"""A group of changes to activities and key-values: in their order within one transaction, each judged for itself."""

from collections.abc import Iterable, Sequence

from actors.activities import Change as ActivityChange
from actors.activities import Outcome as ActivityOutcome
from actors.errors import HouseError, Malformed, Refused
from actors.keyvalues import Change as PairsChange
from actors.keyvalues import DropPairs, SetPairs, Storage
from actors.keyvalues import Outcome as PairsOutcome
from storage import activities, changes, keyvalues
from storage.tables import Tables

Change = ActivityChange | PairsChange
Outcome = ActivityOutcome | PairsOutcome

_LOCK = {"SQLite": "", "PostgreSQL": " FOR UPDATE"}
"""Nobody else changes what belongs to these accounts until the commit; SQLite has one writer anyway."""


def commit(tables: Tables, group: Sequence[Change], now: float) -> tuple[Outcome, ...]:
    """Do the changes one after the other, all at the instant `now`; one that is refused changes nothing."""
    accounts = _lock(tables, {change.account for change in group})
    return tuple(_outcome(tables, change, now, known=change.account in accounts) for change in group)


def change_storage(tables: Tables, change: PairsChange, now: float) -> Storage:
    """Change key-values from beside a server, which follows; raises what a group would be told."""
    (outcome,) = commit(tables, (change,), now)
    if not isinstance(outcome, Storage):
        raise outcome if isinstance(outcome, HouseError) else TypeError(type(outcome).__name__)
    changes.append(tables, "storage", change.account)
    return outcome


def _lock(tables: Tables, accounts: Iterable[str]) -> set[str]:
    """Which of the accounts there are."""
    wanted = sorted(accounts)
    marks = ", ".join("?" * len(wanted))
    lock = _LOCK[tables.orm.provider.dialect]
    rows = tables.rows(f"SELECT id FROM accounts WHERE id IN ({marks}) ORDER BY id{lock}", wanted)  # noqa: S608 - ours alone
    return {row[0] for row in rows}


def _outcome(tables: Tables, change: Change, now: float, *, known: bool) -> Outcome:
    if not known:
        return Refused("unknown-account", "there is no such account")
    try:
        if isinstance(change, SetPairs | DropPairs):
            return keyvalues.change(tables, change)
        return activities.change(tables, change, now)
    except (Malformed, Refused) as refusal:
        return refusal
