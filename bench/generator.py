"""The load generator as Python sees it: one process per server run, one command and one JSON answer at a time."""

import json
import os
import selectors
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

MARKER = "mark-"
PLACE = "{seq}"  # ten digits in the request that is sent
DIGITS = 10


class LoadFailed(Exception):
    """The generator ended or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Where a server is watched, told and read: what the generator must be told of it.

    `steps` are said ("> text") and awaited ("< text") in order behind a subscriber's 101; `ping` and `pong` are a
    text of the server that must be answered. With `events` the watchers read server-sent events and say nothing.
    `body` is what is published, PLACE standing for the sequence number.
    """

    watch: str
    publish: str
    snapshot: str
    body: str
    steps: tuple[str, ...] = ("< {",)
    ping: str | None = None
    pong: str | None = None
    events: bool = False


def _requests(doors: Doors, port: int) -> tuple[str, str]:
    host = f"Host: 127.0.0.1:{port}\r\n"
    length = len(doors.body.encode()) - len(PLACE) + DIGITS
    heads = f"{host}Content-Type: application/json\r\nContent-Length: {length}\r\n"
    return f"PUT {doors.publish} HTTP/1.1\r\n{heads}\r\n{doors.body}", f"GET {doors.snapshot} HTTP/1.1\r\n{host}\r\n"


def _arguments(doors: Doors, port: int, most: int, folder: Path) -> list[str]:
    arguments = ["--port", str(port), "--watch", doors.watch, "--marker", MARKER, "--most", str(most)]
    arguments += ["--kind", "events" if doors.events else "websocket"]
    for name, request in zip(("publish", "snapshot"), _requests(doors, port), strict=True):
        path = folder / f"{name}-{port}.http"
        path.write_bytes(request.encode())
        arguments += [f"--{name}", str(path)]
    for step in doors.steps:
        arguments += ["--say" if step.startswith("> ") else "--await", step[2:]]
    if doors.ping is not None and doors.pong is not None:
        arguments += ["--ping", doors.ping, "--pong", doors.pong]
    return arguments


class Generator:
    """A running load generator; a context that ends it."""

    def __init__(
        self, program: Path, doors: Doors, *, port: int, most: int, folder: Path, patience_s: float = 3.0
    ) -> None:
        """`patience_s` is the wait for deliveries behind the last update, and for progress in a closed loop."""
        folder.mkdir(parents=True, exist_ok=True)
        command = [str(program), *_arguments(doors, port, most, folder), "--patience", str(patience_s)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._pending = b""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, command: str, bound_s: float) -> dict[str, Any]:
        """Run one command; its answer. Raises LoadFailed after `bound_s` seconds or at the generator's end."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(command.encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise LoadFailed(f"the generator is gone before {command!r}") from None
        answer: dict[str, Any] = json.loads(self._line(command, time.monotonic() + bound_s))
        return answer

    def _line(self, command: str, deadline: float) -> bytes:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise LoadFailed(f"no answer to {command!r} in time")
                chunk = os.read(self._process.stdout.fileno(), 65536)
                if not chunk:
                    raise LoadFailed(f"the generator ended at {command!r} with {self._process.wait()}")
                self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Killed rather than asked: its sockets are reset either way, and a stuck one must end too.
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
