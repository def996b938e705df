"""Figures that must hold with room to spare on a small machine; the exact ones are measured, not tested.

In seconds of this process's own work, which other processes on the machine do not lengthen.
"""

import os
import time
import uuid

import pytest

from actors.messages.keeper import Remember
from actors.presence import Activity, Claim, Source
from storage.database import Database
from storage.store import Store
from storage.tables import Tables


def _fill(tables: Tables, ids: list[str]) -> None:
    tables.execute_many(
        "INSERT INTO accounts (id, name, listed, created_at) VALUES (?, ?, ?, 1.0)",
        [(id_, f"user{number}", True) for number, id_ in enumerate(ids)],
    )
    tables.execute_many(
        "INSERT INTO links (provider, id, account) VALUES ('discord', ?, ?)",
        [(str(10**17 + number), id_) for number, id_ in enumerate(ids)],
    )
    tables.execute_many(
        "INSERT INTO credentials (id, digest, account, scopes, created_at) VALUES (?, ?, ?, 'kv publish', 1.0)",
        [(str(uuid.uuid4()), os.urandom(32).hex(), id_) for id_ in ids],
    )


@pytest.mark.live
def test_a_census_of_ten_thousand_is_quick(store: Store, database: Database) -> None:
    ids = [str(uuid.uuid4()) for _ in range(10_000)]
    database.run(_fill, ids)
    began = time.process_time()
    census = store.census()
    assert time.process_time() - began < 2.0
    assert {subject.id for subject in census.subjects} == set(ids)
    assert {credential.account for credential in census.credentials} == set(ids)
    assert all(len(subject.links) == 1 for subject in census.subjects)


@pytest.mark.live
def test_a_batch_of_five_hundred_claims_is_written_well_within_a_second(store: Store) -> None:
    activity = Activity("a song", meta={"album": "an album"})
    batch = [
        Remember(f"user{each}", Claim(Source("session", "1"), 1.0, activities=(activity,)), 2e9) for each in range(500)
    ]
    began = time.process_time()
    store.write_behind(batch)
    assert time.process_time() - began < 0.5
    assert len(store.live_claims()) == 500
