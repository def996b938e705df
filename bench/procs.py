"""What /proc says of the processes of one session: CPU seconds and memory; and of the machine around them."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TICK = 1.0 / os.sysconf("SC_CLK_TCK")
QUIET = 0.20  # the share of all cores that may be busy while the machine still counts as quiet
SAMPLE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Memory:
    """User-space memory in bytes, summed over processes; Pss counts shared pages by their share."""

    rss: int
    pss: int


def _stat(pid: int) -> list[str]:
    # The name in parentheses may hold spaces; what follows it starts with the state (field 3 of proc(5)).
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _gone() -> tuple[type[OSError], ...]:
    # A process may end between two looks at it: its directory is missing, or read says "no such process".
    return (FileNotFoundError, ProcessLookupError)


def members(leader: int) -> list[int]:
    """The living processes of the session that `leader` leads."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = _stat(int(entry))
        except _gone():
            continue
        if int(fields[3]) == leader and fields[0] not in "ZX":
            found.append(int(entry))
    return found


def _scheduled(pid: int) -> Iterator[float]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        yield int((task / "schedstat").read_text().split()[0]) / 1e9


def process_cpu(pid: int) -> float:
    """CPU seconds of one process, its ended threads and its reaped children; 0 once it is gone.

    utime + stime come in ticks of 10 ms; the scheduler's own sum of the living threads is the same figure, finer,
    and is taken wherever it agrees.
    """
    try:
        fields = _stat(pid)
        own, children = sum(map(int, fields[11:13])) * TICK, sum(map(int, fields[13:15])) * TICK
        fine = sum(_scheduled(pid))
    except _gone():
        return 0.0
    return children + (fine if fine > own - 2 * TICK else own)


def session_cpu(leader: int) -> float:
    """CPU seconds of all processes of a session."""
    return sum(map(process_cpu, members(leader)))


def session_memory(leader: int) -> Memory:
    """Memory of all processes of a session."""
    rss = pss = 0
    for pid in members(leader):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
        except _gone():
            continue
        sizes = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
        rss += sizes["Rss"]
        pss += sizes["Pss"]
    return Memory(rss, pss)


def machine_busy() -> float:
    """CPU seconds that all cores have worked since boot."""
    with open("/proc/stat") as stat:
        user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, stat.readline().split()[1:])
    return (user + nice + system + irq + softirq) * TICK


def wait_until_quiet(bound_s: float) -> bool:
    """Wait for the rest of the machine to be idle, `bound_s` seconds at most; whether it is."""
    deadline = time.monotonic() + bound_s
    while True:
        began, busy = time.monotonic(), machine_busy()
        time.sleep(SAMPLE_SECONDS)
        share = (machine_busy() - busy) / (time.monotonic() - began) / (os.cpu_count() or 1)
        if share < QUIET or time.monotonic() > deadline:
            return share < QUIET
