"""The example of an in-process module: shows how busy this machine is, as an activity of the user it is told.

    [modules.load]
    entry = "actors.modules.load:publish"
    user = "alice"
    every_seconds = 5            # 1 to 3600
    title = "This machine"

`every_seconds` and `title` may be left out. The highest load that it has seen is kept over restarts.
"""

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actors.errors import Fatal
from actors.listener import Publisher
from actors.presence import Activity, Link

LIVES = 4
"""Periods for which a report is believed."""

_GIB = 1024 * 1024
"""In the kibibytes of /proc/meminfo."""


@dataclass(frozen=True, slots=True)
class Options:
    """What stands beside the entry."""

    every: float
    """Seconds between two reports."""
    title: str


@dataclass(frozen=True, slots=True)
class Load:
    """One look at the machine; memory in KiB, None where the system does not tell."""

    averages: tuple[float, float, float]
    processors: int
    memory_total: int | None = None
    memory_available: int | None = None


def publish(publisher: Publisher) -> None:
    """Report until stopped. Fatal for options that cannot be used."""
    options = read_options(publisher.name, publisher.options)
    while True:
        load = look()
        peak = keep_peak(publisher.values, load)
        publisher.say([activity(load, options.title, peak)], lease=LIVES * options.every)
        publisher.wait(options.every)


def read_options(name: str, given: Mapping[str, Any]) -> Options:
    """The options, or Fatal with what is wrong."""
    unknown = sorted(given.keys() - {"user", "every_seconds", "title"})
    if unknown:
        raise Fatal("unknown-option", f"[modules.{name}] has no {unknown[0]}; known are every_seconds, title, user")
    every, title = given.get("every_seconds", 5), given.get("title", "This machine")
    if type(every) not in {int, float} or not 1 <= every <= 3600:
        raise Fatal("bad-option", f"[modules.{name}] every_seconds must be a number from 1 to 3600")
    if not isinstance(title, str):
        raise Fatal("bad-option", f"[modules.{name}] title must be text")
    return Options(float(every), title)


def keep_peak(values: MutableMapping[str, Any], load: Load) -> float:
    """The highest load over a minute that was ever seen here, this one included."""
    known, now = float(values.get("peak", 0.0)), round(load.averages[0], 2)
    if now > known:
        values["peak"] = now
    return max(now, known)


def look(meminfo: Path = Path("/proc/meminfo")) -> Load:
    """How busy the machine is now. OSError on a system without load averages."""
    averages, processors = os.getloadavg(), os.cpu_count() or 1
    if not meminfo.exists():
        return Load(averages, processors)
    sizes = dict(_size(line) for line in meminfo.read_text("ascii").splitlines())
    return Load(averages, processors, sizes.get("MemTotal"), sizes.get("MemAvailable"))


def activity(load: Load, title: str, peak: float) -> Activity:
    """The load in words."""
    busy = ", ".join(f"{average:.2f}" for average in load.averages)
    noun = "processor" if load.processors == 1 else "processors"
    state = [Link(f"over 1, 5 and 15 minutes, on {load.processors} {noun}; highest over 1 minute {peak:.2f}")]
    if load.memory_total is not None and load.memory_available is not None:
        used = (load.memory_total - load.memory_available) / _GIB
        state.append(Link(f"memory {used:.1f} of {load.memory_total / _GIB:.1f} GiB in use"))
    return Activity(name=title, details=Link(f"load {busy}"), state=tuple(state))


def _size(line: str) -> tuple[str, int]:
    name, _, rest = line.partition(":")
    return name, int(rest.split()[0])
