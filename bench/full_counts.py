"""Runs the tests that a suite runs in small with their full counts: rounds of kill -9, a storm of 10,000, a long soak.

    python bench/full_counts.py

Prints a table of promise, bar and outcome; exits with 1 if one is not held (PROMISES 2). Takes about half an hour.
"""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOUND_S = 3600


@dataclass(frozen=True, slots=True)
class Trial:
    """A promise, its bar, and what shows it: a command, with the counts it reads from the environment."""

    promise: str
    bar: str
    command: tuple[str, ...]
    counts: tuple[tuple[str, str], ...] = ()


def _test(*names: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *names)


TRIALS = (
    Trial(
        "accepted durable writes under kill -9", "none lost over 200 rounds",
        _test("tests/live/test_restart.py"), (("PRESENTLY_TEST_ROUNDS", "200"),),
    ),
    Trial(
        "storm", "10,000 clients back within 30 s, no 5xx",
        _test("tests/live/test_storm.py"), (("PRESENTLY_TEST_STORM", "10000"),),
    ),
    Trial("supervision", "10,000 falls leak nothing", _test("tests/actors/runtime/test_life.py")),
    Trial("clean leave and drain", "within 1 s; 1012 spread, exit within 30 s", _test("tests/live/test_leaving.py")),
    Trial(
        "half-open client, frozen reader, soak", "38 s; p99 moves under 5 ms; under 1 % a minute",
        (sys.executable, "bench/lasting.py"),
    ),
)  # fmt: skip


def _run(trial: Trial) -> str:
    """A row of the table; what the command says goes through, so that a failure can be read."""
    began = time.monotonic()
    done = subprocess.run(
        trial.command, cwd=ROOT, env={**os.environ, **dict(trial.counts)}, check=False, timeout=BOUND_S
    )
    outcome = "held" if done.returncode == 0 else "**not held**"
    return f"| {trial.promise} | {trial.bar} | {outcome} | {time.monotonic() - began:.0f} s |"


def main() -> int:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    rows = [_run(trial) for trial in TRIALS]
    print("\n".join(["| promise | bar | outcome | took |", "|---|---|---|---|", *rows]))
    return 1 if any("not held" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
