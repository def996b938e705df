"""What takes minutes to see: memory under churn, a reader that is frozen among a thousand, a client that is half open.

    python bench/lasting.py [--soak-minutes 10] [--clients 2000] [--only soak,frozen,half-open]

Prints one line for each; exits with 1 if a bar is missed (PROMISES 2).
"""

import argparse
import http.client
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import build, procs
from bench.contenders import House
from bench.crowd import Crowd
from bench.generator import PLACE
from bench.servers import FIRST_PORT, Running, free_port, running

WARM_UP_S = 120.0
GROWTH_A_MINUTE = 0.01
CHURN = 20
"""Of a soak's clients this many leave, and as many come, each round."""
FROZEN_MS = 5.0
HALF_OPEN_S = 38.0
READERS = 999
FILLER = 15_000
FILLING = 4 * 2**20
"""Bytes that fill a socket's buffers on loopback."""
PAIRS, ROUNDS = 7, 200


class Publisher:
    """Tells the server of one update after another, on a kept connection."""

    def __init__(self, server: Running) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        self._doors = server.doors
        self.number, self.mark = 0, b""

    def publish(self, filler: int = 0) -> bytes:
        """One more update, so many bytes larger; the text by which it is known."""
        self.number += 1
        self.mark = f"{self.number:0{len(PLACE)}d}".encode()
        body = self._doors.body.replace(PLACE, self.mark.decode()).replace(
            '"isPaused"', f'"filler":"{"x" * filler}","isPaused"'
        )
        self._connection.request("PUT", self._doors.publish, body)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise ConnectionError(f"a PUT was answered with {answer.status}")
        return self.mark


def soak(server: Running, options: argparse.Namespace) -> tuple[str, bool]:
    """Memory flat under churn: "under 1 % a minute after the first two"."""
    samples: list[tuple[float, int]] = []
    began = time.monotonic()
    publisher = Publisher(server)
    with Crowd(server.port, server.doors.watch) as crowd:
        crowd.grow(options.clients)
        while (now := time.monotonic() - began) < options.soak_minutes * 60:
            publisher.publish()
            crowd.listen(0.5)
            crowd.shrink(CHURN)
            crowd.grow(CHURN)
            if now > WARM_UP_S:
                samples.append((now / 60, procs.session_memory(server.pid).rss))
        lost = crowd.lost
    if len(samples) < 2:
        return "a soak needs more than two minutes", False
    growth = statistics.linear_regression(*zip(*samples, strict=True)).slope / samples[0][1]
    last = samples[-1][1] / 2**20
    said = f"{options.soak_minutes:g} min, {options.clients} clients, {publisher.number} times {CHURN} came and went"
    return f"{said}, {lost} lost: {growth:+.2%} a minute, {last:.0f} MiB", growth < GROWTH_A_MINUTE and not lost


def frozen(server: Running, _options: argparse.Namespace) -> tuple[str, bool]:
    """Rounds with and without the frozen one, in turn: "the other 999 readers' p99 moves by less than 5 ms"."""
    publisher = Publisher(server)
    late: dict[bool, list[float]] = {False: [], True: []}
    thawed = True
    with Crowd(server.port, server.doors.watch) as crowd:
        crowd.grow(READERS)
        crowd.listen(1.0)
        for with_frozen in (False, True) * PAIRS:
            stuck = crowd.stranger(receive_buffer=4096) if with_frozen else None
            for _ in range(FILLING // FILLER):  # without anybody stuck too, so that the two differ by nothing else
                crowd.listen(5.0, publisher.publish(FILLER))
            late[with_frozen].append(_p99_ms(crowd, publisher))
            if stuck is not None:
                thawed &= _thaws(stuck, publisher.mark)
        complete = not crowd.lost
    without, beside = map(statistics.median, (late[False], late[True]))
    moves = [after - before for before, after in zip(late[False], late[True], strict=True)]
    moved = statistics.median(moves)
    said = (
        f"p99 of the other {READERS} {without:.1f} ms without it and {beside:.1f} ms with it; moved by {moved:+.1f} ms "
        f"in the median of {PAIRS} pairs, {min(moves):+.1f} to {max(moves):+.1f}"
    )
    return said, complete and thawed and moved < FROZEN_MS


def _p99_ms(crowd: Crowd, publisher: Publisher) -> float:
    """Of one block of rounds: how long after its PUT each reader had each update."""
    late: list[float] = []
    for _ in range(ROUNDS):
        began = time.monotonic()
        times = crowd.listen(5.0, publisher.publish())
        if len(times) < len(crowd):
            raise ConnectionError(f"{len(crowd) - len(times)} readers lack an update")
        late += [each - began for each in times]
    return statistics.quantiles(late, n=100)[98] * 1000


def _thaws(stuck: socket.socket, mark: bytes) -> bool:
    """It was still there, and reads on to the newest update."""
    with stuck:
        heard = b""
        while mark not in heard:
            portion = stuck.recv(1 << 20)
            if not portion:
                return False
            heard = heard[-len(mark) :] + portion
    return True


def half_open(server: Running, _options: argparse.Namespace) -> tuple[str, bool]:
    """Gone "within 38 s (30 s ping, 8 s pong)": it shakes hands and answers nothing from then on."""
    with Crowd(server.port, server.doors.watch) as crowd:
        silent = crowd.stranger()
        began = time.monotonic()
        silent.settimeout(HALF_OPEN_S + 10)
        try:
            while silent.recv(4096):
                continue
        except OSError as error:
            print(f"half open: {error}", file=sys.stderr)
        seconds = time.monotonic() - began
        silent.close()
    return f"gone after {seconds:.1f} s", seconds <= HALF_OPEN_S


TRIALS: dict[str, Callable[[Running, argparse.Namespace], tuple[str, bool]]] = {
    "half-open": half_open,
    "frozen": frozen,
    "soak": soak,
}


def findings(options: argparse.Namespace) -> Iterator[tuple[str, bool]]:
    """Each trial on a server of its own."""
    port = FIRST_PORT
    for name in options.only.split(","):
        port = free_port(port)
        with running(House(build.BUILD / "data"), port, build.BUILD / "logs") as server:
            yield TRIALS[name](server, options)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--soak-minutes", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--only", default=",".join(TRIALS))
    held = True
    for said, good in findings(parser.parse_args()):
        print(f"measured: {said}\n{'held' if good else 'BROKEN'}", flush=True)
        held &= good
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
