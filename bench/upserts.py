"""Upserts of DysonNetwork activities a second: each committed in SQLite before its answer, in a real server process.

    python bench/upserts.py [--writers 32] [--seconds 8] [--json]

Each writer keeps one connection and posts its account's one activity again and again, content changing each time. The
figure is upserts for each second of processor time that the server used: what one core gives. Limits are off.
"""

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import argparse
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import gevent

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from actors.clock import WallClock
from storage.database import open_database
from storage.store import Store

BAR = 2_000.0  # upserts a second on one core
CONFIG = "[limits]\nconnections_per_address = 0\nrequests_per_second = 0\n[log]\nlevel = 'warning'\n"
HERTZ = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rates in upserts a second; times to an answer in milliseconds."""

    writers: int
    upserts: int
    seconds: float
    server_cpu_seconds: float
    per_second: float
    per_core_second: float
    answered_p50_ms: float
    answered_p99_ms: float

    @property
    def held(self) -> bool:
        """Whether the promise was kept."""
        return self.per_core_second >= BAR


@dataclass(slots=True)
class Writer:
    """One account's publisher on one kept connection."""

    port: int
    token: str
    times_s: list[float] = field(default_factory=list)

    def write_until(self, end: float) -> None:
        """Post until then."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            for number in itertools.count():
                began = time.monotonic()
                if began >= end:
                    return
                connection.sendall(self._request(number))
                answer = connection.recv(65_536)
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise AssertionError(answer[:200])
                self.times_s.append(time.monotonic() - began)

    def _request(self, number: int) -> bytes:
        body = json.dumps({"type": "Music", "manualId": "player", "title": f"Song {number}", "meta": {"n": number}})
        head = f"POST /api/activities HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n"
        return f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def _tokens(data: Path, writers: int) -> list[str]:
    """Make an account for each writer, before the server is started."""
    store = Store(open_database(data / "presently.sqlite"), WallClock())
    tokens = [store.add_newcomer(f"w{number}", ("publish",)).token for number in range(writers)]
    store.close()
    return tokens


def _cpu_seconds(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / HERTZ


def measure(writers: int, seconds: float) -> Outcome:
    """Start a server with as many accounts as writers, let them write, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        (data / "config.toml").write_text(CONFIG)
        tokens = _tokens(data, writers)
        command = [sys.executable, "run.py", "--data", str(data), "--port", "0"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            ready = next(line for line in server.stdout if line.startswith("ready "))
            try:
                return _load(server.pid, int(ready.rpartition(":")[2]), tokens, seconds)
            finally:
                server.terminate()


def _load(pid: int, port: int, tokens: list[str], seconds: float) -> Outcome:
    crew = [Writer(port, token) for token in tokens]
    cpu, began = _cpu_seconds(pid), time.monotonic()
    gevent.joinall([gevent.spawn(writer.write_until, began + seconds) for writer in crew], raise_error=True)
    took, cpu = time.monotonic() - began, _cpu_seconds(pid) - cpu
    times = [each * 1000 for writer in crew for each in writer.times_s]
    centiles = statistics.quantiles(times, n=100)
    return Outcome(len(crew), len(times), took, cpu, len(times) / took, len(times) / cpu, centiles[49], centiles[98])


def _sentences(outcome: Outcome) -> str:
    return (
        f"{outcome.writers} writers: {outcome.upserts:,} upserts in {outcome.seconds:.1f} s\n"
        f"{outcome.per_second:,.0f} a second\n"
        f"{outcome.per_core_second:,.0f} for each second of the server's processor time (bar: {BAR:,.0f})\n"
        f"answered within p50 {outcome.answered_p50_ms:.1f} p99 {outcome.answered_p99_ms:.1f} ms\n"
        f"{'held' if outcome.held else 'BROKEN'}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    outcome = measure(options.writers, options.seconds)
    print(json.dumps(asdict(outcome) | {"held": outcome.held}) if options.json else _sentences(outcome))
    return 0 if outcome.held else 1


if __name__ == "__main__":
    sys.exit(main())
