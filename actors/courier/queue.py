"""Queue: the parcels of one owner, in order: the next few in memory, the rest in the outbox. Pure bookkeeping."""

from collections import deque
from collections.abc import Sequence

from actors.clock import Timer
from actors.courier.outbox import Stored

WINDOW = 64
"""Parcels of a queue that are held in memory while it is being delivered; of one that waits only the first is."""


class Queue:
    """What is known of one queue between two deliveries."""

    __slots__ = (
        "absences",
        "again_at",
        "beyond",
        "count",
        "last",
        "name",
        "sweeping",
        "timer",
        "under_way",
        "unserved",
        "window",
    )

    def __init__(self, name: str, count: int = 0) -> None:
        self.name = name
        self.count = count
        """Parcels in all."""
        self.window: deque[Stored] = deque()
        self.beyond = count > 0
        """True while the outbox has parcels with a higher number than `last`."""
        self.last = 0
        """The highest number that the window has had."""
        self.under_way = False
        """True from being sent on its round until it has nothing to deliver or must wait."""
        self.timer: Timer | None = None
        """Rings at the end of a wait."""
        self.unserved = False
        """True while it waits because nobody looks after its kind."""
        self.again_at: float | None = None
        """When its wait ends, in seconds since the epoch."""
        self.absences = 0
        """How often in a row its host could not be reached."""
        self.sweeping = False
        """True right after the host could not be reached: what is too old now dies without a try of its own."""

    @property
    def head(self) -> Stored | None:
        """The parcel whose turn it is, if it is in memory."""
        return self.window[0] if self.window else None

    def add(self, stored: Stored) -> None:
        """One more has been committed."""
        self.count += 1
        if not self.beyond and len(self.window) < (1 if self.timer is not None else WINDOW):
            self.take_up((stored,))
        else:
            self.beyond = True

    def take_up(self, parcels: Sequence[Stored]) -> None:
        """Hold these, which are the next."""
        self.window.extend(parcels)
        if parcels:
            self.last = parcels[-1].number

    def refill(self, parcels: Sequence[Stored]) -> None:
        """Hold these, which were read from the outbox, up to WINDOW of them."""
        self.take_up(parcels)
        self.beyond = len(parcels) == WINDOW

    def skip(self, parcels: Sequence[Stored]) -> None:
        """These, which come after the window, are given up."""
        self.count -= len(parcels)
        if parcels:
            self.last = parcels[-1].number

    def retry(self, tries: int) -> None:
        """The head stays, and its host was reached so often."""
        head = self.window[0]
        self.window[0] = Stored(head.number, head.parcel, tries)

    def done(self) -> None:
        """The head is delivered or dead."""
        self.window.popleft()
        self.count -= 1

    def cancel(self) -> None:
        """Wait no more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer, self.again_at = None, None

    def trim(self) -> None:
        """Keep only the head in memory: it will be long until the others' turn."""
        if len(self.window) > 1:
            head = self.window[0]
            self.window = deque((head,))
            self.last, self.beyond = head.number, True
