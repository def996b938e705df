"""Promises that have a command of their own: a test with its full counts, or a benchmark; held where it ends with 0."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import build
from bench.findings import Finding

BOUND_S = 3600


@dataclass(frozen=True, slots=True)
class Shown:
    """A promise, its bar, the command that shows it, and the counts that the command reads from the environment."""

    promise: str
    bar: str
    command: tuple[str, ...]
    counts: tuple[tuple[str, str], ...] = ()
    figures: str = r"measured: (.+)"
    """Where in the lines of its output the figures stand."""

    @property
    def log(self) -> str:
        """The name of the file that keeps its output."""
        return re.sub(r"[^a-z0-9]+", "-", self.promise.lower())[:40] + ".log"


def _test(*names: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *names)


def _bench(name: str, *options: str) -> tuple[str, ...]:
    return (sys.executable, f"bench/{name}.py", *options)


SPEED = (
    Shown(
        "100,000 leases, 1,000 renewals a second", "under 3 % of a core; late by at most 1 s at p99, never early",
        _bench("leases"), figures=r"^(\S+ of a core|late by p50 .+? ms|the earliest .+? due)",
    ),
    Shown(
        "start with 10,000 stored accounts and 10,000 live claims", "ready in 3 s, all claims there",
        _bench("starting"), figures=r"^(ready .+)",
    ),
)  # fmt: skip
"""PROMISES 1, but for the comparison with others."""

RELIABILITY = (
    Shown(
        "accounts and tokens made beside a server that is killed with -9", "none lost over 200 rounds",
        _test("tests/live/test_restart.py"), (("PRESENTLY_TEST_ROUNDS", "200"),),
    ),
    Shown(
        "what a server that is killed with -9 has answered: key-values, activities, registrations, keys",
        "none lost over 200 rounds",
        _test("tests/live/test_kills.py"), (("PRESENTLY_TEST_ROUNDS", "200"),),
    ),
    Shown(
        "storm: everybody comes back after a drain, and after kill -9", "10,000 within 30 s, no 5xx",
        _test("tests/live/test_storm.py"), (("PRESENTLY_TEST_STORM", "10000"),),
    ),
    Shown("supervision", "10,000 falls leak nothing", _test("tests/actors/runtime/test_life.py", "-k", "falls")),
    Shown("clean leave", "seen within 1 s", _test("tests/live/test_leaving.py", "-k", "leave or end")),
    Shown("drain", "1012 spread, exit 0 within 30 s", _test("tests/live/test_leaving.py", "-k", "drain")),
    Shown("half-open client", "gone within 38 s", _bench("lasting", "--only", "half-open")),
    Shown(
        "one frozen reader among 1,000", "moves the others' p99 by less than 5 ms",
        _bench("lasting", "--only", "frozen"),
    ),
    Shown("soak: 10 minutes, 2,000 clients", "memory grows under 1 % a minute", _bench("lasting", "--only", "soak")),
    Shown(
        "relay through restarts and a kill", "nothing missing or out of order", _bench("relay"),
        figures=r"(sent .+ duplicates \d+)  duplicates_before",
    ),
)  # fmt: skip
"""PROMISES 2."""

FEATURES = (
    Shown(
        "callbacks a second on one core, each committed first", "2,000", _bench("callbacks"),
        figures=r"^(.+ processor time)",
    ),
    Shown(
        "activity upserts a second on one core, each committed first", "2,000", _bench("upserts"),
        figures=r"^(.+ processor time)",
    ),
    Shown(
        "INIT for everybody, 10,000 users", "within 1 s; others wait at most 250 ms", _bench("everybody"),
        figures=r"^(.+)$",
    ),
    Shown(
        "a heartbeat's minute at its worst", "each ping 200 within 1 s; memory grows under 5 % a minute",
        _bench("heartbeats"), figures=r"^(answered .+|subscribers .+)",
    ),
    Shown(
        "bad input, as a bystander notices it", "never stalled above 50 ms", _bench("stalls"),
        figures=r"^(worst .+)",
    ),
    Shown("5,000 Mastodon streams in one process", "400 MiB", _bench("streams"), figures=r"^(peak .+) \(bar"),
)  # fmt: skip
"""What single dialects promise."""


def shown(trials: Sequence[Shown]) -> Iterator[Finding]:
    """Each in its turn; what the commands say is kept beside the servers' logs."""
    logs = build.BUILD / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    for trial in trials:
        path = logs / trial.log
        held = _run(trial, path)
        figures = "; ".join(re.findall(trial.figures, path.read_text(), re.MULTILINE))
        yield Finding(trial.promise, trial.bar, figures or ("as said" if held else f"see {path}"), held)


def _run(trial: Shown, path: Path) -> bool:
    """Whether it ends with 0 in its time; its output goes to this file."""
    environment = {**os.environ, **dict(trial.counts)}
    with (
        path.open("w") as log,
        subprocess.Popen(
            trial.command, cwd=build.ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            return process.wait(BOUND_S) == 0
        except subprocess.TimeoutExpired:
            process.terminate()
            return False
