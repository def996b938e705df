"""The README keeps its word: its two commands, and a line for each dependency."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
VENV = "python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt"


def command(mark: str) -> str:
    """The one command between <!-- mark --> and <!-- end -->."""
    found = re.findall(rf"<!-- {mark} -->\n```sh\n(.*?)```\n<!-- end -->", README, re.DOTALL)
    assert len(found) == 1, f"the README has {len(found)} commands marked {mark}"
    lines = found[0].splitlines()
    assert len(lines) == 1, "one command is one line"
    return lines[0]


def required(file: str) -> set[str]:
    """The packages of a requirements file."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    return {re.split(r"[~=<>\[]", line)[0] for line in lines if line and not line.startswith(("#", "-"))}


def test_the_two_commands_stand_there():
    assert command("run") == f"{VENV} && .venv/bin/python run.py"
    assert command("test") == f"{VENV} -r tests/requirements.txt && .venv/bin/python -m tests"


def test_ci_runs_the_readmes_own_test_command():
    ci = (ROOT / ".ci" / "run").read_text("utf-8")
    taken = re.search(r"^command=\$\(sed -n '/<!-- test -->/,/<!-- end -->/p' README\.md", ci, re.MULTILINE)
    run = re.search(r'^bash -euo pipefail -c "\$command"$', ci, re.MULTILINE)
    assert taken
    assert run
    assert taken.start() < run.start()
    assert not re.search("pytest|-m tests", ci), "a second test command would drift from the README's"


@pytest.mark.parametrize("package", sorted(required("requirements.txt")))
def test_every_requirement_has_its_line(package):
    dependencies = README.partition("\n## Dependencies\n")[2].partition("\n## ")[0]
    lines = re.findall(rf"^\| {re.escape(package)} \| (.+) \|$", dependencies, re.MULTILINE)
    assert len(lines) == 1, f"{package} has {len(lines)} lines in the README's dependency list"


def test_every_line_has_its_requirement():
    dependencies = README.partition("\n## Dependencies\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| ([a-z0-9-]+) \| ", dependencies, re.MULTILINE)) - {"package"}
    assert listed == required("requirements.txt")


@pytest.mark.parametrize("package", sorted(required("tests/requirements.txt")))
def test_every_test_requirement_is_named(package):
    assert re.search(rf"\b{re.escape(package)}\b", README.partition("\n## Dependencies\n")[2])
