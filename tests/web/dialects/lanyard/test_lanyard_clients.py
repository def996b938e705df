"""Lanyard's published clients, unmodified: each shows a presence and then its change, by socket and by REST."""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent
import pytest

from tests.serving import SECONDS, Added, Served, command, start, user_add

pytestmark = pytest.mark.live

HERE = Path(__file__).parent / "clients"
ANN = "100000000000000001"
WAYS = [
    f"{package} {way}"
    for package in ("use-lanyard", "react-use-lanyard", "sk-lanyard", "lanyard-wrapper")
    for way in ("socket", "rest")
]
PYTHON_CLIENT = ("lanyard-py==2.0.1", "aiohttp~=3.14", "httpx~=0.28")
"""With its aiohttp provider it imports httpx as well."""

INSTALL_SECONDS = 180


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house") / "data"


@pytest.fixture(scope="module")
def ann(house: Path) -> Added:
    return user_add(house, "ann", "--discord", ANN)


@pytest.fixture(scope="module")
def server(house: Path, ann: Added) -> Iterator[Served]:
    """On which a session lasts for as long as these tests."""
    with start(house, config="[presenti]\nexpires_ms = 600000\n") as served:
        yield served


@dataclass(slots=True)
class Publisher:
    """Ann's session on presenti's API."""

    server: Served
    token: str
    id: str = ""

    def __post_init__(self) -> None:
        with urllib.request.urlopen(f"{self.server.url}/session?token={self.token}") as answer:
            self.id = json.load(answer)["sessionID"]

    def publish(self, title: str) -> None:
        body = json.dumps({"presences": [{"title": title, "largeText": "Suite No. 1"}]}).encode()
        address = f"{self.server.url}/session?token={self.token}&id={self.id}"
        with urllib.request.urlopen(urllib.request.Request(address, body, method="PUT")) as answer:
            assert answer.status == 200


@pytest.fixture(scope="module")
def publisher(server: Served, ann: Added) -> Publisher:
    return Publisher(server, ann.token)


class Installing:
    """One package manager's run, beside everything else; whoever needs its outcome waits for it."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.folder = folder
        self._log = (folder / "install.log").open("w+")
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT
        )

    def done(self) -> Path:
        """The folder; the test is skipped where nothing can be installed, as without a registry or with a slow one."""
        try:
            code = self._process.wait(INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.skip(f"cannot install within {INSTALL_SECONDS} s")
        if code:
            self._log.seek(0)
            pytest.skip(f"cannot install: {self._log.read()[-300:]}")
        return self.folder

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()


@pytest.fixture(scope="module")
def key(server: Served, publisher: Publisher) -> str:
    """Ann's for her key-values; she is there."""
    publisher.publish("Writing")
    return str(command(server.data, "kv", "token", "ann", "--dialect", "lanyard")["token"])


@pytest.fixture(scope="module")
def installing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Installing]]:
    """Both at the same time: the clients of package-lock.json, and a Python of its own with one."""
    runs: dict[str, Installing] = {}
    if shutil.which("node") is not None and (npm := shutil.which("npm")) is not None:
        folder = tmp_path_factory.mktemp("clients")
        shutil.copytree(HERE, folder, dirs_exist_ok=True)
        runs["node"] = Installing([npm, "ci", "--loglevel=error"], folder)
    if (newer := _python_3_12()) is not None:
        folder = tmp_path_factory.mktemp("python")
        subprocess.run([newer, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=INSTALL_SECONDS)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(folder / "bin" / "python")]
        runs["python"] = Installing([*pip, "install", "-q", "--no-compile", *PYTHON_CLIENT], folder)
    yield runs
    for run in runs.values():
        run.end()


@pytest.fixture(scope="module")
def node(installing: dict[str, Installing]) -> Path:
    """A folder with the clients from npm."""
    if "node" not in installing:
        pytest.skip("needs Node.js and npm")
    return installing["node"].done()


@pytest.fixture(scope="module")
def python(installing: dict[str, Installing]) -> Path:
    """A Python with the client from PyPI."""
    if "python" not in installing:
        pytest.skip("lanyard-py needs Python 3.12 or newer")
    return installing["python"].done() / "bin" / "python"


def _python_3_12() -> str | None:
    """One that runs: a name on the PATH may be pyenv's for an interpreter that is not chosen."""
    versions = sorted((Path.home() / ".pyenv" / "versions").glob("3.1[2-9]*/bin/python3"))
    names = [sys.executable, *(f"python3.{minor}" for minor in range(12, 20)), *map(str, versions)]
    for name in filter(None, map(shutil.which, names)):
        asked = [name, "-c", "import sys; sys.exit(sys.version_info < (3, 12))"]
        if subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return name
    return None


class Showing:
    """A client's process, by its lines of documents."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def until(self, name: str) -> Any:
        """The first document from now on whose first activity has this name."""
        with gevent.Timeout(SECONDS):
            for line in self.process.stdout:  # type: ignore[union-attr]
                document = json.loads(line)
                if [each["name"] for each in document["activities"][:1]] == [name]:
                    return document
        raise AssertionError(f"the client ended without showing {name}")

    def look_again(self) -> None:
        self.process.stdin.write("again\n")  # type: ignore[union-attr]
        self.process.stdin.flush()  # type: ignore[union-attr]


@contextmanager
def showing(command: list[str], folder: Path, server: Served, **more: str) -> Iterator[Showing]:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "SERVER": server.url, **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:  # its pipes are closed with the block
        try:
            yield Showing(process)
        finally:
            process.kill()


def rest_of(server: Served) -> Any:
    with urllib.request.urlopen(f"{server.url}/v1/users/{ANN}") as answer:
        return json.load(answer)["data"]


@pytest.mark.parametrize("way", WAYS)
def test_a_client_from_npm_shows_the_presence_and_its_change(
    way: str, node: Path, server: Served, publisher: Publisher
) -> None:
    publisher.publish("Reading")
    command = ["node", "--import", "./browser.mjs", "show.mjs", way, ANN]
    with showing(command, node, server) as client:
        assert client.until("Reading") == rest_of(server)
        publisher.publish("Listening")
        client.look_again()
        shown = client.until("Listening")
    assert shown == rest_of(server)
    assert (shown["discord_user"]["id"], shown["discord_status"]) == (ANN, "online")


REFUSED = (
    f"Failed to set Lanyard KV for user {ANN} and key mood: 401 - "
    '{"success":false,"error":{"code":"no_permission","message":"You do not have permission to access this resource"}}'
)


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ("react-use-lanyard", [[204, {"mood": "fine & dandy"}], [204, {}]]),
        # It writes JSON where Lanyard takes the raw body, and reads that back as it stands.
        ("lanyard-wrapper", ['"fine & dandy"', {"mood": "better", "place": "home"}, {"place": "home"}, REFUSED]),
    ],
)
def test_a_client_from_npm_keeps_values(client: str, said: list[Any], node: Path, server: Served, key: str) -> None:
    with showing(["node", "--import", "./browser.mjs", "keep.mjs", client, ANN], node, server, KEY=key) as writing:
        with gevent.Timeout(SECONDS):
            assert [json.loads(line) for line in writing.process.stdout] == said  # type: ignore[union-attr]
        assert writing.process.wait(SECONDS) == 0


@pytest.mark.parametrize("way", ["socket", "rest"])
def test_lanyard_py_shows_the_presence_and_its_change(
    way: str, python: Path, server: Served, publisher: Publisher
) -> None:
    publisher.publish("Reading")
    with showing([str(python), str(HERE / "show.py"), way, ANN], python.parent, server) as client:
        assert client.until("Reading") == rest_of(server)
        publisher.publish("Listening")
        client.look_again()
        assert client.until("Listening") == rest_of(server)
