"""Dead letters as they are asked for and shown to operators, by the web and by the command line alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actors.courier.outbox import DeadLetter


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters are asked for: those of a queue, or all; the newest, or those before a number."""

    queue: str | None = None
    before: int | None = None
    take: int = 100


@dataclass(frozen=True, slots=True)
class Buried:
    """A dead letter and its number, by which the next page is asked for."""

    number: int
    letter: DeadLetter

    def document(self) -> dict[str, Any]:
        """JSON values; times in seconds since the epoch, the body as text."""
        letter, parcel = self.letter, self.letter.stored.parcel
        return {
            "id": parcel.id,
            "queue": parcel.queue,
            "status": letter.status,
            "error": letter.error,
            "tries": letter.stored.tries,
            "created_at": parcel.created_at,
            "died_at": letter.died_at,
            "body": parcel.body.decode("utf-8", "replace"),
        }


def page(found: Sequence[Buried], take: int) -> dict[str, Any]:
    """A page of so many; `before` asks for the next, null where this is the last."""
    return {
        "dead_letters": [buried.document() for buried in found],
        "before": found[-1].number if len(found) == take else None,
    }
