"""Rows as bench/run.py keeps them, made up."""

from typing import Any


def phase(**figures: Any) -> dict[str, Any]:
    zero = dict.fromkeys(("missing", "duplicates", "reordered", "behind", "closed", "stalls", "refused"), 0)
    latency = {"p50": 1000, "p90": 1500, "p99": 2000, "max": 2500}
    base = {"delivered": 1000, "server_cpu_s": 1.0, "noisy": False, "latency_us": latency}
    return zero | base | figures


def fan_out(
    server: str, repeat: int, cpu: float, *, noisy: bool = False, n: int = 1000, memory: float = 900.0, **saturate: Any
) -> dict[str, Any]:
    return {
        "server": server,
        "repeat": repeat,
        "test": "fanout",
        "n": n,
        "connect": {"ready": n, "new": n, "seconds": 0.5, "server_cpu_s": n / 4000, "noisy": False, "closed": 0},
        "rss_per_subscription": memory,
        "pss_per_subscription": memory,
        "rate": phase(),
        "saturate": phase(server_cpu_s=cpu, noisy=noisy, **saturate),
    }
