"""One contract for every database: `address` says which, and a test that wants a store never learns it."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database, open_database
from storage.store import Store
from tests.clock import FakeClock

POSTGRESQL = os.environ.get("PRESENTLY_TEST_POSTGRESQL")
"""The URL of a PostgreSQL database that may be emptied; without it the contract is tested on SQLite alone."""


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
def clock() -> Iterator[FakeClock]:
    made = FakeClock()
    yield made
    assert not made.pending, "the store makes no appointments"


@pytest.fixture
def store(database: Database, clock: FakeClock) -> Store:
    return Store(database, clock)
