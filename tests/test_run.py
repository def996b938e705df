"""What the command shows of the tree, and what the process does when its root falls."""

import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pykka
import pytest

from actors.clock import WallClock
from actors.falls import Limits
from actors.house import House
from actors.plan import plan
from actors.runtime import Address, address
from actors.supervision import Branch, Child, draw
from actors.supervision.root import RootParent
from run import _leave
from storage.board import LocalBoard
from tests.serving import start

pytestmark = pytest.mark.live

ROOT = Path(__file__).parent.parent

DOOMED = """
import run
from actors.clock import WallClock
from actors.falls import Limits
from actors.runtime import Actor, Address
from actors.supervision import Branch, Child, Supervisor
from actors.supervision.root import RootParent

class Doomed(Actor):
    def on_start(self):
        raise ValueError("cannot start")

def start(parent, heir, path):
    return Doomed.start(parent=parent, heir=heir, path=path)

process, journal, keeper = RootParent(), Address("journal"), Address("doomed")
limits = Limits(falls=2, period=60, first_delay=0.01, most_delay=0.01)
inner = Branch(Address("inner"), (Child(keeper, start),), limits=limits)
root = Branch(Address("presence"), ({children}), limits=limits)
Supervisor.start(root, WallClock(), journal, parent=process, path="presence")
{then}
code = process.ended.get(timeout=20)
said = [(e.message.event, e.message.path) for e in journal._held]
print(*(f"{{event}} {{path}}" for event, path in said), sep="\\n")
raise SystemExit(code)
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_root_that_falls_ends_the_process_with_1() -> None:
    ran = run("-c", DOOMED.format(children="inner,", then=""))
    assert (ran.returncode, ran.stderr) == (1, "")
    lines = ran.stdout.splitlines()
    assert lines.count("fell presence/inner/doomed") == 9, "three lives of inner with three falls each"
    assert lines.count("escalated presence/inner") == 3
    assert lines[-1] == "escalated presence"


def test_a_root_that_is_shut_down_ends_it_with_0() -> None:
    then = "from actors.messages.supervision import ShutDown\nroot.address.ask(ShutDown(), timeout=20)"
    ran = run("-c", DOOMED.format(children="", then=then))
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, "", "")


def test_a_second_server_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with start(tmp_path / "data") as first:
        for there, told in (("data", "another server runs on"), ("other", "cannot listen on 127.0.0.1, port")):
            ran = run("run.py", "--data", str(tmp_path / there), "--port", str(first.port))
            assert (ran.returncode, ran.stderr.count("\n")) == (1, 1), ran.stderr
            assert ran.stderr.startswith(f"Error: {told}")
        assert first.user_add("alice").name == "alice", "commands work beside it"
    with start(tmp_path / "data") as after:
        assert "ready" in after.wait_for("ready")


def test_the_tree_is_drawn_as_it_is_planned() -> None:
    house = House(WallClock(), LocalBoard())
    nothing: object = None
    branch = plan(
        house,
        nothing,  # type: ignore[arg-type]
        nothing,  # type: ignore[arg-type]
        0,
        Limits(),
        archive=nothing,  # type: ignore[arg-type]
        modules={},
        measure=nothing,  # type: ignore[arg-type]
        claim_of=nothing,  # type: ignore[arg-type]
        outbox=nothing,  # type: ignore[arg-type]
        senders={},
        webhooks=nothing,  # type: ignore[arg-type]
        words=nothing,  # type: ignore[arg-type]
    )
    ran = run("run.py", "tree")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.strip() == draw(branch)
    first, *lines = ran.stdout.splitlines()
    stated = "[one_for_one, 5 falls in 60 s{}, then {}; back-off 0.5 to 60 s; stops in 20 s]"
    assert first.startswith(f"presence  {stated.format('', 'escalate')}")
    assert any(f"listeners  {stated.format(' each', 'park')}" in line for line in lines)
    assert "journal  [permanent; stops in 5 s]" in lines[0]
    names = [line.lstrip("│├└─ ").split()[0] for line in lines]
    wanted = ["journal", "keeper", "leases", "directory", "listeners"]
    assert [name for name in names if name in wanted] == wanted, "they start in reading order"
    assert all("[" in line and "]" in line for line in lines)


def test_branches_within_branches_are_drawn() -> None:
    def child(name: str) -> Child:
        return Child(Address(name), _never, about=f"about {name}")

    inner = Branch(Address("inner"), (child("b"), child("c")), about="two")
    drawn = draw(Branch(Address("top"), (child("a"), inner, Branch(Address("last"), (child("d"),)))))
    assert [re.split(r"  (\[|about)", line)[0] for line in drawn.splitlines()] == [
        "top",
        "├── a",
        "├── inner",
        "│   ├── b",
        "│   └── c",
        "└── last",
        "    └── d",
    ]
    assert [line.split()[-1] for line in drawn.splitlines()][1:5] == ["a", "two", "b", "c"]


def _never(*_: object) -> pykka.ActorRef[Any]:
    raise AssertionError("nothing is started")


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--workers", "2", "--redis", "redis://127.0.0.1:1/0"], "server.workers"),
        (["--database", "postgresql://user:hidden@127.0.0.1:1/x"], "server.database"),
    ],
)
def test_what_is_not_built_yet_is_refused_and_not_passed_over(tmp_path: Path, flags: list[str], named: str) -> None:
    command = [sys.executable, "run.py", "--data", str(tmp_path / "data"), "--port", "0", *flags]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert named in done.stderr
    assert "hidden" not in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("words", [("user", "list"), ("token", "list"), ("dead-letters",)])
def test_the_folder_may_be_named_before_the_command_and_after_it(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Seen to fail for dead-letters, which asked whether --take was meant."""
    for command in (("--data", str(tmp_path / "a"), *words), (*words, "--data", str(tmp_path / "b"))):
        assert run("run.py", *command).returncode == 0
    assert (tmp_path / "a" / "presently.sqlite").exists()
    assert (tmp_path / "b" / "presently.sqlite").exists()


def first_lines(data: Path, *arguments: str) -> tuple[list[str], int]:
    """What a server says until it is ready, and the port it then has."""
    command = [sys.executable, "run.py", "--data", str(data), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("ready "):
                break
        process.terminate()
        process.stdout.read()
    return lines, int(lines[-1].rpartition(":")[2])


def test_a_first_start_says_where_it_really_is(tmp_path: Path) -> None:
    """Seen to fail with `--port 0`: people were sent to port 0."""
    lines, port = first_lines(tmp_path / "data", "--port", "0")
    assert port > 0
    assert f"http://127.0.0.1:{port}/u/NAME in a browser.\n" in lines


def test_a_first_start_names_its_places_and_a_next_step_that_works_as_printed(tmp_path: Path) -> None:
    """Seen to fail: it named no --data, so that the account came into another folder, and a `python` of any kind."""
    data, database = tmp_path / "its own", tmp_path / "elsewhere.sqlite"
    lines, _ = first_lines(data, "--port", "0", "--database", f"sqlite:///{database}")
    assert f"Welcome to Presently. Everything is kept in {data} and {database}.\n" in lines
    step = shlex.split(lines[lines.index("Next, in another terminal:\n") + 1].replace("NAME", "alice"))
    done = subprocess.run(step, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "token" in done.stdout) == (0, True), done.stderr
    listed = run("run.py", "user", "list", "--data", str(data), "--database", f"sqlite:///{database}")
    assert listed.stdout.endswith("  alice\n")


def test_an_operators_token_is_shown_by_a_start_that_succeeds(tmp_path: Path) -> None:
    """Seen to fail when it was made before the port was had."""
    data = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        failed = run("run.py", "--data", str(data), "--port", str(taken.getsockname()[1]))
    assert (failed.returncode, "operator token" in failed.stdout) == (1, False)
    lines, _ = first_lines(data, "--port", "0")
    assert sum("operator token" in line for line in lines) == 1


def test_a_disk_that_refuses_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    lost, odd, none = tmp_path / "file" / "data", tmp_path / "odd", tmp_path / "none"
    (odd / "server.lock").mkdir(parents=True)
    (none / "presently.sqlite").mkdir(parents=True)
    for data, told in (
        (lost, f"the data folder {lost} cannot be written: Not a directory"),
        (odd, f"the data folder {odd} cannot be written: Is a directory"),
        (none, f"the database {none / 'presently.sqlite'} cannot be written: Is a directory"),
    ):
        ran = run("run.py", "--data", str(data), "--port", "0")
        assert (ran.returncode, ran.stderr) == (1, f"Error: {told}\n")
    ran = run("run.py", "user", "list", "--data", str(lost))
    assert ran.returncode == 1
    assert f"the data folder {lost} cannot be written: Not a directory" in ran.stderr
    assert "Errno" not in ran.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_standard_output_is_told_in_a_sentence_and_uses_no_operator_token_up(tmp_path: Path) -> None:
    """Seen to fail: commands ended with a traceback, and a first start had made the token that it could not show."""
    data = tmp_path / "data"
    told = "Error: standard output cannot be written: No space left on device"
    for words in (("--port", "0"), ("user", "add", "alice"), ("tree",)):
        with Path("/dev/full").open("w") as full:
            command = [sys.executable, "run.py", "--data", str(data), *words]
            ran = subprocess.run(
                command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
            )
        assert (ran.returncode, ran.stderr.splitlines()[0]) == (1, told)
        assert "Traceback" not in ran.stderr
    lines, _ = first_lines(data, "--port", "0")
    assert sum("operator token" in line for line in lines) == 1


def test_a_reader_that_has_gone_before_the_server_is_ready_is_told_of(tmp_path: Path) -> None:
    """Seen to fail: `Error: [Errno 32] Broken pipe`."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "run.py", "--data", str(tmp_path / "data"), "--port", "0"]
    try:
        ran = subprocess.run(
            command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    finally:
        os.close(writing)
    assert (ran.returncode, ran.stderr) == (1, "Error: standard output was closed before the server was ready\n")


def test_a_host_that_is_no_name_is_told_in_a_sentence(tmp_path: Path) -> None:
    """Seen to fail with a traceback: a label of a name has 63 letters at most."""
    host = "\u00fc" * 80
    ran = run("run.py", "--data", str(tmp_path), "--port", "0", "--host", host)
    assert ran.returncode == 1
    assert f"Error: cannot listen on {host}, port 0: " in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_drain_that_is_refused_ends_the_process_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen to fail: a full mailbox ended the drain with a traceback, and no further signal began another."""
    monkeypatch.setattr(address, "HELD", 0)
    server: Any = SimpleNamespace(draining=False, drain=lambda: None, admission=SimpleNamespace(open=0))
    process = RootParent()
    _leave(server, House(WallClock(), LocalBoard()), process)
    assert process.ended.get(timeout=0) == 1
