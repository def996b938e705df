"""INIT for everybody: how long until 10,000 users' documents are there, and how long others wait meanwhile.

    python bench/everybody.py [--users 10000] [--rounds 5] [--json]

A fresh server with so many accounts that are linked to Discord ids, each with something on. A client of Lantern's and
one of Lanyard's ask for everybody in turn, while another asks `/api/presence/NAME` again and again. Held when the
slowest INIT took less than a second, and nobody else waited for more than a quarter of that.
"""

import argparse
import http.client
import json
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import websocket

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.people import BOUND_S, first_party, publish, server, settle

INITS = {
    "lantern": '{"op":2,"d":{"user_id":"All"}}',
    "lanyard": '{"op":2,"d":{"subscribe_to_all":true}}',
}
INIT_BAR_MS, OTHERS_BAR_MS = 1000.0, 250.0


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


def _init(port: int, dialect: str, users: int) -> tuple[float, int]:
    """Milliseconds from INIT to its whole answer, and the answer's bytes."""
    # The client library looks at each byte of a text in Python: for these 6 MB a second that is not the server's.
    trusting: dict[str, Any] = {"timeout": BOUND_S, "skip_utf8_validation": True}
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


def measure(users: int, rounds: int) -> Outcome:
    """Start a server with so many people, ask for all of them, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        settle(data, users)
        token = first_party(data)
        with server(data) as started:
            port = started.port
            publish(port, token, users)
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
