"""One server at a time on a data folder: a second one would read claims at its start that the first goes on changing.

Commands take no part: they work beside a server. The system lets go of the lock when the process ends, by kill -9 too.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.disk import written
from storage.schema import RefusedDatabaseError

LOCK_FILE = "server.lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder, which is made where it is missing; RefusedDatabaseError where another server holds it."""
    with written("data folder", folder):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK_FILE, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _take(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        told = f"another server runs on {folder.resolve()}: stop it first, or say --data for a folder of its own"
        raise RefusedDatabaseError(told) from None
