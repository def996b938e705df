"""kill -9 at any instant loses nothing that was acknowledged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from actors.accounts import digest_of
from actors.clock import WallClock
from storage.database import open_database
from storage.store import Store

ACKNOWLEDGER = """
from gevent import monkey; monkey.patch_all()
import json, sys, time
from itertools import count
import gevent
from actors.clock import WallClock
from actors.messages.keeper import Record, Remember
from actors.presence import Claim, Source
from storage.database import open_database
from storage.store import Store

store = Store(open_database(sys.argv[1]), WallClock())
prefix = sys.argv[2]

def write_behind():
    for number in count():
        claims = [Claim(Source("session", str(each)), time.time()) for each in range(50)]
        store.write_behind([Remember(f"user{number}", claim, time.time() + 60) for claim in claims])

gevent.spawn(write_behind)
for number in count():
    newcomer = store.add_newcomer(f"{prefix}-{number}", ["publish", "kv"])
    operator, credential = store.create_token(None, ["operator"])
    line = {"id": newcomer.subject.id, "name": newcomer.subject.name, "tokens": [newcomer.token, operator]}
    if number % 3 == 2:
        store.revoke_token(credential.id)
        line["revoked"] = line["tokens"].pop()
    print(json.dumps(line), flush=True)
"""


def _acknowledged_before_the_kill(path: Path, prefix: str, patience: int) -> list[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", ACKNOWLEDGER, str(path), prefix], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(patience)]
    process.kill()
    rest = process.communicate(timeout=60)[0].splitlines(keepends=True)
    assert process.returncode == -9
    return [line for line in lines + rest if line.endswith("\n")]


@pytest.mark.live
def test_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "presently.db"
    lines: list[str] = []
    for round_, patience in enumerate((1, 17, 60, 5, 33)):
        lines += _acknowledged_before_the_kill(path, f"round{round_}", patience)
        store = Store(open_database(path), WallClock())
        _check(store, lines)
        store.close()
    assert len(lines) >= 116


def _check(store: Store, lines: list[str]) -> None:
    census = store.census()
    names = {subject.id: subject.name for subject in census.subjects}
    digests = {credential.digest for credential in census.credentials}
    for document in map(json.loads, lines):
        assert names[document["id"]] == document["name"]
        assert all(digest_of(token) in digests for token in document["tokens"])
        assert digest_of(document.get("revoked", "")) not in digests
    numbers = [change.number for change in store.changes(0)]
    assert numbers == list(range(1, census.change + 1))
    # Not torn either: an account and its first token come together.
    owners = {credential.account for credential in census.credentials}
    assert set(names) <= owners
