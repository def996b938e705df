"""One open database, and the one native thread in which everything that touches it is done.

More than one native thread hangs Pony on SQLite under gevent's patches (lost wake-ups of a patched Lock between
threads), and SQLite waits for a lock in C, which would stop the hub: so neither happens in the hub's thread.
"""

import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from gevent.threadpool import ThreadPool
from pony.orm import Database as Orm
from pony.orm import DBException, db_session

from actors.errors import Unavailable
from storage.disk import written
from storage.schema import RefusedDatabaseError, migrate
from storage.tables import Tables, define

P = ParamSpec("P")
T = TypeVar("T")

POSTGRESQL = ("postgresql://", "postgres://")
SQLITE = "sqlite:///"
"""Before a path; an absolute one begins with a fourth slash, as in everybody's database URLs."""
_AGAIN_SQLITE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_AWAY = "the database cannot be read or written"
_AWAY_SQLITE = {
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_IOERR: "its disk fails",
    sqlite3.SQLITE_READONLY: "its file is read-only",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
}
_DAMAGED_SQLITE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
DAMAGED = "the database is damaged: put a backup in its place, or save what can be read by sqlite3's .recover"
# Serialization failure, deadlock, and the unique violation that a race of two writers ends in: see the winner, refuse.
_AGAIN_POSTGRESQL = frozenset({"40001", "40P01", "23505"})


@dataclass(frozen=True, slots=True)
class _Failure:
    """An exception on its way out of the thread; gevent would print one that ends a task, though its asker sees it."""

    error: Exception


class Database:
    """An open database. `run` and `read` wait in the calling greenlet only; make them with open_database."""

    def __init__(self, orm: Orm, busy: float, attempts: int, file: Path | None = None) -> None:
        self._orm = orm
        self._file = file
        self._opened: tuple[int, int] | None = None
        """Which file that is, whatever may stand at its path later; None where the database is none."""
        self._tables = define(orm)
        self._busy = busy
        self._attempts = attempts
        self._locked_out = 0
        """Attempts to write that met a lock since anybody last wrote: all wait for one lock together."""
        self._thread = ThreadPool(1)
        self._closed = False

    def run(self, function: Callable[Concatenate[Tables, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function(tables, ...)` returns, done in one writing transaction that is committed before this returns.

        When it raises, nothing was changed and the exception comes back. It may be tried more than once, so it must
        touch nothing but the database. Raises Unavailable when another process kept the database locked, or the
        disk refuses.
        """
        done = self._wait(partial(self._write, partial(function, self._tables, *args, **kwargs)))
        self._locked_out = 0
        return done

    def read(self, function: Callable[Concatenate[Tables, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Like `run` for a function of one query, which waits for no lock and keeps none waiting."""
        return self._wait(partial(_transaction, _READ, partial(function, self._tables, *args, **kwargs)))

    def close(self) -> None:
        """Let what was begun finish, then let go of the file and the thread; harmless when done before."""
        if not self._closed:
            self._closed = True
            self._thread.apply(self._orm.disconnect)
            self._thread.kill()

    def _connect(self, how: dict[str, object]) -> None:
        self._wait(partial(self._bind, how))

    def _bind(self, how: dict[str, object]) -> None:
        if self._orm.provider is None:
            self._orm.bind(**how)
        migrate(self._orm)
        self._orm.generate_mapping(create_tables=False, check_tables=True)
        self._opened = _identity(self._file)

    def _write(self, work: Callable[[], T]) -> T:
        """In the thread. Nobody would ever find what SQLite writes into a file that has no name any more."""
        if _identity(self._file) != self._opened:
            raise Unavailable("store-away", f"{_AWAY}: its file was moved or replaced; start again")
        return _transaction(_WRITE, work)

    def _wait(self, work: Callable[[], T]) -> T:
        """Have it done in the thread, and again where a rival was in the way; others have their turn in between."""
        for _ in range(self._attempts):
            outcome = self._once(work)
            if not isinstance(outcome, _Failure):
                return outcome
            error = outcome.error
            away = _why_away(error)
            if away is not None:
                raise Unavailable("store-away", f"{_AWAY}: {away}") from error
            if not _codes(error).isdisjoint(_DAMAGED_SQLITE):
                raise Unavailable("store-damaged", DAMAGED) from error
            if not _is_busy(error):
                raise error
            self._locked_out += 1
            if self._locked_out >= self._attempts:
                break
        seconds = self._busy * self._attempts
        raise Unavailable("store-busy", f"the database stayed locked for {seconds:g} s") from error

    def _once(self, work: Callable[[], T]) -> "T | _Failure":
        if self._closed:
            raise Unavailable("store-closed", "the database was closed")
        outcome: T | _Failure = self._thread.apply(_caught, (work,))
        return outcome


_WRITE = db_session(optimistic=False)  # locks before it reads: what was looked up still holds when it is changed
_READ = db_session()


def _transaction(session: Any, work: Callable[[], T]) -> T:
    with session:
        return work()


def _caught(work: Callable[[], T]) -> T | _Failure:
    try:
        return work()
    except Exception as error:  # noqa: BLE001  # raised again in the greenlet that asked
        return _Failure(error)


def _origins(error: BaseException | None) -> list[BaseException]:
    """The error and what it was made of: Pony wraps the driver's."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = getattr(error, "original_exc", None) or error.__cause__ or error.__context__
    return found


def _identity(file: Path | None) -> tuple[int, int] | None:
    try:
        found = os.stat(file) if file is not None else None
    except FileNotFoundError:
        found = None
    return None if found is None else (found.st_dev, found.st_ino)


def _codes(error: BaseException) -> set[int]:
    """SQLite's primary result codes, if any."""
    return {(getattr(each, "sqlite_errorcode", None) or 0) & 0xFF for each in _origins(error)}


def _is_busy(error: Exception) -> bool:
    again = (getattr(each, "pgcode", None) in _AGAIN_POSTGRESQL for each in _origins(error))
    return not _codes(error).isdisjoint(_AGAIN_SQLITE) or any(again)


def _why_away(error: Exception) -> str | None:
    return next((_AWAY_SQLITE[code] for code in _codes(error) if code in _AWAY_SQLITE), None)


def _sqlite_pragmas(_orm: Orm, connection: Any) -> None:
    # NORMAL: in WAL a commit survives the end of the process, kill -9 included; power loss may take the last ones.
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error:
        connection.close()  # Pony keeps none that could not be made ready, and does not close it
        raise


def file_of(address: str | Path) -> Path | None:
    """The SQLite file at a path or a URL `sqlite:///`, None for a server's URL; OSError where nobody has its home."""
    text = str(address).removeprefix(SQLITE)
    if text.startswith(POSTGRESQL):
        return None
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise OSError(f"the database {text} cannot be written: nobody has this home") from None


def _make_private(path: Path) -> None:
    """Make the file, readable by its owner alone, if it is new: SQLite's own files beside it follow its mode."""
    with written("database", path):
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def open_database(address: str | Path, *, busy: float = 0.05, attempts: int = 120) -> Database:
    """Open, and bring to this program's schema, the SQLite file at a path or the database of a URL.

    `sqlite:///` and a path, or `postgresql://`.

    `busy` is how many seconds one attempt waits for another process's lock, and others for their turn. Raises OSError
    where the file cannot be made, RefusedDatabaseError where it is a later program's (NewerSchemaError) or nothing this
    one can read, and Unavailable.
    """
    orm = Orm()
    file = file_of(address)
    if file is None:
        how: dict[str, object] = {"provider": "postgres", "dsn": str(address)}
    else:
        orm.on_connect(provider="sqlite")(_sqlite_pragmas)
        _make_private(file)
        how = {"provider": "sqlite", "filename": str(file), "timeout": busy}
    database = Database(orm, busy, attempts, file)
    try:
        database._connect(how)  # noqa: SLF001  # the second half of making it, in its thread
    except (DBException, sqlite3.DatabaseError) as error:
        database.close()
        raise RefusedDatabaseError(f"this is no database of Presently's, or a damaged one: {error}") from error
    except Unavailable as away:
        database.close()
        if away.code != "store-damaged":
            raise
        raise RefusedDatabaseError(f"this is no database of Presently's, or a damaged one: {away.__cause__}") from away
    except BaseException:
        database.close()
        raise
    return database
