"""A real server process for tests: started, watched by its lines, stopped or killed; never left behind.

    with start(tmp_path / "data") as server:
        token = server.user_add("alice").token
        ... requests to server.url ...

Whoever wants the fixture says `from tests.serving import serving`.
"""

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from click.testing import CliRunner

import run

ROOT = Path(__file__).resolve().parent.parent
PORTS = range(20_000, 32_000)
"""Below the range that the kernel gives to clients, so that a restart finds its port still free."""

_SETTING = [name for name in os.environ if name.startswith("PRESENTLY_")]
"""Variables that would set the server's settings."""

SECONDS = 45.0
"""How long a test waits for something that must happen."""


@dataclass(frozen=True, slots=True)
class Added:
    """What `run.py user add` tells."""

    id: str
    name: str
    token: str
    token_id: str


@dataclass(slots=True)
class Served:
    """One server process; `lines` is what it has written so far, both streams."""

    data: Path
    port: int
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)
    reader: threading.Thread | None = None
    ended: bool = False
    """True when it has closed its standard output."""

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process's id."""
        return self.process.pid

    def user_add(self, name: str, *options: str) -> Added:
        """Make an account beside the running server."""
        return user_add(self.data, name, *options)

    def wait_for(self, pattern: str, seconds: float = SECONDS, since: int = 0) -> str:
        """The first line from number `since` on in which the pattern is found, now or within the time."""

        def found() -> str | None:
            return next((line for line in self.lines[since:] if re.search(pattern, line)), None)

        with self.news:
            self.news.wait_for(lambda: found() is not None or self.ended, seconds)
        line = found()
        if line is None:
            raise AssertionError(f"no line like {pattern!r} in\n" + "\n".join(self.lines))
        return line

    def stop(self, seconds: float = SECONDS) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM, seconds)

    def kill9(self) -> int:
        """SIGKILL, as a power cut would; the exit code."""
        return self._end(signal.SIGKILL, SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill9()
            raise

    def _end(self, number: signal.Signals, seconds: float) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(seconds)
        if self.reader is not None:
            self.reader.join(SECONDS)
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as written:
            for line in written:
                with self.news:
                    self.lines.append(line.rstrip("\n"))
                    self.news.notify_all()
        with self.news:
            self.ended = True
            self.news.notify_all()


def start(
    data: Path, *args: str, config: str | None = None, port: int | None = None, descriptors: int | None = None
) -> Served:
    """Start `run.py` on this data folder and return when it is ready.

    `config` is the text of a config.toml, `descriptors` how many of them the process may have (ulimit -n).
    """
    options = [*args]
    if config is not None:
        data.mkdir(parents=True, exist_ok=True)
        written = data / "config.toml"
        written.write_text(config, "utf-8")
        options += ["--config", str(written)]
    with held_port(port) as held:
        bounded = [] if descriptors is None else ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh"]
        process = subprocess.Popen(
            [*bounded, sys.executable, "run.py", "--data", str(data), "--port", str(held), *options],
            cwd=ROOT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        served = Served(data, held, process)
        served.reader = threading.Thread(target=served._read, daemon=True)
        served.reader.start()
        try:
            served.wait_for(r"^ready http://")
        except BaseException:
            served.kill9()
            raise
    return served


def user_add(data: Path, name: str, *options: str) -> Added:
    """Make an account; before a server is started it knows the name from its first moment on."""
    told = command(data, "user", "add", name, *options)
    return Added(told["id"], told["name"], told["token"], told["token_id"])


def command(data: Path, *args: str) -> dict[str, Any]:
    """What a command of run.py answers as JSON, beside a server or without one.

    It runs in this process, which spares a second of imports; as a process it is tried in test_run.py and live/.
    """
    hidden = dict.fromkeys(_SETTING, None)
    done = CliRunner(env=hidden).invoke(run.main, ["--data", str(data), *args, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@contextmanager
def held_port(port: int | None = None) -> Iterator[int]:
    """A port of 127.0.0.1, this one or any that is free, which no other test is given before the end of the block.

    It is bound but not listened on, so that a server may: a start takes a second or more, and other tests run beside.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(port is not None))
        while not _bound(holder, held := port or random.choice(PORTS)):
            assert port is None, f"somebody else has port {port}"
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield held


def _bound(holder: socket.socket, port: int) -> bool:
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has; for whoever binds it at once, or wants nobody there."""
    with held_port() as port:
        return port


def _environment() -> dict[str, str]:
    """This process's own, without what would set the server's settings."""
    ours = {name: value for name, value in os.environ.items() if name not in _SETTING}
    return {**ours, "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def serving() -> Iterator[Callable[..., Served]]:
    """`start`, whose servers are stopped after the test."""
    started: list[Served] = []

    def begin(data: Path, *args: str, config: str | None = None, port: int | None = None) -> Served:
        started.append(start(data, *args, config=config, port=port))
        return started[-1]

    yield begin
    for served in started:
        served.__exit__()
