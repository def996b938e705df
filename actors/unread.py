"""Unread: a claim's activities as its publisher's documents, projected when somebody first looks at one. Pure.

Most of what is published is told in the words it came in, and replaced before anybody reads it in others: to project it
with every report would be a tenth of what a report costs.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from actors.presence import Activity


class Unread(Sequence[Activity]):
    """Equal to the tuple of activities that `project` makes of the documents, one of each; neither is ever changed.

    `project` must be pure and raise nothing. None of these activities wishes for colours (`gradient`), since that is
    looked for with every report.
    """

    __slots__ = ("_activities", "_project", "dialect", "documents")

    def __init__(self, dialect: str, documents: Sequence[Any], project: Callable[[Any], Activity]) -> None:
        self.dialect = dialect
        self.documents = documents
        self._project = project
        self._activities: tuple[Activity, ...] | None = None

    def __len__(self) -> int:
        return len(self.documents)

    def __iter__(self) -> Iterator[Activity]:
        return iter(self._read())

    @overload
    def __getitem__(self, index: int) -> Activity: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Activity, ...]: ...

    def __getitem__(self, index: int | slice) -> Activity | tuple[Activity, ...]:
        return self._read()[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Unread) and self.dialect == other.dialect and self.documents != other.documents:
            return False  # an activity has its document, so that the projections need not be compared
        return self._read() == tuple(other) if isinstance(other, Unread | tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # documents have none

    def __repr__(self) -> str:
        return repr(self._read())

    def _read(self) -> tuple[Activity, ...]:
        if self._activities is None:
            self._activities = tuple(map(self._project, self.documents))
        return self._activities
