"""What is done to a running server and what is read off it meanwhile: one row of raw figures per trial."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import procs
from bench.generator import Generator
from bench.servers import Running

Row = dict[str, Any]

TESTS = ("fanout", "frame", "put", "get")
CONNECT_BOUND_S = 120.0
SLACK_S = 25.0  # a phase's own waits (10 s of overrun, 3 s of grace) and the sorting of its samples
NOISY = 0.25  # the share of one core that others may take before a row counts as noisy


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of what. Durations in seconds."""

    tests: tuple[str, ...] = TESTS
    sizes: tuple[int, ...] = (1_000, 5_000, 10_000)
    window: int = 4  # updates that may be unseen in the closed loop
    connections: int = 32  # keep-alive connections that PUT or GET
    frame_rate: float = 100.0  # updates a second to one watcher of an idle server
    rate: float = 1.0  # updates a second to the whole fan-out, in the open loop
    rate_s: float = 3.0
    saturate_s: float = 1.5
    frame_s: float = 5.0
    ask_s: float = 2.0
    settle_s: float = 0.3


QUICK = Plan(sizes=(1_000,), rate_s=2.0, saturate_s=0.5, frame_s=1.0, ask_s=0.5)


@dataclass(frozen=True, slots=True)
class Bench:
    """A running server and the generator that loads it."""

    server: Running
    load: Generator

    def measured(self, command: str, bound_s: float) -> Row:
        """The generator's answer, with the CPU seconds that the server, the generator and others took meanwhile.

        The server is idle before and after, so the edges of the reading cost no precision.
        """
        before = self._cpu()
        answer = self.load.ask(command, bound_s)
        server, load, machine = (after - earlier for after, earlier in zip(self._cpu(), before, strict=True))
        others = machine - server - load
        wall = answer.get("wall", answer["seconds"])
        return answer | {
            "server_cpu_s": server,
            "load_cpu_s": load,
            "other_cpu_s": others,
            "noisy": others > NOISY * wall + 2 * procs.TICK,
        }

    def _cpu(self) -> tuple[float, float, float]:
        return procs.session_cpu(self.server.pid), procs.process_cpu(self.load.pid), procs.machine_busy()


def _fan_out(bench: Bench, plan: Plan) -> Iterator[Row]:
    """Sizes add up on one server: each row's memory is the growth since there was no subscriber at all."""
    empty = procs.session_memory(bench.server.pid)
    held = 0
    for size in plan.sizes:
        connect = bench.measured(f"connect {size}", CONNECT_BOUND_S)
        time.sleep(plan.settle_s)
        full = procs.session_memory(bench.server.pid)
        ready = max(connect["ready"], 1)
        yield {
            "test": "fanout",
            "n": size,
            "connect": connect | {"new": connect["ready"] - held},
            "rss_per_subscription": (full.rss - empty.rss) / ready,
            "pss_per_subscription": (full.pss - empty.pss) / ready,
            "rate": bench.measured(f"rate {plan.rate} {plan.rate_s}", plan.rate_s + SLACK_S),
            "saturate": bench.measured(f"saturate {plan.window} {plan.saturate_s}", plan.saturate_s + SLACK_S),
        }
        held = connect["ready"]


def _one_watcher(bench: Bench, plan: Plan) -> Iterator[Row]:
    bench.load.ask("connect 1", CONNECT_BOUND_S)
    time.sleep(plan.settle_s)
    commands = {
        "frame": (f"rate {plan.frame_rate} {plan.frame_s}", plan.frame_s),
        "put": (f"put {plan.connections} {plan.ask_s}", plan.ask_s),
        "get": (f"get {plan.connections} {plan.ask_s}", plan.ask_s),
    }
    for test, (command, seconds) in commands.items():
        if test in plan.tests:
            yield {"test": test, "n": 1, test: bench.measured(command, seconds + SLACK_S)}


def groups(plan: Plan) -> list[str]:
    """The kinds of run a plan needs; each gets a freshly started server."""
    return ["one"] * any(test != "fanout" for test in plan.tests) + ["many"] * ("fanout" in plan.tests)


def rows(group: str, server: Running, program: Path, folder: Path, plan: Plan) -> Iterator[Row]:
    """Load a running server with one group of trials. Raises LoadFailed."""
    most = max(plan.sizes) if group == "many" else 1
    with Generator(program, server.doors, port=server.port, most=most, folder=folder) as load:
        bench = Bench(server, load)
        trial = _fan_out if group == "many" else _one_watcher
        yield from trial(bench, plan)
