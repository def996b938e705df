"""5,000 streams of the relay in the real server: its memory with all open, used, and come back, and its CPU when idle.

    python bench/streams.py [--streams 5000] [--instances 25] [--tls] [--json]

The instance is a process of its own (tests/fakes/mastodon.py), told by the server's instance_map to be as many as are
wanted, because streams of one instance take turns to connect, 50 a second. Callbacks go to a sink in this process.
"""

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import argparse
import json
import os
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import gevent
import trustme
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.procs import process_cpu
from tests.serving import Served, free_port, start

MIB = 1024 * 1024
MOST_MIB = 400  # the bar of the relay's issue
IDLE_SECONDS = 20.0
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Memory of the whole server process, as it is seen by the kernel (Rss, in MiB), at each station."""

    streams: int
    before: float
    all_open: float
    all_notified: float
    all_back: float
    """After the instance was restarted."""
    peak: float
    idle_core_share: float
    open_seconds: float
    back_seconds: float

    @property
    def held(self) -> bool:
        """Whether it never took more than the bar."""
        return self.peak <= MOST_MIB


class Sink:
    """An app's server: counts callbacks."""

    def __init__(self) -> None:
        self.taken = 0
        self.server = WSGIServer(("127.0.0.1", 0), self._take, log=None, spawn=Pool(500))
        self.server.start()

    def _take(self, _environ: Any, start_response: Any) -> list[bytes]:
        self.taken += 1
        start_response("202 Accepted", [("Content-Length", "0")])
        return []


class Upstream:
    """The fake instance's process."""

    def __init__(self, certificate: Path | None) -> None:
        """`certificate` is a PEM file with the key; without one it speaks plain http."""
        self.port = free_port()
        self.certificate = certificate
        self.context = None
        if certificate is not None:
            self.context = ssl.create_default_context()
        self.begin()

    @property
    def url(self) -> str:
        """Its base."""
        return f"{'http' if self.certificate is None else 'https'}://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Start it, and wait until it listens."""
        command = [sys.executable, "-m", "tests.fakes.mastodon", "--port", str(self.port)]
        if self.certificate is not None:
            command += ["--certificate", str(self.certificate)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.process.stdout.readline()

    def end(self) -> None:
        """Kill it: every stream loses its connection without a word."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def ask(self, what: str, **words: Any) -> dict[str, Any]:
        """See tests/fakes/mastodon.py."""
        request = Request(f"{self.url}/fake/{what}", json.dumps(words).encode(), method="POST")
        with urlopen(request, timeout=60, context=self.context) as answer:
            return dict(json.load(answer))

    def listening(self) -> int:
        """How many streams are open."""
        return int(self.ask("state")["listening"])


def config(upstream: Upstream, instances: int) -> str:
    lines = ["[limits]", "requests_per_second = 0", "connections_per_address = 0", "[log]", 'level = "warning"']
    lines += ["[relay]", 'allow_private_hosts = ["127.0.0.1"]', "[relay.app_map.bench]", 'secret = "s3cret"']
    for number in range(instances):
        lines += [f'[relay.instance_map."https://{number}.example"]']
        lines += [f'replaceUrl = "{upstream.url}"', f'replaceUrlWeb = "{upstream.url}"']
    return "\n".join(lines)


def register(server: Served, sink: Sink, number: int, instances: int) -> None:
    form = {"instance_url": f"https://{number % instances}.example", "app_id": "bench", "app_secret": "s3cret"}
    form |= {"access_token": f"token{number}", "tag": f"device-{number}"}
    form |= {"callback_url": f"http://127.0.0.1:{sink.server.server_port}/"}
    with urlopen(Request(f"{server.url}/register", urlencode(form).encode()), timeout=60) as answer:
        assert answer.status == 202


def until(condition: Callable[[], bool]) -> float:
    """Seconds until it was so."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > PATIENCE:
            raise TimeoutError(f"not within {PATIENCE:.0f} s")
        gevent.sleep(0.25)
    return time.monotonic() - began


def mebibytes(server: Served, what: str) -> float:
    """VmRSS or VmHWM of the server."""
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / MIB for line in lines if line.startswith(f"{what}:"))


def rss(server: Served) -> float:
    return mebibytes(server, "VmRSS")


def make_certificate(folder: Path) -> Path:
    """Of an authority that this process and those it starts believe from now on."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    os.environ["SSL_CERT_FILE"] = str(folder / "authority.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    return folder / "server.pem"


@contextmanager
def house(instances: int, tls: bool) -> Iterator[tuple[Served, Upstream, Sink]]:
    with tempfile.TemporaryDirectory() as name:
        folder, sink = Path(name), Sink()
        upstream = Upstream(make_certificate(folder) if tls else None)
        try:
            with start(folder / "data", config=config(upstream, instances)) as server:
                yield server, upstream, sink
        finally:
            upstream.end()
            sink.server.stop()


def measure(streams: int, instances: int, tls: bool) -> Outcome:
    with house(instances, tls) as (server, upstream, sink):
        before, pool = rss(server), Pool(16)
        began = time.monotonic()
        for _ in pool.imap_unordered(lambda number: register(server, sink, number, instances), range(streams)):
            pass
        until(lambda: upstream.listening() == streams)
        open_seconds, all_open = time.monotonic() - began, rss(server)
        cpu = process_cpu(server.pid)
        gevent.sleep(IDLE_SECONDS)
        share = (process_cpu(server.pid) - cpu) / IDLE_SECONDS
        upstream.ask("notify", payload=json.dumps({"id": "1", "type": "mention", "account": {"note": "x" * 1500}}))
        until(lambda: sink.taken == streams)
        all_notified = rss(server)
        upstream.end()
        upstream.begin()
        back_seconds = until(lambda: upstream.listening() == streams)
        stations = before, all_open, all_notified, rss(server), mebibytes(server, "VmHWM")
        return Outcome(streams, *stations, share, open_seconds, back_seconds)


def _sentences(outcome: Outcome) -> str:
    each = (outcome.all_open - outcome.before) * 1024 / outcome.streams
    return (
        f"{outcome.streams:,} streams; the server takes {outcome.before:.0f} MiB without any\n"
        f"all open {outcome.all_open:.0f} MiB ({each:.1f} KiB each), after a notification each "
        f"{outcome.all_notified:.0f} MiB, back after the instance's restart {outcome.all_back:.0f} MiB\n"
        f"peak {outcome.peak:.0f} MiB (bar: at most {MOST_MIB})\n"
        f"idle {outcome.idle_core_share:.1%} of a core; registered and open in {outcome.open_seconds:.0f} s, "
        f"back in {outcome.back_seconds:.0f} s\n"
        f"{'held' if outcome.held else 'BROKEN'}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=5_000)
    parser.add_argument("--instances", type=int, default=25)
    parser.add_argument("--tls", action="store_true", help="as streams are in life")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    outcome = measure(options.streams, options.instances, options.tls)
    print(json.dumps(asdict(outcome) | {"held": outcome.held}) if options.json else _sentences(outcome))
    return 0 if outcome.held else 1


if __name__ == "__main__":
    sys.exit(main())
