"""Runs all tests: two pytest processes side by side, each on its share; `python -m pytest` runs the same in one."""

import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent
SECOND = ("web/dialects", "web/pages", "web/openapi", "docs", "bench")
"""The folders of the second share; what is not in them is the first's. Each takes about half of the time."""


def _shares() -> tuple[list[str], list[str]]:
    """What each process is given: folders for the second, and the first is told to leave them out."""
    folders = [str(TESTS / folder) for folder in SECOND]
    return [str(TESTS), *(f"--ignore={folder}" for folder in folders)], folders


def main() -> int:
    """The exit code: 0 when both shares passed. The second's words are shown when the first is done."""
    command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
    first, second = _shares()
    with tempfile.TemporaryFile("w+") as said:
        beside = subprocess.Popen([*command, *second, "-p", "no:cacheprovider"], stdout=said, stderr=said)
        try:
            ended = subprocess.run([*command, *first], check=False).returncode
            ended = beside.wait() or ended
        finally:
            beside.kill()
        said.seek(0)
        sys.stdout.write(said.read())
    return ended


if __name__ == "__main__":
    sys.exit(main())
