"""What the rows of the comparison say of each promise of speed and size."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench import build
from bench.figures import (
    EVENTS,
    Figure,
    Row,
    Rows,
    accepted,
    connects_per_cpu,
    cost_us,
    deliveries_per_cpu,
    faults,
    latency_ms,
)
from bench.findings import Finding

OURS = "presently"
TIE = 1.1  # gaps under a tenth are ties
RUN_BOUND_S = 3600
NOT_MEASURED = (("two workers on two cores", "at least 1.7 x one worker"),)
RUNS = (
    ("--servers", f"floor,starlette,{OURS}"),
    ("--servers", f"floor{EVENTS},{OURS}{EVENTS}", "--tests", "fanout"),
)
"""What bench/run.py is asked for."""


def speed(rows: Path | None, repeats: int | None, *, quick: bool) -> Iterator[Finding]:
    """Every promise of this kind; without `rows` of an earlier run the servers are started (bench/run.py)."""
    yield from judged(_rows(rows, repeats, quick=quick))
    for promise, bar in NOT_MEASURED:
        yield Finding(promise, bar, "not measured yet", None)


def _at_least(promise: str, bar: str, value: float | None, least: float, unit: str = "") -> Finding:
    if value is None:
        return Finding(promise, bar, "not measured", None)
    return Finding(promise, bar, f"{value:,.2f}{unit}" if value < 100 else f"{value:,.0f}{unit}", value >= least)


def _at_most(promise: str, bar: str, values: list[float | None], most: list[float], unit: str = "") -> Finding:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Finding(promise, bar, "not measured", None)
    measured = " and ".join(f"{value:,.2f}{unit}" if value < 100 else f"{value:,.0f}{unit}" for value in known)
    return Finding(promise, bar, measured, all(value <= limit for value, limit in zip(known, most, strict=True)))


def _of_many(rows: Rows, n: int) -> Iterator[Finding]:
    to_floor = rows.ratio(deliveries_per_cpu, OURS, "floor", "fanout", n)
    yield _at_least(
        f"one update to {n:,} WebSocket subscribers, deliveries per server-CPU second",
        "at least 0.85 of the C floor", to_floor, 0.85, " x",
    )  # fmt: skip
    late = [rows.ratio(latency_ms("rate", quantile), OURS, "floor", "fanout", n) for quantile in ("p50", "p99")]
    yield _at_most(
        f"latency of one update to {n:,} at one a second, p50 and p99",
        "at most 1.3 x the C floor's", late, [1.3, 1.3], " x",
    )  # fmt: skip
    memory = rows.median(lambda row: row["rss_per_subscription"], OURS, "fanout", n)
    yield _at_most(
        f"user-space memory per idle subscription at {n:,}", "at most 4,096 bytes", [memory], [4096.0], " bytes"
    )
    shakes = rows.median(connects_per_cpu, OURS, "fanout", n)
    yield _at_least("handshakes", "at least 3,000 a second a core", shakes, 3000)


def _of_streams(rows: Rows, n: int) -> Finding:
    to_floor = rows.ratio(deliveries_per_cpu, OURS + EVENTS, "floor", "fanout", n)
    promise = f"one update to {n:,} event streams, deliveries per server-CPU second"
    return _at_least(promise, "at least 0.85 of the C floor", to_floor, 0.85, " x")


def _growth(rows: Rows) -> Finding:
    sizes = rows.sizes()
    promise = f"cost of a delivery, of the floor's, at {', '.join(f'{n:,}' for n in sizes)}"
    costs = [rows.ratio(cost_us, OURS, "floor", "fanout", n) for n in sizes]
    known = [cost for cost in costs if cost is not None]
    if len(known) < 2:
        return Finding(promise, "does not grow", "not measured", None)
    return Finding(promise, "does not grow", ", ".join(f"{cost:.2f} x" for cost in known), known[-1] <= known[0] * TIE)


def _of_one(rows: Rows) -> Iterator[Finding]:
    for test, promise in (("put", "PUT a second, keep-alive, one watcher"), ("get", "GET of a snapshot a second")):
        figure: Figure = accepted(test)
        mine = rows.median(figure, OURS, test, 1)
        found = _at_least(
            f"{promise}", "at least the starlette peer's", rows.ratio(figure, OURS, "starlette", test, 1), 1.0, " x"
        )
        yield Finding(found.promise, found.bar, found.measured + (f" ({mine:,.0f})" if mine else ""), found.held)
    late = [rows.median(latency_ms("frame", quantile), OURS, "frame", 1) for quantile in ("p50", "p99")]
    yield _at_most(
        "PUT to frame, one watcher, idle server, p50 and p99", "at most 1 ms and 5 ms", late, [1.0, 5.0], " ms"
    )


def judged(raw: list[Row]) -> Iterator[Finding]:
    """What the rows of a run say of each promise. A loss is a broken promise whatever its speed."""
    rows = Rows(raw)
    sizes = rows.sizes()
    if sizes:
        yield from _of_many(rows, sizes[-1])
        yield _growth(rows)
        yield _of_streams(rows, sizes[-1])
    yield from _of_one(rows)
    lost = [f"{name} {count:,}" for row in raw if row.get("server") in {OURS, OURS + EVENTS} and "error" not in row
            for name, count in faults(row).items()]  # fmt: skip
    failed = rows.errors(OURS) + rows.errors(OURS + EVENTS)
    yield Finding("updates lost, doubled or reordered in all of the above", "none", "; ".join(lost + failed) or "none",
                  not lost and not failed)  # fmt: skip


def _rows(known: Path | None, repeats: int | None, *, quick: bool) -> list[Row]:
    path = known or build.BUILD / f"rows-{int(time.time())}.jsonl"
    if known is None:
        counts = ["--quick"] * quick + (["--repeats", str(repeats)] if repeats else [])
        build.BUILD.mkdir(exist_ok=True)
        for wanted in RUNS:  # whose failures are rows too
            command = [sys.executable, str(build.BENCH / "run.py"), "--out", str(path), *wanted, *counts]
            subprocess.run(command, check=False, timeout=RUN_BOUND_S)
    return [json.loads(line) for line in path.open()]
