"""docs/sources.md explains whatever our comments cite."""

import re

import pytest

from tests.serving import ROOT

TEXT = (ROOT / "docs" / "sources.md").read_text("utf-8")
CODE = "\n".join(
    path.read_text("utf-8")
    for room in ("actors", "web", "storage", "tests", "bench")
    for path in sorted((ROOT / room).rglob("*.py"))
    if path.name != "test_sources.py"
)


def cited(pattern: str) -> list[str]:
    found = sorted(set(re.findall(pattern, CODE)))
    assert found
    return found


@pytest.mark.parametrize("number", cited(r"[Ll]aws? (\d)\b"))
def test_a_law(number: str) -> None:
    assert f"\n| law {number} | " in TEXT


@pytest.mark.parametrize("number", cited(r"HOUSE (?:section )?(\d+)"))
def test_a_section_of_the_house(number: str) -> None:
    assert f"\n| HOUSE {number} | " in TEXT


@pytest.mark.parametrize("number", cited(r"PROMISES (?:section )?(\d+(?:\.\d+)?)"))
def test_a_promise(number: str) -> None:
    assert f"\n| PROMISES {number} | " in TEXT


@pytest.mark.parametrize("name", cited(r"\b(presenti|lantern|lanyard|dyson|heartbeat|mastodon-relay|discord)\.md\b"))
def test_a_note_on_a_wire(name: str) -> None:
    assert f"\n| spec/{name}.md | " in TEXT


@pytest.mark.parametrize(("name", "number"), cited(r"\b(presenti|lantern|lanyard|dyson|heartbeat)\.md sections? (\d+)"))  # type: ignore[misc]
def test_a_section_of_it(name: str, number: str) -> None:
    row = TEXT.partition(f"| spec/{name}.md | ")[2].partition("\n")[0].rpartition(" | ")[2]
    told = {
        *re.findall(r"\d+", row),
        *(str(n) for a, b in re.findall(r"(\d+) to (\d+)", row) for n in range(int(a), int(b))),
    }
    assert number in told
