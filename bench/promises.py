"""Shows every promise with its full counts, and prints the table of them: promise, bar, measured, held.

    python bench/promises.py [--only speed reliability features] [--quick] [--repeats 5] [--rows FILE.jsonl]

`speed` compares this server with its peers (bench/run.py) and times the leases; `reliability` is kills, storms, falls
and a soak, with their full counts; `features` is what single dialects promise. All of it takes more than an hour; each
line is printed as soon as it is known. --quick and --rows make `speed` short. Exits with 1 if a promise is broken.
"""

import argparse
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.findings import HEAD, Finding
from bench.shown import FEATURES, RELIABILITY, SPEED, shown
from bench.speed import speed

PARTS = ("speed", "reliability", "features")


def findings(options: argparse.Namespace) -> Iterator[Finding]:
    """All that is asked for."""
    if "speed" in options.only:
        yield from speed(options.rows, options.repeats, quick=options.quick)
        yield from shown(SPEED)
    if "reliability" in options.only:
        yield from shown(RELIABILITY)
    if "features" in options.only:
        yield from shown(FEATURES)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--quick", action="store_true", help="speed: one short turn with 1,000 subscribers")
    parser.add_argument("--repeats", type=int, help="speed: turns")
    parser.add_argument("--rows", type=Path, help="speed: rows of an earlier run")
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(HEAD, flush=True)
    broken = False
    for finding in findings(options):
        print(finding.line(), flush=True)
        broken |= finding.held is False
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
