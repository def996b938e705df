"""Key-values: a storage for each account that has one, changed within a group's transaction."""

from collections.abc import Collection, Mapping

from actors.errors import Refused
from actors.keyvalues import MOST_CHARACTERS, MOST_PAIRS, Change, DropPairs, SetPairs, Storage
from storage import changes
from storage.documents import read_text, stored_text
from storage.tables import Tables

_SET = """INSERT INTO pairs (account, name, value) VALUES (?, ?, ?)
    ON CONFLICT (account, name) DO UPDATE SET value = excluded.value"""
_DROP = "DELETE FROM pairs WHERE account = ? AND name = ?"
_OPEN = "INSERT INTO storages (account, revision) VALUES (?, 1) ON CONFLICT (account) DO NOTHING"


def open_storage(tables: Tables, account: str) -> None:
    """Make the account's storage exist; whoever follows the changes hears of it."""
    if tables.execute(_OPEN, (account,)):
        changes.append(tables, "storage", account)


def change(tables: Tables, wanted: Change) -> Storage:
    """Do it; the account is there. Raises Refused as the change says, having changed nothing."""
    account = wanted.account
    before = storage(tables, account)
    known = dict(before.pairs)
    after = _set(known, wanted) if isinstance(wanted, SetPairs) else _dropped(known, wanted)
    if len(after) > max(MOST_PAIRS, len(known)):
        raise Refused("too-many-pairs", f"at most {MOST_PAIRS} pairs can be kept")
    if _characters(after) > max(MOST_CHARACTERS, _characters(known)):
        raise Refused("storage-full", f"at most {MOST_CHARACTERS:,} characters can be kept")
    if after == known:
        return before
    tables.execute(_OPEN, (account,))
    tables.execute("UPDATE storages SET revision = revision + 1 WHERE account = ?", (account,))
    gone = [(account, stored_text(key)) for key in known if key not in after]
    written = [
        (account, stored_text(key), stored_text(value)) for key, value in after.items() if known.get(key) != value
    ]
    if gone:
        tables.execute_many(_DROP, gone)
    if written:
        tables.execute_many(_SET, written)
    return Storage(account, tuple(after.items()), revisions(tables, account)[account])


def storage(tables: Tables, account: str) -> Storage:
    """What the account of this id keeps. Read raw, for Pony remembers within a transaction what it has selected."""
    revision = revisions(tables, account).get(account, 0)
    return Storage(account, tuple(_pairs(tables, account).get(account, ())), revision)


def every(tables: Tables) -> tuple[Storage, ...]:
    """All storages."""
    pairs = _pairs(tables)
    return tuple(Storage(account, tuple(pairs.get(account, ())), at) for account, at in revisions(tables).items())


def revisions(tables: Tables, account: str | None = None) -> dict[str, int]:
    """The revision of every storage, or of this account's, by its account's id."""
    return {owner: int(at) for owner, at in tables.rows(*_of("SELECT account, revision FROM storages", account))}


def _pairs(tables: Tables, account: str | None = None) -> dict[str, list[tuple[str, str]]]:
    sql, values = _of("SELECT account, name, value FROM pairs", account)
    found: dict[str, list[tuple[str, str]]] = {}
    for owner, name, value in tables.rows(f"{sql} ORDER BY number", values):
        found.setdefault(owner, []).append((read_text(name), read_text(value)))
    return found


def _of(sql: str, account: str | None) -> tuple[str, tuple[str, ...]]:
    return (sql, ()) if account is None else (f"{sql} WHERE account = ?", (account,))


def _set(known: Mapping[str, str], wanted: SetPairs) -> dict[str, str]:
    if wanted.only_known:
        _must_know(known, [key for key, _ in wanted.pairs])
    return {**known, **dict(wanted.pairs)}


def _characters(pairs: Mapping[str, str]) -> int:
    return sum(len(key) + len(value) for key, value in pairs.items())


def _dropped(known: Mapping[str, str], wanted: DropPairs) -> dict[str, str]:
    keys = tuple(known) if wanted.keys is None else wanted.keys
    if wanted.only_known:
        _must_know(known, keys)
    return {key: value for key, value in known.items() if key not in keys}


def _must_know(known: Mapping[str, str], keys: Collection[str]) -> None:
    if not set(keys) <= known.keys():
        raise Refused("unknown-key", "there is no pair of this key")
