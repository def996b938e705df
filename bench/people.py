"""A data folder with many people in it, what is on for each of them, and a server on it."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from actors.clock import WallClock
from storage import accounts
from storage.database import open_database
from storage.tables import Tables

ROOT = Path(__file__).resolve().parents[1]
BOUND_S = 60.0
FIRST_ID = 100_000_000_000_000_000
"""The Discord id of the first; the others follow."""

_CONFIG = """\
[limits]
requests_per_second = 0
connections_per_address = 0
messages_per_minute = 0
[presenti]
expires_ms = 3600000
[log]
level = "warning"
"""


@dataclass(frozen=True, slots=True)
class Server:
    """One that is ready."""

    port: int
    ready_s: float
    """Seconds from its start to its line `ready`."""


def settle(data: Path, users: int) -> None:
    """Make a folder with accounts u0 to uN in it."""
    (data / "config.toml").write_text(_CONFIG)
    database = open_database(data / "presently.sqlite")

    def add(tables: Tables) -> None:
        now = WallClock().now()
        for number in range(users):
            accounts.add(tables, f"u{number}", links=(("discord", str(FIRST_ID + number)),), now=now)

    database.run(add)
    database.close()


def first_party(data: Path) -> str:
    """A token that may speak of all of them."""
    command = [sys.executable, "run.py", "token", "first-party", "--data", str(data), "--json"]
    told = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    return str(json.loads(told)["token"])


def publish(port: int, token: str, users: int) -> None:
    """Something is on for each, by a first party's one session."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=BOUND_S)) as connection:
        connection.request("GET", f"/session?token={token}")
        session = json.loads(connection.getresponse().read())["sessionID"]
        for number in range(users):
            body = (
                f'{{"presences":[{{"title":"Listening","largeText":"Record {number}","smallTexts":["by somebody"]}}]}}'
            )
            connection.request("PUT", f"/session/u{number}?token={token}&id={session}", body)
            answer = connection.getresponse()
            if answer.read() and answer.status != 200:
                raise SystemExit(f"a PUT was answered with {answer.status}")


@contextmanager
def server(data: Path) -> Iterator[Server]:
    """A server on this folder; it is drained at the end."""
    run = [sys.executable, "run.py", "--data", str(data), "--config", str(data / "config.toml"), "--port", "0"]
    began = time.monotonic()
    with subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ready = next(line for line in process.stdout if line.startswith("ready "))
            yield Server(int(ready.rpartition(":")[2]), time.monotonic() - began)
        finally:
            process.terminate()
