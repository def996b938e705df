"""Raw rows in, Markdown tables out: medians, and ratios taken inside each repeat before their median.

python bench/table.py FILE.jsonl [FILE.jsonl ...] [--base floor]
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.figures import (
    Figure,
    Row,
    Rows,
    accepted,
    accepted_per_cpu,
    connects_per_cpu,
    connects_per_second,
    cost_us,
    deliveries_per_cpu,
    faults,
    is_noisy,
    latency_ms,
)


def _number(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _notes(rows: dict[int, Row]) -> str:
    worst: dict[str, int] = {}
    for row in rows.values():
        for name, count in faults(row).items():
            worst[name] = max(worst.get(name, 0), count)
    notes = [f"{name} up to {count:,}" for name, count in worst.items()]
    noisy = sum(map(is_noisy, rows.values()))
    return "; ".join(notes + [f"{noisy} noisy"] * bool(noisy))


def _lines(head: str, lines: Iterable[str]) -> list[str]:
    columns = head.count("|") - 1
    return [head, "|---|" + "---:|" * (columns - 1), *lines, ""]


def _fan_out(rows: Rows, base: str, n: int) -> list[str]:
    figures: list[tuple[Figure, int, bool]] = [
        (deliveries_per_cpu, 0, True),
        (latency_ms("rate", "p50"), 1, True),
        (latency_ms("rate", "p99"), 1, True),
        (lambda row: row["rss_per_subscription"], 0, False),
        (lambda row: row["pss_per_subscription"], 0, False),
        (connects_per_second, 0, False),
        (connects_per_cpu, 0, False),
    ]
    lines = []
    for server in rows.servers:
        cells = [server]
        for figure, digits, compared in figures:
            cells.append(_number(rows.median(figure, server, "fanout", n), digits))
            cells += [_number(rows.ratio(figure, server, base, "fanout", n), 2)] * compared
        found = rows.of(server, "fanout", n)
        lines.append(f"| {' | '.join(cells)} | {len(found)} | {_notes(found)} |")
    head = (
        f"| server | deliveries per server-CPU second | x {base} | p50 ms | x {base} | p99 ms | x {base} "
        "| RSS bytes a subscription | PSS | connects/s | connects per CPU second | runs | notes |"
    )
    return [f"### {n:,} subscribers", "", *_lines(head, lines)]


def _cost(rows: Rows) -> list[str]:
    sizes = rows.sizes()
    lines = []
    for server in rows.servers:
        costs = [rows.median(cost_us, server, "fanout", n) for n in sizes]
        cells = " | ".join(_number(cost, 2) for cost in costs)
        ratio = costs[-1] / costs[0] if costs[0] and costs[-1] else None
        lines.append(f"| {server} | {cells} | {_number(ratio, 2)} |")
    head = f"| server | {' | '.join(f'{n:,}' for n in sizes)} | last over first |"
    return ["### Server CPU per delivery, microseconds", "", *_lines(head, lines)]


def _asking(rows: Rows, base: str, test: str, title: str) -> list[str]:
    lines = []
    for server in rows.servers:
        cells = [server]
        for figure in (accepted(test), accepted_per_cpu(test)):
            cells += [_number(rows.median(figure, server, test, 1))]
            cells += [_number(rows.ratio(figure, server, against, test, 1), 3) for against in (base, "starlette")]
        found = rows.of(server, test, 1)
        lines.append(f"| {' | '.join(cells)} | {len(found)} | {_notes(found)} |")
    ratios = f"x {base} | x starlette"
    head = f"| server | a second | {ratios} | per server-CPU second | {ratios} | runs | notes |"
    return [f"### {title}", "", *_lines(head, lines)]


def _frame(rows: Rows, base: str) -> list[str]:
    lines = []
    for server in rows.servers:
        cells = [server]
        for quantile in ("p50", "p99"):
            figure = latency_ms("frame", quantile)
            cells += [_number(rows.median(figure, server, "frame", 1), 3)]
            cells += [_number(rows.ratio(figure, server, base, "frame", 1), 2)]
        found = rows.of(server, "frame", 1)
        lines.append(f"| {' | '.join(cells)} | {len(found)} | {_notes(found)} |")
    head = f"| server | p50 ms | x {base} | p99 ms | x {base} | runs | notes |"
    return ["### PUT to frame, one watcher, idle server", "", *_lines(head, lines)]


def render(raw: Iterable[Row], base: str = "floor") -> str:
    """All tables that the rows allow."""
    raw = list(raw)
    rows = Rows(raw)
    lines = [f"{json.dumps(row['facts'])}\n" for row in raw if "facts" in row]
    for n in reversed(rows.sizes()):
        lines += _fan_out(rows, base, n)
    if rows.sizes():
        lines += _cost(rows)
    if rows.has("put"):
        lines += _asking(rows, base, "put", "PUT, one watcher, keep-alive")
    if rows.has("get"):
        lines += _asking(rows, base, "get", "GET of a snapshot, keep-alive")
    if rows.has("frame"):
        lines += _frame(rows, base)
    lines += [f"{server} failed: {error}" for server in rows.servers for error in rows.errors(server)]
    return "\n".join(lines)


def brief(row: Row) -> str:
    """One line on one row, for who waits for the end."""
    start = f"{row['server']:15} #{row['repeat']} {row['test']:6} {row['n']:6}"
    if "error" in row:
        return f"{start} FAILED {row['error']}"
    if row["test"] == "fanout":
        text = (
            f"{_number(deliveries_per_cpu(row))} deliveries/CPU-s, p50 {_number(latency_ms('rate', 'p50')(row), 1)} "
            f"p99 {_number(latency_ms('rate', 'p99')(row), 1)} ms, {_number(row['rss_per_subscription'])} B, "
            f"{_number(connects_per_second(row))} connects/s"
        )
    elif row["test"] == "frame":
        text = f"p50 {_number(latency_ms('frame', 'p50')(row), 3)} p99 {_number(latency_ms('frame', 'p99')(row), 3)} ms"
    else:
        text = f"{_number(accepted(row['test'])(row))} a second"
    return f"{start} {text} {'noisy ' * is_noisy(row)}{faults(row) or ''}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--base", default="floor")
    options = parser.parse_args()
    print(render([json.loads(line) for file in options.files for line in file.open()], options.base))
    return 0


if __name__ == "__main__":
    sys.exit(main())
