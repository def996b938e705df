import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from actors.errors import Unavailable
from storage import database as database_module
from storage.database import DAMAGED, Database, open_database
from storage.tables import Tables


def _count(tables: Tables) -> int:
    return int(tables.orm.Change.select().count())


def _all(tables: Tables) -> list[object]:
    return list(tables.orm.Change.select())


def _insert(tables: Tables, number: int) -> int:
    return tables.execute("INSERT INTO changes (number, kind, id) VALUES (?, 'account', 'x')", (number,))


def _insert_and_fail(tables: Tables) -> None:
    _insert(tables, 1)
    tables.orm.Change(number=2, kind="account", id="y")
    raise KeyError("ours")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "presently.db"


@pytest.fixture
def sqlite(path: Path) -> Iterator[Database]:
    opened = open_database(path, busy=0.05, attempts=2)
    yield opened
    opened.close()


@pytest.fixture
def rival(sqlite: Database, path: Path) -> Iterator[sqlite3.Connection]:
    """Another program's connection, which holds the write lock; it needs the file to be there."""
    connection = _locked(path)
    yield connection
    connection.close()


def test_a_failed_transaction_changes_nothing_and_its_exception_comes_back(database: Database) -> None:
    with pytest.raises(KeyError, match="ours"):
        database.run(_insert_and_fail)
    assert database.read(_count) == 0
    assert database.run(_insert, 1) == 1
    assert database.read(_count) == 1


def test_a_sqlite_url_is_its_path(tmp_path: Path) -> None:
    path = tmp_path / "of url.db"
    open_database(f"sqlite:///{path}").close()
    assert path.is_file()


def test_everything_is_done_in_one_native_thread_and_not_in_this_one(database: Database) -> None:
    def where(_tables: Tables) -> int:
        return threading.get_native_id()

    askers = [gevent.spawn(way, where) for way in (database.run, database.read) for _ in range(10)]
    gevent.joinall(askers, raise_error=True)
    idents = {asker.value for asker in askers}
    assert len(idents) == 1
    assert threading.get_native_id() not in idents


def test_the_hub_goes_on_while_a_transaction_waits(database: Database) -> None:
    """It ends only when this thread's hub has had its turn: were the hub stopped, it never would."""
    turned, hub = threading.Event(), gevent.get_hub()
    native = hub.loop.async_()
    reads, writes = os.pipe()

    def wait_for_greenlet(_tables: Tables) -> bytes:
        native.send()
        return os.read(reads, 1)

    def turn() -> None:
        turned.set()
        os.write(writes, b"x")

    native.start(turn)
    try:
        assert database.run(wait_for_greenlet) == b"x"
        assert turned.is_set()
    finally:
        native.stop()
        native.close()
        os.close(reads)
        os.close(writes)


def test_a_lock_that_is_held_too_long_is_a_clear_error(sqlite: Database, rival: sqlite3.Connection) -> None:
    with pytest.raises(Unavailable, match=r"stayed locked for 0\.1 s") as refusal:
        sqlite.run(_insert, 1)
    assert refusal.value.code == "store-busy"
    assert sqlite.read(_count) == 0  # a reader waits for no writer
    rival.execute("ROLLBACK")
    assert sqlite.run(_insert, 1) == 1


def test_a_reader_waits_for_no_writer_that_waits(path: Path) -> None:
    """Seen to fail: an unknown token was told so when a rival's lock was gone, 29 s later."""
    patient = open_database(path, busy=0.02, attempts=10_000)
    rival = _locked(path)
    writers = [gevent.spawn(patient.run, _insert, number) for number in range(5)]
    assert patient.read(_count) == 0
    assert patient.read(_count) == 0
    assert not any(writer.ready() for writer in writers)
    rival.execute("ROLLBACK")
    gevent.joinall(writers, raise_error=True)
    rival.close()
    patient.close()


def test_writers_wait_for_a_long_lock_together_and_not_one_after_the_other(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to fail: the tenth was told after a minute that the database is locked."""
    patient = open_database(path, busy=0.001, attempts=50)
    rival, tries = _locked(path), []
    begin = database_module._transaction
    monkeypatch.setattr(database_module, "_transaction", lambda *how: (tries.append(1), begin(*how))[1])
    writers = [gevent.spawn(patient.run, _insert, number) for number in range(10)]
    gevent.joinall(writers)
    assert {type(writer.exception) for writer in writers} == {Unavailable}
    assert len(tries) <= 50 + len(writers)
    assert patient.read(_count) == 0
    with pytest.raises(Unavailable):
        patient.run(_insert, 1)
    assert len(tries) <= 52 + len(writers), "a reader does not show that the lock is gone"
    rival.execute("ROLLBACK")
    assert patient.run(_insert, 1) == 1
    rival.execute("BEGIN IMMEDIATE")
    tries.clear()
    with pytest.raises(Unavailable):
        patient.run(_insert, 2)
    assert len(tries) == 50, "another lock is waited for as long"
    rival.close()
    patient.close()


def test_whoever_waits_for_a_lock_at_the_end_is_told_of_the_end(path: Path) -> None:
    patient = open_database(path, busy=0.01, attempts=10_000)
    rival = _locked(path)
    writer = gevent.spawn(patient.run, _insert, 1)
    gevent.idle()
    patient.close()
    writer.join(20)
    assert isinstance(writer.exception, Unavailable)
    assert writer.exception.code == "store-closed"
    rival.close()


@pytest.mark.live
def test_a_lock_that_is_held_for_a_moment_is_waited_for(path: Path) -> None:
    patient = open_database(path, busy=0.2, attempts=50)
    rival = _locked(path)
    released = Event()

    def release() -> None:
        _insert_raw(rival, 7)
        rival.execute("COMMIT")
        released.set()

    writer = gevent.spawn(patient.run, _insert, 8)
    gevent.spawn_later(0.3, release)
    assert writer.get(timeout=20) == 1
    assert released.is_set()
    assert patient.read(_count) == 2
    rival.close()
    patient.close()


def _locked(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def _insert_raw(connection: sqlite3.Connection, number: int) -> None:
    connection.execute("INSERT INTO changes VALUES (?, 'account', 'x')", (number,))


def test_a_disk_that_takes_no_more_is_unavailable(sqlite: Database) -> None:
    def fill(tables: Tables) -> None:
        tables.execute("PRAGMA max_page_count = 1")
        tables.execute("INSERT INTO counters VALUES ('x', 1)")
        tables.execute("CREATE TABLE big (x TEXT)")

    with pytest.raises(Unavailable) as refusal:
        sqlite.run(fill)
    assert refusal.value.code == "store-away"
    assert str(refusal.value) == "the database cannot be read or written: its disk is full"


def test_nothing_is_written_into_a_file_that_was_moved_away_or_replaced(sqlite: Database, path: Path) -> None:
    """Seen to fail: what was acknowledged after a backup had been put in its place went into a file without a name."""
    aside = path.rename(path.with_name("aside"))
    for _ in ("nothing there", "another one"):
        with pytest.raises(Unavailable, match="its file was moved or replaced") as refusal:
            sqlite.run(_insert, 1)
        assert refusal.value.code == "store-away"
        path.write_bytes(b"")
    aside.replace(path)
    assert sqlite.run(_insert, 1) == 1


def test_a_damaged_file_is_unavailable_and_says_so(path: Path) -> None:
    """Seen to fail: a start and a command died of a traceback, and the Keeper fell again and again."""
    open_database(path).close()
    with sqlite3.connect(path) as connection:
        ((page, size),) = connection.execute(
            "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = 'changes'"
        )
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x99" * size)
    damaged = open_database(path)
    for ask in (partial(damaged.run, _insert, 1), partial(damaged.read, _all)):
        with pytest.raises(Unavailable) as refusal:
            ask()
        assert (refusal.value.code, str(refusal.value)) == ("store-damaged", DAMAGED)
    damaged.close()


def test_a_wrong_statement_is_no_weather(sqlite: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        sqlite.run(lambda tables: tables.execute("DELETE FROM nowhere"))


def test_what_was_asked_before_the_end_is_done_and_nothing_after(path: Path) -> None:
    database = open_database(path)
    askers = [gevent.spawn(database.run, _insert, number) for number in range(20)]
    gevent.idle()
    database.close()
    database.close()
    gevent.joinall(askers, raise_error=True)
    with pytest.raises(Unavailable) as refusal:
        database.run(_count)
    assert refusal.value.code == "store-closed"

    again = open_database(path)
    assert again.read(_count) == 20
    again.close()


def test_nothing_is_left_open(path: Path) -> None:
    database = open_database(path)
    database.run(_count)
    assert database._thread.size == 1
    assert _open_files(path)
    database.close()
    assert database._thread.size == 0
    assert not _open_files(path)


def _open_files(path: Path) -> list[str]:
    files = [os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir()]
    return [file for file in files if file.startswith(str(path))]


def test_the_file_is_its_owners_alone(sqlite: Database, path: Path) -> None:
    sqlite.run(_insert, 1)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.glob("presently.db*")}
    assert modes == dict.fromkeys(("presently.db", "presently.db-wal", "presently.db-shm"), 0o600)


def test_a_home_that_nobody_has_is_told() -> None:
    """Seen to fail with a traceback."""
    with pytest.raises(OSError, match=r"^the database ~nobody-here/x cannot be written: nobody has this home$"):
        open_database("sqlite:///~nobody-here/x")
