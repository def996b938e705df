"""What was found of each promise, and the table of it."""

from collections.abc import Iterable
from dataclasses import dataclass

_WORDS = {True: "yes", False: "**no**", None: "-"}

HEAD = "| promise | bar | measured | held |\n|---|---|---|---|"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table; `held` is None where there is nothing to judge."""

    promise: str
    bar: str
    measured: str
    held: bool | None

    def line(self) -> str:
        """In Markdown."""
        return f"| {self.promise} | {self.bar} | {self.measured} | {_WORDS[self.held]} |"


def render(findings: Iterable[Finding]) -> str:
    """The table in Markdown."""
    return "\n".join([HEAD, *(finding.line() for finding in findings)])
