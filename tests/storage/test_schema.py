import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pony.orm import Database as Orm
from pony.orm import db_session

from actors.clock import WallClock
from actors.presence import Activity, Claim, Source
from storage.database import open_database
from storage.documents import claim_text
from storage.journal import Filter
from storage.schema import STEPS, NewerSchemaError, RefusedDatabaseError, migrate
from storage.store import Store
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


FIRST_DATA = (
    "INSERT INTO accounts (id, name, listed, created_at) VALUES ('a', 'alice', true, 1.0)",
    "INSERT INTO links (provider, id, account) VALUES ('mastodon', '@a@example.org', 'a')",
    "INSERT INTO links (provider, id, account) VALUES ('heartbeat', 'a-1', 'a')",
    f"INSERT INTO credentials (id, digest, account, scopes, created_at) VALUES ('c', '{'ab' * 32}', 'a', 'kv', 1.0)",
    """INSERT INTO claims (subject, kind, source, since, until, lives_with_source, document)
        VALUES ('a', 'session', '1', 1.0, 9e9, false, '{CLAIM}')""",
    "INSERT INTO journal (at, path, kind, event, details) VALUES (1.0, 'presence', 'User', 'started', '{BRACES}')",
    "UPDATE counters SET value = 7 WHERE name = 'changes'",
    "INSERT INTO changes (number, kind, id) VALUES (7, 'account', 'a')",
)


@pytest.mark.parametrize("version", range(1, CURRENT + 1))
def test_what_the_first_version_kept_is_there_whichever_came_between(address: str, version: int) -> None:
    claim = Claim(Source("session", "1"), 1.0, activities=(Activity("chess"),), expires_at=9e9)
    orm = _orm(address)
    migrate(orm, STEPS[:1])
    with db_session:
        cursor = orm.get_connection().cursor()
        for statement in FIRST_DATA:
            cursor.execute(statement.replace("{CLAIM}", claim_text(claim)).replace("{BRACES}", "{}"))
    migrate(orm, STEPS[:version])
    orm.disconnect()

    store = Store(open_database(address), WallClock())
    (alice,) = store.accounts()
    assert (alice.id, alice.links) == ("a", (("heartbeat", "a-1"), ("mastodon", "@a@example.org")))
    assert len({pipe.uuid for pipe in store.pipes_of("a")}) == 2
    assert store.credential_by_digest(bytes.fromhex("ab" * 32)) is not None
    assert [(live.user, live.claim) for live in store.live_claims()] == [("a", claim)]
    assert [line.record.event for line in store.journal(Filter())] == ["started"]
    assert [change.number for change in store.changes(0)] == [7]
    assert store.storage_revisions() == {"a": 1}
    assert store.create_token("a", ["publish"])[1].account == "a"
    assert store.remove_account("alice") == alice
    store.close()


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
from actors.clock import WallClock
from actors.presence import Activity, Claim, Source
from storage.database import open_database
from storage.documents import claim_text
from storage.journal import Filter
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
