"""Messages to the Courier (actors/courier/), and what it tells the owner of a queue."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Parcel:
    """One callback that has to be delivered.

    `id` is the delivery's own, unique for ever: the receiver may know a duplicate by it. `queue` is KIND:NAME, such as
    `relay:7` or `webhook:ab12`: within a queue the order is kept. `created_at` in seconds since the epoch.
    """

    id: str
    queue: str
    body: bytes = field(repr=False)
    created_at: float


@dataclass(frozen=True, slots=True)
class Told:
    """What a queue has been told last `about` somebody, written in one transaction with the parcel that tells it."""

    about: str
    version: int
    shown: str
    """What was told, in whatever words let the owner compare; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Post:
    """Deliver this parcel; answered (with None) when it is committed to the outbox, whatever becomes of it then.

    A parcel whose id is in the outbox already is not taken twice. Unavailable `not-stored`: it was not kept.
    """

    parcel: Parcel
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class WriteDown:
    """This queue has been told so, or need not be, without a parcel; answered when that is committed."""

    queue: str
    told: Told


@dataclass(frozen=True, slots=True)
class Abandon:
    """This queue's owner is gone: forget its parcels and what it was told; answered when that is committed."""

    queue: str


@dataclass(frozen=True, slots=True)
class Knock:
    """Something about this queue's destination has changed: try at once what waits for a later try."""

    queue: str


@dataclass(frozen=True, slots=True)
class HowMuch:
    """Answered with the Traffic; `queues` says how many are told of one by one, those first that have most to do."""

    queues: int = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """One queue: how many parcels wait, when the next try is (since the epoch; None: now), and what hinders it."""

    queue: str
    waiting: int
    again_at: float | None
    absences: int
    """How often in a row its host could not be reached."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """All deliveries: by kind of queue and result since the Courier was started, and what stands now."""

    results: Mapping[str, Mapping[str, int]]
    """`webhook` -> `delivered`, `delayed` (a try failed), `given-up`."""
    waiting: Mapping[str, int]
    """Parcels by kind."""
    queues: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """To the owner of a queue: this parcel was taken, with this status (200 to 299), after so many seconds' asking."""

    queue: str
    id: str
    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Delayed:
    """To the owner: a try has failed, by this status or error, and the next is at `again_at` (since the epoch)."""

    queue: str
    id: str
    status: int | None
    error: str | None
    again_at: float


@dataclass(frozen=True, slots=True)
class Died:
    """To the owner: this parcel is given up and kept as a dead letter.

    What speaks is the `status` of the last answer, or an `error`'s code where there was none; `tries` counts those
    that reached the host. Status 410 says: ask me no more.
    """

    queue: str
    id: str
    status: int | None
    error: str | None
    tries: int
