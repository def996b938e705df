"""Callbacks a second to a local sink, each committed to the outbox in SQLite before it is sent, in a real tree.

    python bench/callbacks.py [--queues 100] [--parcels 20000] [--bytes 2000] [--json]

The sink is a process of its own on the other core, which answers 202 and counts. The sender is a process with Courier,
outbox and guarded client as run.py wires them; every queue's poster asks, and waits for the commit, before its next
parcel (as a stream of the relay does), and with each the mark of what was told last is written. The figure is
callbacks for each second of processor time that the sender used: what one core gives. Order within each queue and
completeness are checked.
"""

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from gevent.server import StreamServer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from actors.clock import WallClock
from actors.courier import Destination
from actors.courier.courier import Courier
from actors.courier.outbox import Aftermath
from actors.house import House
from actors.messages.courier import Parcel, Post, Told
from actors.runtime import Address
from storage.board import LocalBoard
from storage.database import open_database
from storage.store import Store
from web.outgoing import Allowed, Callbacks, Client

BAR = 2_000.0  # callbacks a second on one core; the original sent 860
KIND = "bench"
WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rates in callbacks a second."""

    queues: int
    parcels: int
    seconds: float
    cpu_seconds: float
    per_second: float
    per_core_second: float
    duplicates: int
    out_of_order: int

    @property
    def held(self) -> bool:
        """Whether the promise was kept."""
        return self.per_core_second >= BAR and not self.duplicates and not self.out_of_order


class Sink:
    """Answers 202 to everything, over connections that are kept; remembers the bodies' first words."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.heard: list[bytes] = []
        self.all_heard = Event()

    def serve(self, peer: socket.socket, _address: object) -> None:
        """One connection; every request has a Content-Length."""
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        data = b""
        while more := peer.recv(65536):
            data += more
            while (end := data.find(b"\r\n\r\n")) >= 0:
                length = int(data[:end].lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
                if len(data) < end + 4 + length:
                    break
                self.heard.append(data[end + 4 : end + 24].partition(b" ")[0])
                data = data[end + 4 + length :]
                peer.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nAccepted")
            if len(self.heard) >= self.wanted:
                self.all_heard.set()


def run_sink(wanted: int) -> None:
    """In the sink's process: print the port, then how many came, came twice, and came before an earlier one."""
    sink = Sink(wanted)
    server = StreamServer(("127.0.0.1", 0), sink.serve)
    server.start()
    print(server.server_port, flush=True)
    sink.all_heard.wait(WITHIN)
    newest: dict[bytes, int] = {}
    out_of_order = 0
    for word in sink.heard:
        queue, _, number = word.partition(b":")
        out_of_order += int(number) < newest.get(queue, -1)
        newest[queue] = int(number)
    print(len(sink.heard), len(sink.heard) - len(set(sink.heard)), out_of_order, flush=True)
    server.stop()


class Counter(Address):
    """The owner of every queue: counts what it is told."""

    def __init__(self, wanted: int) -> None:
        super().__init__("counter")
        self.left = wanted
        self.done = Event()

    def tell(self, _message: Any) -> None:
        """One more was delivered."""
        self.left -= 1
        if not self.left:
            self.done.set()


def measure(queues: int, parcels: int, size: int) -> Outcome:
    """Start sink and Courier, post, wait until all were delivered."""
    each = parcels // queues
    command = [sys.executable, __file__, "--sink", str(each * queues)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sink, tempfile.TemporaryDirectory() as folder:
        assert sink.stdout is not None
        seconds, cpu = _deliver(folder, int(sink.stdout.readline()), queues, each, size)
        heard, duplicates, out_of_order = map(int, sink.stdout.readline().split())
    assert heard - duplicates == each * queues, "all arrived"
    count = each * queues
    return Outcome(queues, count, seconds, cpu, count / seconds, count / cpu, duplicates, out_of_order)


def _deliver(folder: str, port: int, queues: int, each: int, size: int) -> tuple[float, float]:
    """Seconds, and processor time, that it took."""
    clock = WallClock()
    store = Store(open_database(Path(folder) / "presently.sqlite"), clock)
    house = House(clock, LocalBoard())
    client = Client(Allowed.read(["127.0.0.1"]), clock)
    counter = Counter(each * queues)
    target = Destination(f"http://127.0.0.1:{port}/callback", counter, b"secret")
    house.destinations.learn(KIND, lambda _: target)
    ref = Courier.start(house, store, {KIND: Callbacks(client, clock)}, Aftermath())
    house.courier.move_in(ref)

    def post(queue: int) -> None:
        name, padding = f"{KIND}:{queue}", "x" * size
        for number in range(each):
            body = f"{queue}:{number} {padding}".encode()
            parcel = Parcel(f"{queue}-{number}", name, body, clock.now())
            house.courier.ask(Post(parcel, Told("notification", 0, str(number))), timeout=WITHIN)

    began, cpu = time.monotonic(), time.process_time()
    posters = [gevent.spawn(post, queue) for queue in range(queues)]
    gevent.joinall(posters, raise_error=True)
    assert counter.done.wait(WITHIN), f"{counter.left} were not delivered"
    took = time.monotonic() - began, time.process_time() - cpu
    ref.stop()
    assert not store.outbox_queues(), "all were struck off"
    client.close()
    store.close()
    return took


def _sentences(outcome: Outcome) -> str:
    return (
        f"{outcome.parcels:,} callbacks from {outcome.queues} queues in {outcome.seconds:.1f} s\n"
        f"{outcome.per_second:,.0f} a second\n"
        f"{outcome.per_core_second:,.0f} for each second of the sender's processor time (bar: {BAR:,.0f})\n"
        f"{outcome.duplicates} duplicates, {outcome.out_of_order} out of order\n"
        f"{'held' if outcome.held else 'BROKEN'}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queues", type=int, default=100)
    parser.add_argument("--parcels", type=int, default=20_000)
    parser.add_argument("--bytes", type=int, default=2_000)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--sink", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.sink:
        run_sink(options.sink)
        return 0
    sys.setswitchinterval(0.0005)  # as run.py does
    outcome = measure(options.queues, options.parcels, options.bytes)
    print(json.dumps(asdict(outcome) | {"held": outcome.held}) if options.json else _sentences(outcome))
    return 0 if outcome.held else 1


if __name__ == "__main__":
    sys.exit(main())
