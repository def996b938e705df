"""What a disk or a standard output that refuses is told as: a sentence without the system's numbers."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click


@contextmanager
def written(what: str, path: Path) -> Iterator[None]:
    """An OSError in here becomes one that says `what` at this path cannot be written, and why."""
    try:
        yield
    except OSError as error:
        reason = f": {error.strerror}" if error.strerror else ""
        raise OSError(f"the {what} {path.absolute()} cannot be written{reason}") from error


def printed(text: str) -> None:
    """Print it as a command's answer; where standard output takes nothing, that is told and the process ends with 1.

    Of a pipe whose reader has gone click itself makes a quiet end.
    """
    try:
        click.echo(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        click.echo(f"Error: standard output cannot be written: {error.strerror}", err=True)
        sys.exit(1)
