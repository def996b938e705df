"""Servers side by side, asked in short bursts by turns: for a machine whose speed changes from second to second.

    python bench/pairs.py [--servers starlette,presently] [--test put] [--bursts 100] [--seconds 0.3] [--json]

All are started at once, and idle while another one is asked. Each burst is compared with the first server's of the same
turn, the order within a turn is drawn; printed are the medians. bench/run.py starts each server afresh instead, which
is fairer to memory and to connections, and needs many more turns for the same certainty.
"""

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import build
from bench.contenders import contenders
from bench.generator import Generator
from bench.servers import FIRST_PORT, free_port, running

CONNECTIONS = 32
WARM_TURNS = 2
BOUND_S = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one server: requests answered a second, and how many times the first server's of the same turn."""

    server: str
    a_second: float
    ratio: float
    lowest: float
    highest: float


def _bursts(names: list[str], test: str, turns: int, seconds: float) -> list[dict[str, float]]:
    """Turn by turn, what each server answered a second."""
    rows = []
    with ExitStack() as stack:
        loads, port = {}, FIRST_PORT
        for name in names:
            port = free_port(port)
            contender = contenders(build.BUILD / f"pairs-{name}")[name]
            server = stack.enter_context(running(contender, port, build.BUILD / "logs"))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            load = Generator(build.program("load"), server.doors, port=port, most=1, folder=folder)
            loads[name] = stack.enter_context(load)
            loads[name].ask("connect 1", BOUND_S)
        for _ in range(WARM_TURNS + turns):
            row = {}
            for name in random.sample(names, len(names)):
                answer = loads[name].ask(f"{test} {CONNECTIONS} {seconds}", BOUND_S)
                row[name] = answer["accepted"] / answer["seconds"]
            rows.append(row)
    return rows[WARM_TURNS:]


def compared(rows: list[dict[str, float]], names: list[str]) -> list[Outcome]:
    """Medians over all turns."""
    found = []
    for name in names:
        ratios = [row[name] / row[names[0]] for row in rows]
        middle = statistics.median(row[name] for row in rows)
        found.append(Outcome(name, middle, statistics.median(ratios), min(ratios), max(ratios)))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default="starlette,presently", help="all are compared with the first")
    parser.add_argument("--test", choices=("put", "get"), default="put")
    parser.add_argument("--bursts", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    names = options.servers.split(",")
    outcomes = compared(_bursts(names, options.test, options.bursts, options.seconds), names)
    if options.json:
        print(json.dumps([asdict(each) for each in outcomes]))
        return 0
    for each in outcomes:
        print(
            f"{each.server:18} {each.a_second:8,.0f} a second, {each.ratio:.2f} of {names[0]} "
            f"({each.lowest:.2f} to {each.highest:.2f})"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
