"""The `init` and `import` commands as click commands: they write a config.toml, and never over one that is there."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

import click
import tomli_w

from actors.errors import HouseError
from actors.settings import Discord, Server, Settings
from actors.settings.kinds import Kind
from actors.settings.sources import SettingsFault, load
from actors.settings.unbuilt import not_built
from storage.disk import printed
from storage.presenti_config import Taken, taken_over

USUAL = Path("config.toml")
Sections = Mapping[str, Mapping[str, Any]]

_OUTPUT = click.option(
    "--output", metavar="FILE", type=click.Path(path_type=Path), default=USUAL, help="Where to write (./config.toml)."
)


@click.command()
@_OUTPUT
def init(output: Path) -> None:
    """Ask what presenti asks at its first run (database, registration, host, Discord) and write config.toml."""
    _must_be_free(output)
    server: dict[str, Any] = {}
    database = _ask(Server, "database", "Database: a postgresql:// URL, or empty for SQLite in the data folder", "")
    if database:
        server["database"] = database
    registration = click.confirm("May people register themselves?", default=False)
    server["host"] = _ask(Server, "host", "Address to listen on (0.0.0.0 for all)", "127.0.0.1")
    server["port"] = _ask(Server, "port", "Port", "8138")
    sections: dict[str, dict[str, Any]] = {"server": server, "presenti": {"registration": registration}}
    token = _ask(Discord, "token", "Discord bot token, or empty for no Discord", "", hidden=True)
    if token:
        sections["discord"] = {"token": token}
    _write(output, sections)
    printed(f"{output} is written. Next: python run.py --config {output}")


@click.group("import")
def import_() -> None:
    """Take another server's configuration over."""


@import_.command("presenti")
@click.argument("config", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_OUTPUT
def import_presenti(config: Path, output: Path) -> None:
    """Take the CONFIG (config.json) of an original presenti over into a config.toml; says what it leaves out."""
    _must_be_free(output)
    try:
        taken = taken_over(json.loads(config.read_text("utf-8-sig")))
    except (HouseError, ValueError, OSError) as error:
        told = str(error) if isinstance(error, HouseError) else f"{config} is no JSON document"
        _refuse(told)
    _leave_out_the_unbuilt(taken)
    _write(output, taken.sections)
    for sentence in taken.left:
        click.echo(f"Left out: {sentence}.", err=True)
    printed(f"{output} is written. Next: python run.py --config {output}")


def _leave_out_the_unbuilt(taken: Taken) -> None:
    """What is written must start: a database of a kind that can't be used yet is only told of."""
    server = taken.sections["server"]
    faults = not_built(Settings(server=Server(database=server.get("database"))))
    if faults:
        del server["database"]
        taken.left += faults


def _ask(section: type, name: str, question: str, default: str, *, hidden: bool = False) -> Any:
    """One setting's value; asked again until it is one."""
    kind: Kind = next(each.metadata["kind"] for each in fields(section) if each.name == name)

    def fit(answer: str) -> Any:
        reading = int(answer) if name == "port" and answer.isdecimal() else answer
        try:
            value = kind.fit(reading)
        except ValueError:
            raise click.BadParameter(f"it must be {kind.expected}") from None
        if name == "database" and (faults := not_built(Settings(server=Server(database=value)))):
            raise click.BadParameter("; ".join(faults))
        return value

    unseen = hidden and sys.stdin.isatty()
    return click.prompt(question, default=default, show_default=bool(default), hide_input=unseen, value_proc=fit)


def _must_be_free(output: Path) -> None:
    if output.exists():
        _refuse(f"{output} is there already, and is never written over; move it away or say --output FILE")


def _write(output: Path, sections: Sections) -> None:
    """Write what a start would take, readable by its owner alone: there may be passwords in it."""
    text = "# Settings of Presently; README.md says what else can be set.\n\n" + tomli_w.dumps(sections)
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        _refuse(f"{output} cannot be written: {error.strerror}")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        output.unlink()
        _refuse(f"{output} cannot be written: {error.strerror}")
    try:
        faults = not_built(load({}, {}, output))
    except SettingsFault as fault:
        faults = fault.faults
    if faults:
        output.unlink()
        _refuse("\n".join(faults))


def _refuse(sentence: str) -> NoReturn:
    click.echo(f"Error: {sentence}", err=True)
    sys.exit(2)
