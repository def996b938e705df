"""The outbox as the Courier sees it: what is stored of each parcel, and what is written in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from actors.messages.courier import Parcel, Told


@dataclass(frozen=True, slots=True)
class Stored:
    """A parcel in the outbox. Numbers grow in the order of posting; `tries` is how often its host was reached."""

    number: int
    parcel: Parcel
    tries: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A parcel that was given up at `died_at` (seconds since the epoch), by status or error."""

    stored: Stored
    died_at: float
    status: int | None
    error: str | None


@dataclass(slots=True)
class Aftermath:
    """What became of parcels and is not yet written. It outlives the Courier, so that a fall repeats no delivery."""

    delivered: list[int] = field(default_factory=list)
    """Numbers of parcels that were taken."""
    dead: list[DeadLetter] = field(default_factory=list)
    tried: dict[int, int] = field(default_factory=dict)
    """Number of a parcel that stays -> its tries."""

    def __bool__(self) -> bool:
        return bool(self.delivered or self.dead or self.tried)

    def take(self) -> "Aftermath":
        """All of it; afterwards there is none."""
        taken = Aftermath(self.delivered, self.dead, self.tried)
        self.delivered, self.dead, self.tried = [], [], {}
        return taken

    def put_back(self, taken: "Aftermath") -> None:
        """What could not be written is still to be written."""
        self.delivered = taken.delivered + self.delivered
        self.dead = taken.dead + self.dead
        self.tried = taken.tried | self.tried


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction: parcels are added, then what became of others is written, then queues are forgotten."""

    added: Sequence[Stored] = ()
    told: Sequence[tuple[str, Told]] = ()
    """By queue."""
    aftermath: Aftermath = field(default_factory=Aftermath)
    abandoned: Sequence[str] = ()


class Outbox(Protocol):
    """Where parcels are kept (storage/outbox.py). Every call waits, and raises Unavailable when the store is away."""

    def write_outbox(self, work: Work, /) -> frozenset[str]:
        """Do it; answered with the ids among `added` that were there before, and were not added again."""

    def outbox_queues(self) -> tuple[tuple[str, int], ...]:
        """Every queue that has parcels, and how many."""

    def outbox_parcels(self, queue: str, after: int, most: int, /) -> tuple[Stored, ...]:
        """The queue's first parcels with a number above `after`, in order."""

    def newest_parcel(self) -> int:
        """The highest number of all; 0 when there is none."""
