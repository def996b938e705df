"""INIT for everybody: how long until 10,000 users' documents are there, and how long others wait meanwhile.

    python bench/everybody.py [--users 10000] [--rounds 5] [--json]

A fresh server with so many accounts that are linked to Discord ids, each with something on. A client of Lantern's and
one of Lanyard's ask for everybody in turn, while another asks `/api/presence/NAME` again and again. Held when the
slowest INIT took less than a second, and nobody else waited for more than a quarter of that.
"""

# ruff: noqa: E402 - the house is found from wherever this is started

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import websocket

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from actors.clock import WallClock
from storage import accounts
from storage.database import open_database
from storage.tables import Tables

CONFIG = """\
[limits]
requests_per_second = 0
connections_per_address = 0
messages_per_minute = 0
[presenti]
expires_ms = 3600000
[log]
level = "warning"
"""
FIRST_ID = 100_000_000_000_000_000
INITS = {
    "lantern": '{"op":2,"d":{"user_id":"All"}}',
    "lanyard": '{"op":2,"d":{"subscribe_to_all":true}}',
}
INIT_BAR_MS, OTHERS_BAR_MS = 1000.0, 250.0
BOUND_S = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Times in milliseconds; the slowest of all rounds."""

    users: int
    init_ms: dict[str, float]
    bytes: dict[str, int]
    others_ms: float
    """The longest that a request took while the INITs were answered."""
    calm_ms: float
    """The longest without any INIT."""

    @property
    def held(self) -> bool:
        """Whether the promise is kept."""
        return max(self.init_ms.values()) < INIT_BAR_MS and self.others_ms < OTHERS_BAR_MS


def _people(data: Path, users: int) -> None:
    """Accounts u0 to uN, in one transaction."""
    database = open_database(data / "presently.sqlite")

    def add(tables: Tables) -> None:
        now = WallClock().now()
        for number in range(users):
            accounts.add(tables, f"u{number}", links=(("discord", str(FIRST_ID + number)),), now=now)

    database.run(add)
    database.close()


def _publish(port: int, token: str, users: int) -> None:
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


def _init(port: int, dialect: str, users: int) -> tuple[float, int]:
    """Milliseconds from INIT to its whole answer, and the answer's bytes."""
    # The client library looks at each byte of a text in Python: for these 6 MB a second that is not the server's.
    trusting = {"timeout": BOUND_S, "skip_utf8_validation": True}
    with closing(websocket.create_connection(f"ws://127.0.0.1:{port}/{dialect}/socket", **trusting)) as socket:
        socket.recv()
        began = time.monotonic()
        socket.send(INITS[dialect])
        message = socket.recv()
        took = (time.monotonic() - began) * 1000
    if len(json.loads(message)["d"]) != users:
        raise SystemExit(f"{dialect} did not speak of everybody")
    return took, len(message)


class Neighbour(threading.Thread):
    """Somebody else, who only reads one user again and again; `longest_ms` since it was last set to 0."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.longest_ms = 0.0
        self.over = threading.Event()
        self._port = port

    def run(self) -> None:
        """Ask until it is over."""
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=BOUND_S)) as connection:
            while not self.over.is_set():
                began = time.monotonic()
                connection.request("GET", "/api/presence/u0")
                connection.getresponse().read()
                self.longest_ms = max(self.longest_ms, (time.monotonic() - began) * 1000)
                self.over.wait(0.002)


@contextmanager
def _server(data: Path) -> Iterator[int]:
    """The port of a server on this folder."""
    run = [sys.executable, "run.py", "--data", str(data), "--config", str(data / "config.toml"), "--port", "0"]
    with subprocess.Popen(run, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            ready = next(line for line in server.stdout if line.startswith("ready "))
            yield int(ready.rpartition(":")[2])
        finally:
            server.terminate()


def measure(users: int, rounds: int) -> Outcome:
    """Start a server with so many people, ask for all of them, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        (data / "config.toml").write_text(CONFIG)
        _people(data, users)
        command = [sys.executable, "run.py", "token", "first-party", "--data", folder, "--json"]
        token = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)["token"]
        with _server(data) as port:
            _publish(port, token, users)
            neighbour = Neighbour(port)
            neighbour.start()
            neighbour.over.wait(1.0)
            calm, neighbour.longest_ms = neighbour.longest_ms, 0.0
            found = {dialect: [_init(port, dialect, users) for _ in range(rounds)] for dialect in INITS}
            neighbour.over.set()
            neighbour.join(BOUND_S)
    slowest = {dialect: max(took for took, _ in each) for dialect, each in found.items()}
    sizes = {dialect: each[0][1] for dialect, each in found.items()}
    return Outcome(users, slowest, sizes, neighbour.longest_ms, calm)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    outcome = measure(options.users, options.rounds)
    if options.json:
        print(json.dumps(asdict(outcome) | {"held": outcome.held}))
    else:
        for dialect, took in outcome.init_ms.items():
            print(f"{dialect}: INIT for {outcome.users:,} users within {took:.0f} ms, {outcome.bytes[dialect]:,} bytes")
        print(f"others waited {outcome.others_ms:.0f} ms at most, {outcome.calm_ms:.0f} ms without it")
    return 0 if outcome.held else 1


if __name__ == "__main__":
    sys.exit(main())
