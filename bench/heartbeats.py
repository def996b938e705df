"""A minute of the heartbeat at its worst: subscribers that come and go, pingers, and a reader who never reads.

    python bench/heartbeats.py [--churners 20] [--pingers 5] [--seconds 60] [--json]

All are about one user of a real server process, limits off. Each pinger keeps one connection and pings again as soon as
it is answered; each churner reads two events and leaves without a goodbye. The original's process dies of this within
seconds, and one reader who is stuck holds its pings up for ever. Held when every ping was answered with 200 and none
waited for a second, when a steady reader got every ping that was answered, and when the process has not grown by more
than 5 % a minute since the first third.
"""

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import gevent
from gevent.event import Event

ROOT = Path(__file__).resolve().parents[1]

CONFIG = "[limits]\nconnections_per_address = 0\nrequests_per_second = 0\n[log]\nlevel = 'warning'\n"
PATIENCE_S = 2.0
LONGEST = 1.0  # seconds that a ping may take on a machine whose cores are all in use
GROWTH = 0.05  # of the memory, in a minute; 1 kB left behind by each reader would be several times that
SUBSCRIBE = b"GET /subscribe/busy HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Times to an answer in milliseconds; growth of the process's memory as a share in a minute."""

    pings: int
    told: int
    """How many of them a steady reader was told."""
    left: int
    """How often a churner has come and gone."""
    p50_ms: float
    p99_ms: float
    longest_ms: float
    growth: float

    @property
    def held(self) -> bool:
        """Whether no harm was done."""
        return self.told >= self.pings and self.left > 0 and self.longest_ms < LONGEST * 1000 and self.growth < GROWTH


@dataclass(slots=True)
class Crowd:
    """Everybody who takes part."""

    port: int
    end: float
    times_s: list[float] = field(default_factory=list, repr=False)
    told: int = 0
    left: int = 0
    news: Event = field(default_factory=Event)

    def connect(self) -> socket.socket:
        """A connection of one's own."""
        return socket.create_connection(("127.0.0.1", self.port))

    def ping(self) -> None:
        """Ping until the end."""
        body = b'{"status":"1"}'
        head = b'POST /ping HTTP/1.1\r\nHost: x\r\nX-User-Claim: {"userid":"busy"}\r\n'
        message = b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
        with self.connect() as connection:
            while (began := time.monotonic()) < self.end:
                connection.sendall(message)
                answer = connection.recv(65_536)
                if not answer.startswith(b"HTTP/1.1 200"):
                    raise AssertionError(answer[:200])
                self.times_s.append(time.monotonic() - began)

    def churn(self) -> None:
        """Come, read two events, leave; again until the end."""
        while time.monotonic() < self.end:
            with self.connect() as connection:
                connection.sendall(SUBSCRIBE)
                seen = 0
                while seen < 2 and (data := connection.recv(65_536)):
                    seen += data.count(b"data: ")
            self.left += 1

    def follow(self, connection: socket.socket) -> None:
        """Count every event for as long as there are any."""
        while data := connection.recv(1 << 20):
            self.told += data.count(b'"time"')
            self.news.set()

    def await_told(self) -> None:
        """Until the steady reader has heard of every ping, or hears nothing more for a while."""
        while self.told < len(self.times_s) and self.news.wait(PATIENCE_S):
            self.news.clear()


def _memory(pid: int) -> int:
    """Resident bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def _load(pid: int, port: int, churners: int, pingers: int, seconds: float) -> Outcome:
    crowd = Crowd(port, time.monotonic() + seconds)
    stuck, steady = crowd.connect(), crowd.connect()
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for connection in (stuck, steady):
        connection.sendall(SUBSCRIBE)
    reading = gevent.spawn(crowd.follow, steady)
    crew = [*(gevent.spawn(crowd.ping) for _ in range(pingers)), *(gevent.spawn(crowd.churn) for _ in range(churners))]
    gevent.sleep(seconds / 3)
    early, noted = _memory(pid), time.monotonic()
    gevent.joinall(crew[:pingers], raise_error=True)
    growth = (_memory(pid) / early - 1) * 60 / (time.monotonic() - noted)
    crowd.await_told()
    gevent.killall([reading, *crew])  # a churner may wait for a ping that will not come any more
    for connection in (stuck, steady):
        connection.close()
    centiles = statistics.quantiles([each * 1000 for each in crowd.times_s], n=100)
    longest = max(crowd.times_s) * 1000
    return Outcome(len(crowd.times_s), crowd.told, crowd.left, centiles[49], centiles[98], longest, growth)


def measure(churners: int, pingers: int, seconds: float) -> Outcome:
    """Start a server, let everybody loose on it, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        (data / "config.toml").write_text(CONFIG)
        command = [sys.executable, "run.py", "--data", str(data), "--port", "0"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            ready = next(line for line in server.stdout if line.startswith("ready "))
            try:
                return _load(server.pid, int(ready.rpartition(":")[2]), churners, pingers, seconds)
            finally:
                server.terminate()


def _sentences(outcome: Outcome) -> str:
    return (
        f"{outcome.pings:,} pings, all answered with 200; a steady reader was told {outcome.told:,}\n"
        f"answered within p50 {outcome.p50_ms:.1f} p99 {outcome.p99_ms:.1f} longest {outcome.longest_ms:.1f} ms\n"
        f"subscribers came and went {outcome.left:,} times; memory grew by {outcome.growth:.2%} a minute\n"
        f"{'held' if outcome.held else 'BROKEN'}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--churners", type=int, default=20)
    parser.add_argument("--pingers", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    outcome = measure(options.churners, options.pingers, options.seconds)
    print(json.dumps(asdict(outcome) | {"held": outcome.held}) if options.json else _sentences(outcome))
    return 0 if outcome.held else 1


if __name__ == "__main__":
    sys.exit(main())
