"""What /openapi.json says is so: schemathesis asks a real server whatever the document allows, and what it forbids."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.serving import Served, command, start, user_add

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
ID = "100000000000000001"
SETTINGS = """
[presenti]
expires_ms = 600000
registration = true

[limits]
requests_per_second = 0
sign_ins_per_minute = 0
"""


def identity_of(server: Served, name: str, password: str) -> str:
    """The cookie of somebody who signs in."""
    body = json.dumps({"id": name, "password": password}).encode()
    with urllib.request.urlopen(f"{server.url}/api/user/auth", body) as answer:
        said: str = answer.headers["Set-Cookie"]
    return said.partition("identity=")[2].partition(";")[0]


def test_every_answer_is_as_the_document_says(tmp_path: Path) -> None:
    house = tmp_path / "data"
    token = user_add(house, "ann", "--discord", ID, "--password", "opensesame").token
    first_party = command(house, "token", "first-party")["token"]
    operator = command(house, "token", "operator")["token"]
    with start(house, config=SETTINGS) as server:
        key_values = command(house, "kv", "token", "ann", "--dialect", "lanyard")["token"]
        identity = identity_of(server, "ann", "opensesame")
        tokens = {
            "TOKEN": token,
            "FIRST_PARTY": first_party,
            "KEY_VALUES": key_values,
            "IDENTITY": identity,
            "OPERATOR": operator,
        }
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run"),
                *("--no-color", f"{server.url}/openapi.json"),
            ],
            cwd=tmp_path,
            env={**os.environ, **tokens, "ID": ID},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [line for line in server.lines if "Traceback" in line]
