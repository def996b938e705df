"""Where the parcels of a queue go, and who says so: one look-up for each kind of queue."""

from collections.abc import Callable
from dataclasses import dataclass, field

from actors.runtime import Address


@dataclass(frozen=True, slots=True)
class Policy:
    """How stubbornly a parcel is delivered. Times in seconds."""

    tries: int = 5
    """Answers of 5xx, 408 and 429, and answers that are none, after which it is given up."""
    first_pause: float = 2.0
    growth: float = 4.0
    longest_pause: float = 3600.0
    """Between two of those tries: 2, 8, 32, 128, or what Retry-After says up to the longest."""
    patience: float = 86_400.0
    """A parcel older than this is given up when its host cannot be reached."""
    first_absence: float = 1.0
    longest_absence: float = 300.0
    """Between two tries of a host that cannot be reached: doubling from the first to the longest."""
    jitter: float = 0.2
    """Every pause is longer or shorter by up to this share."""


DEFAULT = Policy()


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the parcels of one queue go now."""

    url: str = field(repr=False)
    """It may hold secrets."""
    owner: Address | None = None
    """Who is told what became of each parcel."""
    key: bytes | None = field(default=None, repr=False)
    """Signs each parcel (signature.py); None for no signature."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further header fields; Content-Type is application/json in any case."""
    policy: Policy = DEFAULT
    at_once: int = 16
    """Parcels that may be under way to the same host together."""


LookUp = Callable[[str], Destination | None]
"""The destination of this queue now, at the cost of a dictionary's look-up; None when its owner is gone."""


class UnknownKindError(Exception):
    """Nobody looks after queues of this kind in this process: their parcels stay where they are."""


class Destinations:
    """The look-ups by kind of queue. Whoever owns queues puts its own in before it posts."""

    __slots__ = ("_look_ups", "_tell")

    def __init__(self) -> None:
        self._look_ups: dict[str, LookUp] = {}
        self._tell: Callable[[str], object] = _tell_nobody

    def learn(self, kind: str, look_up: LookUp) -> None:
        """Queues `KIND:...` are asked for here from now on."""
        self._look_ups[kind] = look_up
        self._tell(kind)

    def when_learned(self, tell: Callable[[str], object]) -> None:
        """Who is told of each kind from now on: one, the Courier that lives."""
        self._tell = tell

    def find(self, queue: str) -> Destination | None:
        """See LookUp; UnknownKindError where nobody looks after this kind."""
        look_up = self._look_ups.get(kind_of(queue))
        if look_up is None:
            raise UnknownKindError(queue)
        return look_up(queue)


def _tell_nobody(_kind: str) -> None:
    """Nobody waits."""


def kind_of(queue: str) -> str:
    """`relay` of `relay:7`."""
    return queue.partition(":")[0]
