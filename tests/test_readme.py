"""The README keeps its word: its two commands, dependencies, settings with their defaults, the command line."""

import re
from dataclasses import fields, is_dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import click
import pytest

from actors.settings import Dialects, Settings
from run import main

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


@pytest.mark.parametrize("chapter", ["Settings", "Commands", "Pages", "Dependencies", "What it promises"])
def test_no_row_stands_twice_and_each_table_is_whole(chapter):
    """Seen to fail: a merge left both of its sides in the table of settings."""
    text = README.partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    table = re.search(r"^\|.*(\n\|.*)+", text, re.MULTILINE)
    assert table
    assert "\n| " not in text[table.end() :], "something parts the table in two"
    first = [cells[0] for cells in rows(chapter)]
    assert len(first) == len(set(first))


# --- settings -------------------------------------------------------------------------------------------------------

UNSAID = {"": None, "none": None, "made in the data folder": None}
"""How the table says that there is no default, or an empty list."""


def rows(chapter: str) -> list[list[str]]:
    """The cells of the table in this chapter, without its head."""
    text = README.partition(f"\n## {chapter}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.replace("\\|", "/").strip("|").split("|")] for line in lines[1:]]


def settings_said() -> dict[str, str]:
    """What the README says of defaults. `.b` after `a.c` is `a.b`, and NAME is every dialect."""
    said: dict[str, str] = {}
    for cell, defaults, *_ in rows("Settings"):
        names = re.findall(r"`([^`]+)`", cell)
        values = defaults.split(", ") if len(defaults.split(", ")) == len(names) else [defaults] * len(names)
        for name, value in zip(names, values, strict=True):
            depth = name.count(".") if name.startswith(".") else 0
            whole = ".".join(names[0].split(".")[:-depth]) + name if depth else name
            for dialect in (each.name for each in fields(Dialects)) if "NAME" in whole else ("",):
                said[whole.replace("NAME", dialect) if whole.startswith("dialects.") else whole] = value
    return said


def settings_known(section: Any = None, place: str = "") -> dict[str, Any]:
    """Every setting by its whole name, with its default."""
    section = Settings() if section is None else section
    found: dict[str, Any] = {}
    for each in fields(section):
        value = getattr(section, each.name)
        found |= settings_known(value, f"{place}{each.name}.") if is_dataclass(value) else {place + each.name: value}
    return found


ONE_WIRE = {f"dialects.{name}.wire" for name in ("lanyard", "heartbeat", "relay", "native")}
"""Settings without a meaning, of which the start warns."""


def test_every_setting_has_its_line_and_every_line_its_setting() -> None:
    assert set(settings_said()) - {"modules.NAME.entry"} == set(settings_known()) - {"modules"} - ONE_WIRE


@pytest.mark.parametrize("name", sorted(set(settings_known()) - {"modules"} - ONE_WIRE))
def test_a_default_is_what_the_readme_says(name: str) -> None:
    said, default = settings_said()[name], settings_known()[name]
    if said == "loopback":
        assert all(ip_network(each).is_loopback for each in default)
    elif said in UNSAID:
        assert not default
    else:
        assert said == shown(default)


def shown(default: Any) -> str:
    """A default as a person writes it: true, 60, 0.5, data."""
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


# --- commands -------------------------------------------------------------------------------------------------------


def commands_known() -> dict[str, click.Command]:
    """Every command by its words."""
    found: dict[str, click.Command] = {}
    for name, command in main.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {"": command}
        found |= {f"{name} {word}".strip(): each for word, each in inner.items()}
    return found


def commands_in(row: list[str]) -> list[str]:
    """The words of the commands that a row of the table is about; "" for one that is not there."""
    typed = [each.removeprefix("python run.py ").replace("[serve]", "serve") for each in re.findall(r"`(.+?)`", row[0])]
    known = commands_known()
    return [max((name for name in known if f"{each} ".startswith(f"{name} ")), key=len, default="") for each in typed]


def test_every_command_has_its_place_and_nothing_else_has() -> None:
    assert sorted(name for row in rows("Commands") for name in commands_in(row)) == sorted(commands_known())


@pytest.mark.parametrize("row", rows("Commands"), ids=lambda row: row[0])
def test_an_option_that_is_named_is_there(row: list[str]) -> None:
    there = {option for name in commands_in(row) for each in commands_known()[name].params for option in each.opts}
    assert set(re.findall(r"--[a-z-]+", " ".join(row))) <= there
