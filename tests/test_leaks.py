"""The leak fixture finds what it is there to find."""

import subprocess
import sys
from pathlib import Path

import pytest

LEAKS = {
    "actor": "class Stayer(Actor): pass\ndef test(): Stayer.start()",
    "waiting actor": "class Stayer(WaitingActor): pass\ndef test(): Stayer.start()",
    "greenlet": "def test(): gevent.spawn(gevent.event.Event().wait)",
    "descriptor": "def test(): os.open('/dev/null', os.O_RDONLY)",
}
HEAD = "import os\nimport gevent.event\nfrom actors.runtime import Actor, WaitingActor\n"


@pytest.mark.live
@pytest.mark.parametrize("kind", LEAKS)
def test_a_leak_is_an_error(kind: str, tmp_path: Path) -> None:
    root = Path(__file__).parent.parent
    (tmp_path / "conftest.py").write_text(
        (root / "tests/conftest.py").read_text().replace("PATIENCE = 10.0", "PATIENCE = 0.1")
    )
    (tmp_path / "test_leak.py").write_text(f"{HEAD}{LEAKS[kind]}\n\ndef test_after(): pass\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:anyio",
        "-p",
        "no:schemathesis",
        "--rootdir",
        tmp_path,
        tmp_path,
    ]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert "2 passed, 1 error" in ran.stdout, ran.stdout
    assert "left" in ran.stdout
