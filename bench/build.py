"""Builds what the benchmark needs into bench/.build: the two C programs and a venv of the peers' own."""

import subprocess
import sys
import venv
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
BUILD = BENCH / ".build"
FLAGS = ("-std=c11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra", "-Werror")
PEER_PACKAGES = (
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "websockets",
    "flask-socketio",
    "gevent",
    "gevent-websocket",
)
PEER_BUILD_SECONDS = 600


def program(name: str, into: Path = BUILD) -> Path:
    """The executable of bench/<name>/*.c, compiled if it is older than its sources.

    Raises CalledProcessError when the compiler refuses and FileNotFoundError when there is none.
    """
    folder, target = BENCH / name, into / name
    sources = sorted(folder.glob("*.c"))
    newest = max(path.stat().st_mtime for path in folder.iterdir())
    if not target.exists() or target.stat().st_mtime < newest:
        into.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", *FLAGS, "-o", str(target), *map(str, sources)], check=True)
    return target


def peers_python() -> Path:
    """The interpreter of the peers' venv, made and filled on first use."""
    folder = BUILD / "venv"
    python = folder / "bin" / "python"
    filled = folder / "packages.txt"
    wanted = "\n".join(PEER_PACKAGES)
    if not filled.exists() or filled.read_text() != wanted:
        print("installing the peers into bench/.build/venv ...", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEER_PACKAGES]
        subprocess.run(command, check=True, timeout=PEER_BUILD_SECONDS)
        filled.write_text(wanted)
    return python


def peer_versions() -> dict[str, str]:
    """Package name -> version of what the peers run on."""
    code = "import importlib.metadata as m, sys\nfor name in sys.argv[1:]: print(name, m.version(name))"
    command = [str(peers_python()), "-c", code, *PEER_PACKAGES]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return dict(line.split(" ", 1) for line in lines)
