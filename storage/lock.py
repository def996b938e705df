"""One server at a time on a data folder and on a database: a second would read claims that the first goes on changing.

Commands take no part: they work beside a server. The system lets go of the lock when the process ends, by kill -9 too.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from storage.database import file_of
from storage.disk import written
from storage.schema import RefusedDatabaseError

LOCK_FILE = "server.lock"


@contextmanager
def locked(folder: Path, database: str | Path) -> Iterator[None]:
    """Hold the folder, which is made where it is missing, and the database's file, which may be elsewhere.

    RefusedDatabaseError where another server holds one of them.
    """
    with written("data folder", folder):
        folder.mkdir(parents=True, exist_ok=True)
    file = file_of(database)
    beside = nullcontext() if file is None else _held(f"{os.path.realpath(file)}.lock", "database", file)
    with _held(f"{folder / LOCK_FILE}", "data folder", folder), beside:
        yield


@contextmanager
def _held(lock: str, what: str, path: Path) -> Iterator[None]:
    with written(what, path):
        descriptor = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _take(descriptor, what, path)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, what: str, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        option = "--data for a folder" if what == "data folder" else "--database for one"
        told = f"another server runs on {os.path.realpath(path)}: stop it first, or say {option} of its own"
        raise RefusedDatabaseError(told) from None
