"""The benchmark's one command: builds, starts each server in its turn, loads it, keeps raw rows, prints the table.

python bench/run.py [--quick] [--out FILE.jsonl] [--servers a,b] [--tests fanout,frame,put,get]
                    [--sizes 1000,5000,10000] [--repeats 5]
"""

import argparse
import dataclasses
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import build, procs, table, trials
from bench.contenders import PEERS, contenders
from bench.generator import LoadFailed
from bench.servers import FIRST_PORT, Contender, NotReady, free_port, running

DATA = build.BUILD / "data"
LOGS = build.BUILD / "logs"
QUIET_BOUND_S = 5.0
SPARE_DESCRIPTORS = 512


def _names(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


COMPARED = ("floor", "starlette", "flask-socketio", "presently")
"""Unless others are named. Beside them there are `lantern` and `lanyard`: this server, with watchers of theirs; and
`floor-events` and `presently-events`: both with readers of event streams."""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=_names, default=COMPARED, help="comma-separated, in turn")
    parser.add_argument("--tests", type=_names, default=trials.TESTS, help=",".join(trials.TESTS))
    parser.add_argument("--sizes", type=_names, help="subscribers, ascending (1000,5000,10000)")
    parser.add_argument("--rate", type=float, help="updates a second to the fan-out, in the open loop (1)")
    parser.add_argument("--repeats", type=int, help="turns of each server (5)")
    parser.add_argument("--quick", action="store_true", help="one short turn with 1,000 subscribers")
    parser.add_argument("--out", type=Path, help="append the raw rows to this file, one JSON object a line")
    return parser.parse_args()


def _plan(options: argparse.Namespace) -> trials.Plan:
    plan = trials.QUICK if options.quick else trials.Plan()
    sizes = tuple(sorted(map(int, options.sizes))) if options.sizes else plan.sizes
    unknown = set(options.tests) - set(trials.TESTS) | set(options.servers) - set(contenders(DATA))
    if unknown or min(sizes) < 1:
        raise SystemExit(f"unknown or impossible: {', '.join(sorted(unknown)) or min(sizes)}")
    return dataclasses.replace(plan, tests=tuple(options.tests), sizes=sizes, rate=options.rate or plan.rate)


def _claim_descriptors(subscribers: int) -> None:
    """Raise the soft limit for all that is started from here. Exits where the hard limit is too low."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < subscribers + SPARE_DESCRIPTORS:
        raise SystemExit(f"ulimit -n allows {hard} descriptors, too few for {subscribers} subscribers")


def _commit() -> str:
    command = ["git", "-C", str(build.ROOT), "describe", "--always", "--dirty"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip()


def _turn(contender: Contender, group: str, plan: trials.Plan, port: int) -> Iterator[trials.Row]:
    """One start of one server; what goes wrong becomes a row, so that the others still get their turns."""
    quiet = procs.wait_until_quiet(QUIET_BOUND_S)
    program = build.program("load")
    try:
        # The requests hold a token, so they go with their server.
        with running(contender, port, LOGS) as server, tempfile.TemporaryDirectory() as folder:
            for row in trials.rows(group, server, program, Path(folder), plan):
                yield {"quiet_before": quiet, **row}
    except (NotReady, LoadFailed, OSError, subprocess.SubprocessError) as error:
        yield {"test": group, "n": 0, "error": f"{type(error).__name__}: {error}"}


def _rows(servers: list[Contender], plan: trials.Plan, repeats: int) -> Iterator[trials.Row]:
    port = FIRST_PORT
    for repeat in range(repeats):
        for contender in servers:
            for group in trials.groups(plan):
                port = free_port(port)
                for row in _turn(contender, group, plan, port):
                    yield {"server": contender.name, "repeat": repeat, **row}


def _facts(servers: list[Contender]) -> dict[str, Any]:
    """What the figures depend on. Installs the peers, if any is wanted, before anything is measured."""
    return {
        "facts": {
            "commit": _commit(),
            "python": platform.python_version(),
            "kernel": platform.release(),
            "cores": os.cpu_count(),
            "peers": build.peer_versions() if {server.name for server in servers} & PEERS else {},
            "started_at": int(time.time()),
        }
    }


def _keep(row: trials.Row, out: Path | None) -> trials.Row:
    """Written at once: a run that is cut short keeps what it has."""
    if out:
        with out.open("a") as file:
            file.write(json.dumps(row) + "\n")
    return row


def main() -> int:
    options = _options()
    plan = _plan(options)
    _claim_descriptors(max(plan.sizes))
    # Ended from outside, everything that was started is ended too: the contexts unwind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    known = contenders(DATA)
    servers = [known[name] for name in options.servers]
    kept = [_keep(_facts(servers), options.out)]
    for row in _rows(servers, plan, options.repeats or (1 if options.quick else 5)):
        print(table.brief(row), file=sys.stderr, flush=True)
        kept.append(_keep(row, options.out))
    print(table.render(kept))
    return 1 if any("error" in row for row in kept) else 0


if __name__ == "__main__":
    sys.exit(main())
