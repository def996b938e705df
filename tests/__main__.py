"""Runs all tests: two pytest processes side by side, each on its share; `python -m pytest` runs the same in one.

What fails beside the other share runs once more, alone on the machine, and is named: tests over real sockets have
deadlines, and a machine that stops for a second is no fault of the server's. What fails again has failed, and so has
a run in which more than a few failed.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent
SECOND = ("web/dialects", "web/pages", "web/openapi", "storage", "docs", "bench")
"""The folders of the second share; what is not in them is the first's. Each takes about half of the time."""
MOST_AGAIN = 5
"""More failures of one share than this are no accident of the machine."""


def shares() -> tuple[list[str], list[str]]:
    """What each process is given: folders for the second, and the first is told to leave them out."""
    folders = [str(TESTS / folder) for folder in SECOND]
    return [str(TESTS), *(f"--ignore={folder}" for folder in folders)], folders


def run(given: list[str], first: list[str], second: list[str]) -> int:
    """The exit code: 0 when both shares passed. The second's words are shown when the first is done."""
    with tempfile.TemporaryDirectory() as kept, tempfile.TemporaryFile("w+") as said:
        command, beside_command = (
            [sys.executable, "-m", "pytest", *given, "-o", f"cache_dir={kept}/{number}", *share]
            for number, share in enumerate((first, second))
        )
        beside = subprocess.Popen(beside_command, stdout=said, stderr=said)
        try:
            ended = subprocess.run(command, check=False).returncode
            beside_ended = beside.wait()
        finally:
            beside.kill()
        said.seek(0)
        print(said.read(), flush=True)
        return _once_more(command, ended, Path(kept, "0")) | _once_more(beside_command, beside_ended, Path(kept, "1"))


def _once_more(command: list[str], ended: int, cache: Path) -> int:
    """The exit code after a second try of what failed, where that is worth one."""
    record = cache / "v" / "cache" / "lastfailed"
    failed = list(json.loads(record.read_text())) if record.exists() else []
    if ended != 1 or not 0 < len(failed) <= MOST_AGAIN:
        return ended
    print(f"Failed beside the other share, and run again alone: {', '.join(failed)}", flush=True)
    return subprocess.run([*command, "--last-failed", "--last-failed-no-failures=none"], check=False).returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], *shares()))
