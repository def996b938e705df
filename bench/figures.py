"""Raw rows in, figures out: medians over repeats, and ratios taken inside each repeat before their median."""

import statistics
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Row = dict[str, Any]
Kept = TypeVar("Kept")
Figure = Callable[[Row], float | None]

EVENTS = "-events"
"""What the name of a server ends with where its watchers read event streams; its floor's does too."""

FAULTS = ("missing", "duplicates", "reordered", "behind", "closed", "stalls", "refused")
PHASES = ("connect", "rate", "saturate", "frame", "put", "get")


def _per(count: float, seconds: float) -> float | None:
    return count / seconds if seconds > 0 else None


def latency_ms(phase: str, quantile: str) -> Figure:
    """A quantile (p50, p90, p99, max) of the time from an update's intended instant to its arrival."""
    return lambda row: row[phase]["latency_us"][quantile] / 1000 if row[phase]["delivered"] else None


def deliveries_per_cpu(row: Row) -> float | None:
    """Deliveries per second of server CPU in the closed loop."""
    return _per(row["saturate"]["delivered"], row["saturate"]["server_cpu_s"])


def cost_us(row: Row) -> float | None:
    """Server CPU per delivery in the closed loop, microseconds."""
    return _per(row["saturate"]["server_cpu_s"] * 1e6, row["saturate"]["delivered"])


def connects_per_second(row: Row) -> float | None:
    """Handshakes a second, first message included."""
    return _per(row["connect"]["new"], row["connect"]["seconds"])


def connects_per_cpu(row: Row) -> float | None:
    """Handshakes per second of server CPU."""
    return _per(row["connect"]["new"], row["connect"]["server_cpu_s"])


def accepted(test: str) -> Figure:
    """Requests answered with 2xx a second."""
    return lambda row: _per(row[test]["accepted"], row[test]["seconds"])


def accepted_per_cpu(test: str) -> Figure:
    """Requests answered with 2xx per second of server CPU."""
    return lambda row: _per(row[test]["accepted"], row[test]["server_cpu_s"])


def is_noisy(row: Row) -> bool:
    """Whether others took too much of the machine in any of the row's phases."""
    return any(row[phase]["noisy"] for phase in PHASES if phase in row)


def faults(row: Row) -> dict[str, int]:
    """What a server lost, repeated or broke off in a row, by name; concurrent PUTs have no order to keep."""
    found: dict[str, int] = {}
    for phase in (name for name in PHASES if name in row):
        for fault in FAULTS:
            if not (phase == "put" and fault == "reordered") and row[phase].get(fault):
                found[fault] = found.get(fault, 0) + row[phase][fault]
        if unsent := row[phase].get("planned", 0) - row[phase].get("sent", 0):
            found["unsent"] = found.get("unsent", 0) + unsent
    if "connect" in row and row["connect"]["ready"] < row["n"]:
        found["not connected"] = row["n"] - row["connect"]["ready"]
    return found


def _quiet(found: dict[int, Kept], quiet: set[int]) -> dict[int, Kept]:
    return {repeat: found[repeat] for repeat in sorted(quiet)} if len(quiet) >= 2 else found


class Rows:
    """The rows of a run, to be asked for medians and ratios."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._all = [row for row in rows if "server" in row]
        self.servers = list(dict.fromkeys(row["server"] for row in self._all))

    def sizes(self) -> list[int]:
        """The numbers of subscribers that were tried."""
        return sorted({row["n"] for row in self._all if row["test"] == "fanout" and "error" not in row})

    def has(self, test: str) -> bool:
        """Whether any row of this test is there."""
        return any(row["test"] == test and "error" not in row for row in self._all)

    def of(self, server: str, test: str, n: int) -> dict[int, Row]:
        """Repeat -> row; noisy repeats are left out where two quiet ones remain."""
        found = self._found(server, test, n)
        return _quiet(found, {repeat for repeat, row in found.items() if not is_noisy(row)})

    def median(self, figure: Figure, server: str, test: str, n: int) -> float | None:
        """The median over repeats."""
        values = [value for row in self.of(server, test, n).values() if (value := figure(row)) is not None]
        return statistics.median(values) if values else None

    def ratio(self, figure: Figure, server: str, base: str, test: str, n: int) -> float | None:
        """The median of the ratios to `base` in the same repeat, noisy pairs left out where two quiet ones remain.

        Event streams are compared with the base's event streams.
        """
        if server.endswith(EVENTS):
            base += EVENTS
        mine, theirs = self._found(server, test, n), self._found(base, test, n)
        pairs = {repeat: (mine[repeat], theirs[repeat]) for repeat in sorted(mine.keys() & theirs.keys())}
        kept = _quiet(pairs, {repeat for repeat, pair in pairs.items() if not any(map(is_noisy, pair))})
        figures = [(figure(row), figure(against)) for row, against in kept.values()]
        ratios = [value / against for value, against in figures if value is not None and against]
        return statistics.median(ratios) if ratios else None

    def _found(self, server: str, test: str, n: int) -> dict[int, Row]:
        return {
            row["repeat"]: row
            for row in self._all
            if (row["server"], row["test"], row["n"]) == (server, test, n) and "error" not in row
        }

    def errors(self, server: str) -> list[str]:
        """What failed altogether."""
        return [row["error"] for row in self._all if row["server"] == server and "error" in row]
