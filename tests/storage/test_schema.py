import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pony.orm import Database as Orm
from pony.orm import db_session

from storage.database import open_database
from storage.schema import STEPS, NewerSchemaError, RefusedDatabaseError, migrate
from storage.tables import Tables

CURRENT = len(STEPS)
NEXT = ("CREATE TABLE extra (n {serial}, name TEXT)", "INSERT INTO extra (name) SELECT name FROM accounts")
BROKEN = ("CREATE TABLE half (n {serial})", "INSERT INTO nowhere (n) VALUES (1)")


def _version(tables: Tables) -> list[tuple[Any, ...]]:
    return tables.rows("SELECT version FROM schema_version")


def _set_version(tables: Tables, version: int) -> None:
    tables.execute("UPDATE schema_version SET version = ?", (version,))


def _add_account(tables: Tables) -> None:
    tables.execute("INSERT INTO accounts (id, name, listed, created_at) VALUES ('1', 'alice', ?, 1.0)", (True,))


def _orm(address: str) -> Orm:
    orm = Orm()
    if address.startswith("postgresql"):
        orm.bind(provider="postgres", dsn=address)
    else:
        orm.bind(provider="sqlite", filename=address, create_db=True)
    return orm


def test_every_version_before_is_brought_forward(address: str) -> None:
    """A file that the previous program left (all steps but the last) opens, and a step more keeps what is in it."""
    orm = _orm(address)
    assert migrate(orm, STEPS[:-1]) == CURRENT - 1
    orm.disconnect()
    database = open_database(address)
    assert database.run(_version) == [(CURRENT,)]
    database.run(_add_account)
    database.close()

    orm = _orm(address)
    assert migrate(orm, (*STEPS, NEXT)) == CURRENT + 1
    assert migrate(orm, (*STEPS, NEXT)) == CURRENT + 1
    orm.disconnect()
    with pytest.raises(NewerSchemaError) as refusal:
        open_database(address)
    assert (refusal.value.found, refusal.value.known) == (CURRENT + 1, CURRENT)


def test_whoever_had_a_token_for_key_values_has_a_storage(address: str) -> None:
    step = next(number for number, step in enumerate(STEPS) if any("CREATE TABLE storages" in each for each in step))
    orm = _orm(address)
    migrate(orm, STEPS[:step])
    with db_session:
        for name, scopes, revoked_at in (("a", "kv publish", None), ("b", "publish", None), ("c", "kv", 1.0)):
            account = f"INSERT INTO accounts (id, name, listed, created_at) VALUES ('{name}', '{name}', true, 1.0)"
            values = f"'{name}', '{name}', '{name}', '{scopes}', 1.0, {revoked_at or 'NULL'}"
            orm.execute(account)
            orm.execute(
                f"INSERT INTO credentials (id, digest, account, scopes, created_at, revoked_at) VALUES ({values})"
            )
    orm.disconnect()
    database = open_database(address)
    assert database.run(lambda tables: tables.rows("SELECT account, revision FROM storages")) == [("a", 1)]
    database.close()


def test_a_newer_database_is_refused_in_a_sentence_and_left_alone(address: str) -> None:
    database = open_database(address)
    database.run(_set_version, CURRENT + 1)
    database.close()

    with pytest.raises(NewerSchemaError, match=rf"has schema version {CURRENT + 1}.*knows versions up to {CURRENT}"):
        open_database(address)

    orm = _orm(address)
    assert migrate(orm, (*STEPS, ())) == CURRENT + 1
    orm.disconnect()


def test_a_step_is_done_whole_or_not_at_all(address: str) -> None:
    database = open_database(address)
    database.close()
    orm = _orm(address)
    with pytest.raises(Exception, match="nowhere"):
        migrate(orm, (*STEPS, BROKEN))
    orm.disconnect()

    database = open_database(address)
    assert database.run(_version) == [(CURRENT,)]
    with pytest.raises(Exception, match="half"):
        database.run(lambda tables: tables.rows("SELECT * FROM half"))
    database.close()


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be looked at" * 20])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(RefusedDatabaseError, match="not a database"):
        open_database(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    orm = _orm(str(tmp_path / "theirs.db"))
    migrate(orm, (("CREATE TABLE accounts (n INTEGER)",),))
    orm.disconnect()
    database = tmp_path / "theirs.db"
    with pytest.raises(RefusedDatabaseError):
        open_database(database)


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"cannot be written: No such file or directory"):
        open_database(tmp_path / "nowhere" / "presently.db")


OPENER = """
from gevent import monkey; monkey.patch_all()
import sys
from storage.database import open_database
print("ready", flush=True)
sys.stdin.readline()
database = open_database(sys.argv[1])
print(database.run(lambda tables: tables.rows("SELECT version FROM schema_version")), flush=True)
database.close()
"""


@pytest.mark.live
def test_processes_that_start_at_once_do_not_migrate_twice(address: str) -> None:
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("go\n")
        starter.stdin.flush()
    assert [starter.communicate(timeout=60)[0] for starter in starters] == [f"[({CURRENT},)]\n"] * 4
    assert [starter.returncode for starter in starters] == [0] * 4
