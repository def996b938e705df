"""`init` and `import presenti`: a config.toml that a start takes, and none written over."""

import json
import resource
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Malformed
from actors.settings.sources import load
from actors.settings.unbuilt import not_built
from storage.presenti_config import taken_over
from storage.setup import import_, init

ORIGINAL = {
    "port": 9000,
    "registration": True,
    "discord": None,
    "crypto": {"jwtSecret": "$2b$10$secret", "firstPartyKey": None},
    "web": {"host": "s://presence.example.org", "oauthSuccessRedirect": "/done"},
    "db": {"host": "db", "port": 5433, "name": "presenti", "username": "u", "password": "p@ss/ w", "cache": True},
    "modules": {"@presenti/additions": True},
}


def asked(output: Path, *answers: str) -> Result:
    return CliRunner().invoke(init, ["--output", str(output)], input="\n".join(answers) + "\n")


def imported(tmp_path: Path, config: bytes) -> Result:
    (tmp_path / "config.json").write_bytes(config)
    arguments = ["presenti", str(tmp_path / "config.json"), "--output", str(tmp_path / "config.toml")]
    return CliRunner().invoke(import_, arguments)


def test_four_questions_make_settings(tmp_path: Path) -> None:
    output = tmp_path / "config.toml"
    done = asked(output, "", "y", "0.0.0.0", "9000", "bot-token")
    assert done.exit_code == 0, done.output
    assert "bot-token" not in done.output.replace("bot-token\n", "", 1)
    settings = load({}, {}, output)
    assert (settings.server.database, settings.server.host) == (None, "0.0.0.0")
    assert (settings.server.port, settings.presenti.registration, settings.discord.token) == (9000, True, "bot-token")
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_empty_answers_are_the_defaults(tmp_path: Path) -> None:
    output = tmp_path / "config.toml"
    assert asked(output, "", "", "", "", "").exit_code == 0
    assert load({}, {}, output) == load({}, {}, None)


def test_an_answer_that_cannot_be_is_asked_for_again(tmp_path: Path) -> None:
    output = tmp_path / "config.toml"
    databases, ports = ("mysql://x", "postgresql://u:p@db/presently", ""), ("99999", "port", "8200")
    done = asked(output, *databases, "maybe", "n", "a b", "::1", *ports, "")
    assert done.exit_code == 0, done.output
    assert "it must be a whole number from 0 to 65535" in done.output
    assert "PostgreSQL is not built yet" in done.output, "a start would refuse it"
    assert load({}, {}, output).server.port == 8200


def test_nothing_is_written_over(tmp_path: Path) -> None:
    output = tmp_path / "config.toml"
    output.write_text("mine")
    for done in (asked(output), imported(tmp_path, b"{}")):
        assert done.exit_code == 2
        assert "never written over" in done.output
    assert output.read_text() == "mine"


def test_an_originals_configuration_is_taken_over(tmp_path: Path) -> None:
    done = imported(tmp_path, json.dumps(ORIGINAL).encode())
    assert done.exit_code == 0, done.output
    settings = load({}, {}, tmp_path / "config.toml")
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 9000)
    assert taken_over(ORIGINAL).sections["server"]["database"] == "postgresql://u:p%40ss%2F%20w@db:5433/presenti"
    assert settings.server.database is None, "no start takes it yet"
    assert "Left out: server.database: PostgreSQL is not built yet" in done.output
    assert not_built(settings) == []
    assert (settings.presenti.registration, settings.presenti.expires_ms) == (True, 300_000)
    assert settings.web.origins == ("https://presence.example.org",)
    for left in ("crypto", "modules", "web.oauthSuccessRedirect", "db.cache", "accounts"):
        assert f"Left out: {left}" in done.output or f"Left out: the {left}" in done.output
    assert "secret" not in (tmp_path / "config.toml").read_text()
    assert "$2b$" not in done.output


@pytest.mark.parametrize("config", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"port":"many"}', b'{"port":70000}'])
def test_what_is_no_such_configuration_writes_nothing(tmp_path: Path, config: bytes) -> None:
    done = imported(tmp_path, config)
    assert done.exit_code == 2, done.output
    assert done.output.startswith("Error: ")
    assert not (tmp_path / "config.toml").exists()


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.just("://localhost:8138")
SECTIONS = {
    name: st.dictionaries(st.sampled_from(["host", "name", "port", "username", "x"]), VALUES) for name in ("web", "db")
}
CONFIGS = st.fixed_dictionaries({}, optional={"port": VALUES, "modules": VALUES, "zzz": VALUES, **SECTIONS}) | VALUES


@given(CONFIGS)
def test_any_document_is_taken_over_in_part_or_refused(config: Any) -> None:
    try:
        taken = taken_over(config)
    except Malformed:
        assert not isinstance(config, dict)
    else:
        assert set(taken.sections) <= {"server", "presenti", "web"}


def test_the_file_is_toml_that_says_what_it_is(tmp_path: Path) -> None:
    asked(tmp_path / "config.toml", "", "y", "", "", "")
    text = (tmp_path / "config.toml").read_text()
    assert text.startswith("# Settings of Presently")
    assert tomllib.loads(text) == {"server": {"host": "127.0.0.1", "port": 8138}, "presenti": {"registration": True}}


def test_a_disk_that_is_full_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    """Seen to fail with a traceback, and with an empty file that no second try writes over."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        done = asked(tmp_path / "config.toml", "", "y", "", "", "")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (done.exit_code, done.output.splitlines()[-1]) == (
        2,
        f"Error: {tmp_path / 'config.toml'} cannot be written: File too large",
    )
    assert not (tmp_path / "config.toml").exists()
