"""Starts a server in a session of its own, waits until it is ready, and ends the whole session."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench import procs
from bench.generator import Doors

READY_SECONDS = 30.0
STOP_SECONDS = 3.0
FIRST_PORT, LAST_PORT = 21000, 24000  # below the ephemeral ports that the generator's own ends use


class Contender(Protocol):
    """A server that can be measured."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    @property
    def ready_path(self) -> str:
        """A path that any HTTP answer to means ready."""

    @property
    def ready_line(self) -> str:
        """What it must have written on standard output before that; empty for one that writes nothing."""

    def command(self, port: int) -> list[str]:
        """How to start it; prepares what it needs on disk."""

    def doors(self, port: int) -> Doors:
        """Where it is watched and told, once it is ready; may ask it for a session."""

    def clear(self) -> None:
        """Remove what command() prepared."""


class NotReady(Exception):
    """A server ended early or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is ready: its session's leader and where to find it."""

    name: str
    pid: int
    port: int
    doors: Doors


def free_port(after: int) -> int:
    """The next port above `after` that nobody listens on, wrapping round at LAST_PORT."""
    for step in range(LAST_PORT - FIRST_PORT):
        port = FIRST_PORT + (after + 1 + step - FIRST_PORT) % (LAST_PORT - FIRST_PORT)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise NotReady("no free port")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status > 0
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _await_ready(process: subprocess.Popen[bytes], contender: Contender, port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while contender.ready_line not in log.read_text(errors="replace") or not _answers(port, contender.ready_path):
        if process.poll() is not None:
            raise NotReady(f"{contender.name} ended with {process.returncode}, see bench/.build/logs")
        if time.monotonic() > deadline:
            raise NotReady(f"{contender.name} did not answer within {READY_SECONDS:.0f} s")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for which in (signal.SIGTERM, signal.SIGKILL):
        for pid in procs.members(process.pid):
            with contextlib.suppress(ProcessLookupError):  # it may end on its own between the two calls
                os.kill(pid, which)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and (process.poll() is None or procs.members(process.pid)):
            time.sleep(0.02)
    process.wait(STOP_SECONDS)


@contextlib.contextmanager
def running(contender: Contender, port: int, logs: Path) -> Iterator[Running]:
    """A context in which the server runs. Raises NotReady."""
    logs.mkdir(parents=True, exist_ok=True)
    try:
        command = contender.command(port)
        path = logs / f"{contender.name}.log"  # of the latest start only
        with path.open("wb") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _await_ready(process, contender, port, path)
            yield Running(contender.name, process.pid, port, contender.doors(port))
        finally:
            _stop(process)
    finally:
        contender.clear()
