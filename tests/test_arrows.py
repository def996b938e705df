"""HOUSE section 3: who may import whom. Read with ast, so that nothing need be run."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("actors", "web", "storage", "run")
ALLOWED = {"actors": {"actors"}, "storage": {"actors", "storage"}, "web": {"actors", "web"}, "run": {*OURS}}
LONG = 250
"""Lines of a file."""
NOT_IN_A_CODEC = {"flask", "gevent", "geventwebsocket", "pykka", "werkzeug"}
SOURCES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in (*(p for room in OURS for p in sorted((ROOT / room).rglob("*.py"))), ROOT / "run.py")
}


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(nodes: list[ast.stmt], with_types: bool) -> Iterator[str]:
    """Every module that is imported when this runs; those for annotations only too, if wanted."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from imports([*(node.body if with_types else ()), *node.orelse], with_types)
        else:
            for name in ("body", "orelse", "finalbody", "handlers"):
                yield from imports(getattr(node, name, []), with_types)


MODULES = {module_of(path): path for path in SOURCES}


def arrow_faults(path: str, source: str) -> Iterator[str]:
    """What in this file breaks the arrows."""
    tree = ast.parse(source)
    room = module_of(path).split(".")[0]
    for name in imports(tree.body, with_types=True):
        top = name.split(".")[0]
        if top in {"bench", "tests", "run"} or (top in OURS and top not in ALLOWED[room]):
            yield f"{path} imports {name}"
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from (
                f"{path}:{node.lineno} imports inside a function"
                for node in ast.walk(function)
                if isinstance(node, ast.Import | ast.ImportFrom)
            )


def needed_by(module: str, seen: set[str]) -> set[str]:
    """The module and all that it needs to run, ours followed, others by name; packages' own files included."""
    if module in seen:
        return seen
    seen.add(module)
    if "." in module:
        needed_by(module.rpartition(".")[0], seen)
    for name in imports(ast.parse(SOURCES[MODULES[module]]).body, with_types=False) if module in MODULES else ():
        needed_by(name, seen)
    return seen


def outside(module: str) -> set[str]:
    """Top names of the libraries, beyond the standard one, that this module brings in."""
    tops = {name.split(".")[0] for name in needed_by(module, set())}
    return tops - set(OURS) - set(sys.stdlib_module_names)


def codecs() -> list[str]:
    return [
        name for name in MODULES if name.startswith("web.dialects.") and name.rsplit(".", 1)[-1].startswith("codec")
    ]


@pytest.mark.parametrize("path", [path for path, source in SOURCES.items() if source.count("\n") > LONG])
def test_a_long_file_says_why(path: str) -> None:
    assert "onger than" in (ast.get_docstring(ast.parse(SOURCES[path])) or "")


@pytest.mark.parametrize("path", SOURCES)
def test_arrows(path: str) -> None:
    assert list(arrow_faults(path, SOURCES[path])) == []


def test_presence_needs_the_standard_library_only() -> None:
    assert {name.split(".")[0] for name in needed_by("actors.presence", set())} <= {"actors", *sys.stdlib_module_names}
    ours = {name for name in needed_by("actors.presence", set()) if name.startswith("actors.")}
    assert ours == {"actors.presence"}


def test_there_is_a_codec_to_look_at() -> None:
    assert codecs()


@pytest.mark.parametrize("codec", codecs())
def test_a_codec_is_pure(codec: str) -> None:
    assert not outside(codec) & NOT_IN_A_CODEC


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("actors/user.py", "import storage.board"),
        ("actors/user.py", "from web import frames"),
        ("actors/user.py", "if TYPE_CHECKING:\n    from web.doors import Door"),
        ("actors/user.py", "try:\n    import web\nexcept ImportError:\n    web = None"),
        ("web/doors.py", "from storage.board import Board"),
        ("storage/board.py", "import web"),
        ("web/doors.py", "import run"),
        ("web/doors.py", "def late():\n    import json"),
    ],
)
def test_a_broken_arrow_is_seen(path: str, line: str) -> None:
    assert list(arrow_faults(path, line))


def test_what_a_codec_needs_is_followed() -> None:
    assert outside("actors.user") >= {"gevent", "pykka"}


def test_a_package_is_followed_into_its_own_file() -> None:
    """Seen to fail: web/__init__.py brought Flask and everything else into each codec."""
    assert "gevent" in outside("actors.runtime.anything")
