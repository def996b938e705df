"""What docs/modules.md teaches works as it stands there."""

import json
import re
import urllib.request
from pathlib import Path

import pytest
import websocket

from tests.serving import ROOT, start

pytestmark = pytest.mark.live

TEXT = (ROOT / "docs" / "modules.md").read_text("utf-8")


def block(language: str, mark: str) -> str:
    """The first block of code in this language that has the mark in it."""
    blocks = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return next(each for each in blocks if mark in each)


def test_the_module_in_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hello.py").write_text(block("python", "publisher.say"), "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    config = block("toml", "hello:publish") + block("toml", "modules.load")
    with start(tmp_path / "data", config=config) as server:
        viewer = websocket.create_connection(f"ws://127.0.0.1:{server.port}/presence/alice", timeout=10)
        titles: set[str] = set()
        while titles != {"hello", "This machine"}:
            titles = {each["title"] for each in json.loads(viewer.recv())["activities"]}
        viewer.close()


def test_what_a_module_keeps_is_there_after_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "visits.py").write_text(block("python", "publisher.values"), "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    config = '[modules.visits]\nentry = "visits:publish"\nuser = "alice"\n'
    for count in (1, 2):
        with start(tmp_path / "data", config=config) as server:
            viewer = websocket.create_connection(f"ws://127.0.0.1:{server.port}/presence/alice", timeout=10)
            wanted, titles = f"started {count} times", [""]
            while wanted not in titles:
                titles = [each["title"] for each in json.loads(viewer.recv())["activities"]]
            viewer.close()
            server.kill9()


def test_the_conversation_of_a_module_in_its_own_process(tmp_path: Path) -> None:
    lines = block("text", "connect ws://").splitlines()[1:]
    with start(tmp_path / "data") as server:
        token = server.user_add("alice").token
        publisher = websocket.create_connection(f"ws://127.0.0.1:{server.port}/remote", timeout=10)
        for line in lines:
            direction, message = line[0], json.loads(re.split(r"\s{3,}", line[2:])[0].replace("TOKEN", token))
            if direction == ">":
                publisher.send(json.dumps(message))
            else:
                assert json.loads(publisher.recv()) == message
            if message.get("data") == [{"title": "Reading"}]:
                sent = message["data"]
        publisher.send(json.dumps({"type": 2, "data": sent}))
        publisher.send('{"type":0}')
        assert json.loads(publisher.recv())["type"] == 1
        with urllib.request.urlopen(f"{server.url}/api/presence/alice") as answer:
            assert json.load(answer)["presence"] == sent
        publisher.close()
