"""What a disk that refuses is told as: a sentence that names the place, without the system's numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written(what: str, path: Path) -> Iterator[None]:
    """An OSError in here becomes one that says `what` at this path cannot be written, and why."""
    try:
        yield
    except OSError as error:
        reason = f": {error.strerror}" if error.strerror else ""
        raise OSError(f"the {what} {path.absolute()} cannot be written{reason}") from error
