"""Whatever README and guides name is there: files, links, tests, settings, options of benchmarks."""

import ast
import re
from pathlib import Path

import pytest

from actors.settings.sources import load
from tests.serving import ROOT

GUIDES = [ROOT / "README.md", ROOT / "bench" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ROOMS = "actors|web|storage|tests|bench|docs"
MADE_WHEN_NEEDED = {"bench/.build", "bench/.build/logs"}


def of_each_guide(pattern: str, flags: int = 0) -> list[tuple[str, str]]:
    """(Guide, what it names) for whatever matches."""
    named = [(str(guide.relative_to(ROOT)), guide.read_text("utf-8")) for guide in GUIDES]
    return sorted({(guide, found) for guide, text in named for found in re.findall(pattern, text, flags)})


def heading_anchors(text: str) -> set[str]:
    """The anchors that GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("guide", "path"), of_each_guide(rf"`((?:{ROOMS})/[\w./-]+|run\.py)`"))
def test_a_path_is_there(guide: str, path: str) -> None:
    assert (ROOT / path).exists() or path in MADE_WHEN_NEEDED or "/NAME" in path, guide


@pytest.mark.parametrize(("guide", "target"), of_each_guide(r"\]\((?!https?:)([^)\s]+)\)"))
def test_a_link_leads_somewhere(guide: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    meant = (ROOT / guide).parent / path if path else ROOT / guide
    assert meant.exists()
    assert not anchor or anchor in heading_anchors(meant.read_text("utf-8"))


@pytest.mark.parametrize(("guide", "name"), of_each_guide(r"`(test_\w+)`"))
def test_a_test_is_there(guide: str, name: str) -> None:
    files = (ROOT / "tests").rglob("test_*.py")
    assert any(f"def {name}(" in file.read_text("utf-8") for file in files), guide


@pytest.mark.parametrize(("guide", "name"), of_each_guide(r"`(test_\w+\.py)`"))
def test_a_file_of_tests_is_there(guide: str, name: str) -> None:
    assert list((ROOT / "tests").rglob(name)), guide


@pytest.mark.parametrize(("guide", "words"), of_each_guide(r"python (bench/\w+\.py[^\n`#;|]*)"))
def test_a_benchmark_takes_the_options_that_are_named(guide: str, words: str) -> None:
    script, *rest = words.replace("[", " ").replace("]", " ").split()
    known = {each.value for each in ast.walk(ast.parse((ROOT / script).read_text("utf-8"))) if is_text(each)}
    assert {word.partition("=")[0] for word in rest if word.startswith("--")} <= known, guide


def test_each_file_of_the_benchmark_is_told_of() -> None:
    told = (ROOT / "bench" / "README.md").read_text("utf-8")
    assert [file.name for file in (ROOT / "bench").glob("*.py") if file.name not in told] == ["__init__.py"]


def actors_of(kind: str) -> list[str]:
    """The classes of actors of this kind."""
    files = (file.read_text("utf-8") for file in (ROOT / "actors").rglob("*.py"))
    return sorted(name for text in files for name in re.findall(rf"^class (\w+)\({kind}\):", text, re.MULTILINE))


def test_each_actor_stands_under_its_kind() -> None:
    row = re.findall(r"^\| for \| (.*) \| (.*) \|$", (ROOT / "docs" / "runtime.md").read_text("utf-8"), re.MULTILINE)
    told = [sorted(re.findall(r"\b[A-Z]\w+", cell)) for cell in row[0]]
    assert told == [actors_of("Actor"), actors_of("WaitingActor")]


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize(("guide", "text"), of_each_guide(r"```toml\n(.*?)```", re.DOTALL))
def test_a_configuration_that_is_shown_is_taken(guide: str, text: str, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(text, "utf-8")
    assert load({}, {}, config), guide
