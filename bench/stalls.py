"""What a bystander notices of bad input: round trips of a quiet reader while strangers storm a real server process.

    python bench/stalls.py [--seconds 5] [--only "image bombs" ...] [--json]

The reader asks `/healthz` over one kept connection every few milliseconds; whatever stalls the hub delays its answer.
Each storm comes from a process of its own, which takes processor time as well: so what server and reader waited for a
processor, by the kernel's account (schedstat), is taken off each round trip, and `busy`, a neighbour that only burns
time, shows what is left of that. What the hub waits for its own threads stays in. No throttle and no limit is on.
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
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import gevent

ROOT = Path(__file__).resolve().parents[1]
BAR_MS = 50.0
CONFIG = """
[presenti]
registration = true
[limits]
connections_per_address = 0
requests_per_second = 0
sign_ins_per_minute = 0
[log]
level = "error"
"""
CONNECTIONS = 32
PAUSE_S = 0.003


def request(method: str, path: str, body: bytes = b"", claimed: int | None = None) -> bytes:
    """One request of HTTP/1.1; `claimed` is the length that it says its body has."""
    length = len(body) if claimed is None else claimed
    return f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n".encode() + body


def sign_in(number: int, _path: str) -> bytes:
    """A guess at a password."""
    return request("POST", "/api/user/auth", json.dumps({"id": f"user{number}", "password": "guess"}).encode())


def huge_password(_number: int, _path: str) -> bytes:
    """A password of a megabyte, as far as the door lets it in."""
    return request("POST", "/api/user/new", b'{"id":"huge","password":"' + b"x" * 60_000, 1_000_000)


def hostile_name(number: int, _path: str) -> bytes:
    """A name that is none, longer each time."""
    name = ("\0\u202e%2e/" * (number % 5_000 + 1))[:50_000]
    return request("POST", "/api/user/new", json.dumps({"id": name, "password": "password"}).encode())


def bomb(number: int, path: str) -> bytes:
    """A PNG of 36 million pixels in a few kilobytes, another one each time, whose colours are wished for."""
    return _wish(path, _png(6_000, 1, 0, _BITS, number))


def large_image(number: int, path: str) -> bytes:
    """The same of as many pixels as are looked at: these are decoded."""
    return _wish(path, _png(3_000, 8, 0, _GREYS, number))


def _png(side: int, depth: int, kind: int, pixels: bytes, number: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, depth, kind, 0, 0, 0))
    rest = chunk(b"tEXt", b"n\0%d" % number) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + rest


def _wish(path: str, image: bytes) -> bytes:
    source = f"data:image/png;base64,{b64encode(image).decode()}"
    return request("PUT", path, json.dumps({"presences": [{"title": "x", "image": source, "gradient": True}]}).encode())


_BITS, _GREYS = zlib.compress(bytes(751 * 6_000), 9), zlib.compress(bytes(3_001 * 3_000), 9)

STORMS: dict[str, tuple[Callable[[int, str], bytes] | None, float]] = {
    "quiet": (None, 0.0),
    "busy": (None, 0.0),
    "1,000 sign-ins a second": (sign_in, 1_000.0),
    "passwords of 1 MB": (huge_password, 200.0),
    "hostile names": (hostile_name, 500.0),
    "image bombs": (bomb, 50.0),
    "large images": (large_image, 50.0),
}
"""What is sent, and how often a second."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The reader's round trips in milliseconds, and what the storm was answered."""

    storm: str
    asked: int
    p50_ms: float
    p99_ms: float
    worst_ms: float
    answered: dict[str, int]


def storm(name: str, port: int, path: str, seconds: float) -> Counter[str]:
    """In a process of its own: send it, and count the statuses."""
    make, rate = STORMS[name]
    told: Counter[str] = Counter()
    print("begun", flush=True)
    end, numbers = time.monotonic() + seconds, itertools.count()
    if make is None:
        while name == "busy" and time.monotonic() < end:
            zlib.compress(_BITS * 8)
        return told

    def send(first: float) -> None:
        due = time.monotonic() + first
        while time.monotonic() < end:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                while time.monotonic() < end:
                    due += CONNECTIONS / rate
                    gevent.sleep(max(0.0, due - time.monotonic()))
                    try:
                        connection.sendall(make(next(numbers), path))
                        answer = connection.recv(65_536)
                    except (ConnectionResetError, BrokenPipeError):  # it was refused before it was read to its end
                        answer = b""
                    told[answer[9:12].decode() or "closed"] += 1
                    if b"Connection: close" in answer or not answer:
                        break

    gevent.joinall([gevent.spawn(send, each / rate) for each in range(CONNECTIONS)], raise_error=True)
    return told


def waited(pid: int) -> float:
    """Seconds that a process's main thread has waited for a processor so far."""
    return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[1]) / 1e9


def read_on(port: int, pid: int, until: Callable[[], bool]) -> list[float]:
    """The reader's round trips in milliseconds, without what the two waited for a processor."""
    times, me = [], os.getpid()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        while until():
            stood, began = waited(pid) + waited(me), time.perf_counter()
            connection.sendall(request("GET", "/healthz"))
            if not connection.recv(65_536).startswith(b"HTTP/1.1 200"):
                raise AssertionError("the server is not well")
            took = time.perf_counter() - began
            times.append(max(0.0, took - (waited(pid) + waited(me) - stood)) * 1_000)
            gevent.sleep(PAUSE_S)
    return times


def measure(seconds: float, names: Iterable[str] = STORMS) -> list[Outcome]:
    """One storm after another at one server."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.toml").write_text(CONFIG)
        options = ["--data", folder, "--config", f"{folder}/config.toml"]
        run = [sys.executable, "run.py", *options]
        added = subprocess.check_output([*run, "user", "add", "ann", "--json"], cwd=ROOT)
        server = subprocess.Popen([*run, "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            ready = next(line for line in server.stdout if line.startswith("ready "))
            port = int(ready.rpartition(":")[2])
            token = json.loads(added)["token"]
            return [_one(name, port, server.pid, token, seconds) for name in names]
        finally:
            server.terminate()
            server.wait()


def _one(name: str, port: int, pid: int, token: str, seconds: float) -> Outcome:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request("GET", f"/session?token={token}"))
        session = json.loads(connection.recv(65_536).partition(b"\r\n\r\n")[2])["sessionID"]
    path = f"/session?token={token}&id={session}"
    command = [sys.executable, __file__, "--storm", name, "--port", str(port), "--path", path]
    child = subprocess.Popen([*command, "--seconds", str(seconds)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    if child.stdout.readline() != "begun\n":
        raise AssertionError("the storm did not break")
    end = time.monotonic() + seconds
    times = read_on(port, pid, lambda: time.monotonic() < end)
    told = json.loads(child.communicate()[0])
    cuts = statistics.quantiles(times, n=100)
    return Outcome(name, len(times), round(cuts[49], 2), round(cuts[98], 2), round(max(times), 2), told)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--only", nargs="*", choices=STORMS, default=list(STORMS))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--storm", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--path", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.storm:
        print(json.dumps(storm(given.storm, given.port, given.path, given.seconds)))
        return 0
    outcomes = measure(given.seconds, given.only)
    stalled = max((each.worst_ms for each in outcomes if each.storm != "busy"), default=0.0)
    if given.json:
        print(json.dumps([asdict(each) for each in outcomes]))
        return 1 if stalled > BAR_MS else 0
    print(f"{'storm':26}{'p50 ms':>8}{'p99 ms':>8}{'worst':>8}   answered")
    for each in outcomes:
        answered = ", ".join(f"{count} x {status}" for status, count in sorted(each.answered.items()))
        print(f"{each.storm:26}{each.p50_ms:8.2f}{each.p99_ms:8.2f}{each.worst_ms:8.2f}   {answered}")
    print(f"worst {stalled:.1f} ms (bar: {BAR_MS:.0f})")
    return 1 if stalled > BAR_MS else 0


if __name__ == "__main__":
    sys.exit(main())
