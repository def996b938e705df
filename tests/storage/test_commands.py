import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import gevent
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result
from gevent.event import Event

from actors.accounts import digest_of
from actors.clock import Clock
from storage.commands import kv, token, user
from storage.database import open_database
from storage.sealing import Seal
from storage.store import Store

Run = Callable[..., Result]


@click.group()
def program() -> None:
    """Stands where run.py will stand."""


program.add_command(user)
program.add_command(token)
program.add_command(kv)


@pytest.fixture
def run(address: str, clock: Clock) -> Run:
    def opened() -> Store:
        return Store(open_database(address, busy=0.1, attempts=20), clock, Seal(lambda: "0" * 64))

    def invoke(*words: str) -> Result:
        result = CliRunner().invoke(program, words, obj=opened)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return invoke


def _document(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def test_a_user_is_added_with_a_token_that_publishes(run: Run, store: Store) -> None:
    words = ("user", "add", "alice", "--discord", "123456789012345678", "--link", "mastodon:@a:b@example.org", "--json")
    alice = _document(run(*words))
    subject = store.account("alice")
    credential = store.credential_by_digest(digest_of(alice["token"]))

    assert subject is not None
    assert credential is not None
    assert (alice["id"], alice["name"], alice["listed"]) == (subject.id, "alice", True)
    assert subject.links == (("discord", "123456789012345678"), ("mastodon", "@a:b@example.org"))
    assert credential.account == subject.id
    assert credential.scopes == {"publish", "kv"}
    assert (alice["token_id"], alice["scopes"]) == (credential.id, ["kv", "publish"])


def test_people_read_text_and_the_token_once(run: Run) -> None:
    made = run("user", "add", "alice").stdout
    token_text = made.split("token")[1].split()[0]
    listed, tokens = run("user", "list").stdout, run("token", "list").stdout
    assert "alice" in listed
    assert "alice" in tokens
    assert "kv,publish" in tokens
    assert token_text not in listed + tokens


def test_lists_are_arrays(run: Run) -> None:
    assert _document(run("user", "list", "--json")) == []
    assert _document(run("token", "list", "--json")) == []
    alice = _document(run("user", "add", "alice", "--link", "dyson:a", "--json"))
    operator = _document(run("token", "operator", "--json"))

    links = [{"provider": "dyson", "id": "a"}]
    assert _document(run("user", "list", "--json")) == [
        {"id": alice["id"], "name": "alice", "listed": True, "links": links}
    ]
    first, second = _document(run("token", "list", "--json"))
    assert (first["id"], first["account"], first["name"]) == (alice["token_id"], alice["id"], "alice")
    assert (second["id"], second["account"], second["scopes"]) == (operator["token_id"], None, ["operator"])
    assert (second["expires_at"], second["last_used_at"]) == (None, None)


def test_tokens_are_made_and_revoked(run: Run, store: Store) -> None:
    run("user", "add", "alice")
    reader = _document(run("token", "create", "alice", "--scope", "read,kv", "--json"))
    first_party = _document(run("token", "first-party", "--json"))
    assert reader["scopes"] == ["kv", "read"]
    assert (first_party["scopes"], first_party["account"]) == (["first-party"], None)

    assert _document(run("token", "revoke", reader["token_id"], "--json")) == {
        "id": reader["token_id"],
        "revoked": True,
    }
    assert store.credential(reader["token_id"]) is None
    again = run("token", "revoke", reader["token_id"])
    assert (again.exit_code, again.stdout) == (1, "")


def test_a_user_is_removed_by_name_or_id(run: Run, store: Store) -> None:
    run("user", "add", "alice")
    bob = _document(run("user", "add", "bob", "--json"))
    assert "alice" in run("user", "remove", "alice").stdout
    assert _document(run("user", "remove", bob["id"], "--json"))["name"] == "bob"
    assert store.accounts() == ()
    assert run("user", "remove", "alice").exit_code == 1


def test_a_password_is_kept_by_argon2(run: Run, address: str) -> None:
    if address.startswith("postgresql"):
        pytest.skip("reads SQLite's file")
    made = run("user", "add", "alice", "--password", "correct horse")
    assert "correct horse" not in made.output
    with closing(sqlite3.connect(address)) as database:
        (kept,) = database.execute("SELECT password_hash FROM accounts").fetchone()
    assert PasswordHasher().verify(kept, "correct horse")


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        (("user", "add", "refresh"), 2),
        (("user", "add", "a b"), 2),
        (("user", "add", "\udcff"), 2),
        (("user", "add"), 2),
        (("user", "add", "bob", "--discord", "12"), 2),
        (("user", "add", "bob", "--link", "mastodon"), 2),
        (("user", "add", "bob", "--link", "github:bob"), 2),
        (("user", "add", "bob", "--link", "dyson:"), 2),
        (("user", "add", "bob", "--password", ""), 2),
        (("user", "add", "bob", "--password", "s3cret" * 1000), 2),
        (("user", "add", "alice", "--password", "s3cret"), 1),
        (("user", "add", "bob", "--link", "dyson:alice"), 1),
        (("user", "remove", "bob"), 1),
        (("user", "remove", "\udcff"), 1),
        (("token", "create", "bob", "--scope", "kv"), 1),
        (("token", "create", "alice", "--scope", "all"), 2),
        (("token", "create", "alice", "--scope", ","), 2),
        (("token", "operator", "--days", "0"), 2),
        (("token", "operator", "--days", "nan"), 2),
        (("token", "first-party", "--days", "soon"), 2),
        (("token", "create", "alice"), 2),
        (("token", "revoke", "\udcff"), 1),
        (("token", "steal"), 2),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    run: Run, store: Store, words: tuple[str, ...], exit_code: int
) -> None:
    run("user", "add", "alice", "--link", "dyson:alice")
    before = store.census()
    result = run(*words)
    assert result.exit_code == exit_code
    assert result.stdout == ""
    assert "Error: " in result.stderr
    assert "s3cret" not in result.stderr
    assert "Traceback" not in result.stderr
    assert store.census() == before


@pytest.mark.parametrize("content", [None, b"not a database, surely not a database" * 30])
def test_a_store_that_cannot_be_opened_is_said(tmp_path: Path, clock: Clock, content: bytes | None) -> None:
    path = tmp_path / "folder" / "presently.db"
    if content is not None:
        path.parent.mkdir()
        path.write_bytes(content)
    result = CliRunner().invoke(program, ["user", "list"], obj=lambda: Store(open_database(path), clock))
    assert isinstance(result.exception, SystemExit)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ")


@pytest.fixture
def rival(store: Store, address: str) -> Iterator[sqlite3.Connection]:
    """A server in the middle of a transaction; `store` made the file before."""
    if address.startswith("postgresql"):
        pytest.skip("SQLite's lock")
    connection = sqlite3.connect(address, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


@pytest.mark.live
def test_commands_wait_for_a_server_that_is_writing(run: Run, store: Store, rival: sqlite3.Connection) -> None:
    released = Event()

    def release() -> None:
        rival.execute("COMMIT")
        released.set()

    gevent.spawn_later(0.4, release)
    assert _document(run("user", "add", "alice", "--json"))["name"] == "alice"
    assert released.is_set()
    assert [subject.name for subject in store.accounts()] == ["alice"]


# --- key-values -----------------------------------------------------------------------------------------------------


def test_key_values_are_set_read_listed_and_taken_away(run: Run) -> None:
    run("user", "add", "alice")
    assert run("kv", "list", "alice").stdout == "No key-values.\n"
    assert _document(run("kv", "set", "alice", "a_1", "some words", "--json")) == {"name": "alice", "pairs": 1}
    assert run("kv", "set", "alice", "b", "").stdout == "alice keeps 2 key-values.\n"
    assert run("kv", "get", "alice", "a_1").stdout == "some words\n"
    assert _document(run("kv", "get", "alice", "b", "--json")) == {"key": "b", "value": ""}
    assert run("kv", "list", "alice").stdout == "a_1 = some words\nb = \n"
    assert run("kv", "delete", "alice", "a_1").stdout == "alice keeps 1 key-value.\n"
    assert _document(run("kv", "list", "alice", "--json")) == {"b": ""}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("get", "nobody", "a"), 1, "no account of this name"),
        (("set", "nobody", "a", "b"), 1, "no account of this name"),
        (("get", "alice", "a"), 1, "keeps nothing at a"),
        (("delete", "alice", "a"), 1, "no pair of this key"),
        (("set", "alice", "a-b", "x"), 2, "a key has 1 to 255"),
        (("set", "alice", "", "x"), 2, "a key has 1 to 255"),
        (("set", "alice", "a\n", "x"), 2, "a key has 1 to 255"),
        (("set", "alice", "k" * 256, "x"), 2, "a key has 1 to 255"),
        (("set", "alice", "a", "x" * 30_001), 2, "at most 30,000 characters"),
        (("token", "alice", "--dialect", "presenti"), 2, "lantern"),
        (("token", "nobody", "--dialect", "lanyard"), 1, "no account of this name"),
        (("token", "alice", "--dialect", "lantern", "--show"), 1, "no such token yet"),
        (("token", "alice", "--dialect", "lanyard", "--show"), 1, "shown once"),
    ],
)
def test_what_cannot_be_done_with_key_values_is_said(
    run: Run, words: tuple[str, ...], code: int, sentence: str
) -> None:
    run("user", "add", "alice")
    result = run("kv", *words)
    assert (result.exit_code, result.stdout) == (code, "")
    assert sentence in result.stderr
    assert _document(run("kv", "list", "alice", "--json")) == {}


def test_tokens_in_a_dialects_form(run: Run) -> None:
    run("user", "add", "alice")
    first, second = (_document(run("kv", "token", "alice", "--dialect", "lantern", "--json")) for _ in range(2))
    assert list(first) == ["token"]
    assert first != second
    assert run("kv", "token", "alice", "--dialect", "lantern", "--show").stdout == f"{second['token']}\n"
    assert run("kv", "token", "alice", "--dialect", "lanyard").stdout.startswith("lnyd_")
    assert len(_document(run("token", "list", "--json"))) == 3
