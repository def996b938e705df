"""One contract for every database: `address` says which, and a test that wants a store never learns it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database, open_database
from storage.store import Store

POSTGRESQL = os.environ.get("PRESENTLY_TEST_POSTGRESQL")
"""The URL of a PostgreSQL database that may be emptied; without it the contract is tested on SQLite alone."""


class StillClock:
    """A clock that stands until it is told to move."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    def after(self, seconds: float, call: Callable[..., object], *args: Any) -> Any:  # noqa: ARG002
        raise AssertionError("the store makes no appointments")


def _emptied(url: str) -> str:
    import psycopg2  # only where a PostgreSQL is there to be tested

    connection = psycopg2.connect(url)
    connection.autocommit = True
    connection.cursor().execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()
    return url


@pytest.fixture(params=["sqlite"] if POSTGRESQL is None else ["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "presently.db")
    return _emptied(str(POSTGRESQL))


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    opened = open_database(address, busy=0.05, attempts=2)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def store(database: Database, clock: StillClock) -> Store:
    return Store(database, clock)
