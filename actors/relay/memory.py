"""Memory: which notifications one stream has told, as far as they may come again."""

import math
from collections import deque

from actors.house import House
from actors.messages.courier import Told, WriteDown
from actors.relay.registration import Registration
from actors.upstream.mastodon_notifications import later_of

RECENT = 16
"""Ids that are known all the time: not every instance's have an order."""
STILL_SAID = 60.0
"""Seconds after which a stream no longer says what was listed before it was read."""
ABOUT = "notification"
"""What the mark is called among the things that a queue was told last."""


class Memory:
    """Belongs to one Stream. Its mark, the id of the last that was told, stands in the roll, and outlives it."""

    __slots__ = ("_house", "_listed", "_listed_at", "_pending", "_queue", "_recent", "_registration_id")

    def __init__(self, house: House, registration: Registration) -> None:
        self._house = house
        self._registration_id = registration.id
        self._queue = registration.queue
        self._recent: deque[str] = deque(maxlen=RECENT)
        self._listed: set[str] = set()
        self._listed_at = -math.inf
        self._pending: str | None = None
        """The mark when what is being kept is kept."""

    @property
    def mark(self) -> str | None:
        """Where to go on from; None where nothing was ever told."""
        return self._house.registrations.marks.get(self._registration_id)

    def knows(self, ident: str | None) -> bool:
        """Whether it was told, as far as we remember."""
        return ident in self._recent or ident in self._listed

    def note(self, ident: str, *, listed: bool) -> Told:
        """It goes to the Courier now; answered with what has to be written in the same transaction."""
        self._recent.append(ident)
        if listed:
            self._listed.add(ident)
            self._listed_at = self._house.clock.monotonic()
        self._pending = later_of(self._pending or self.mark, ident)
        return Told(ABOUT, 0, self._pending)

    def kept(self) -> None:
        """It is safe."""
        if self._pending is not None:
            self._house.registrations.note_mark(self._registration_id, self._pending)
            self._pending = None

    def learn(self, ident: str) -> None:
        """The newest that there was before anything was told."""
        if self.mark is None and self._pending is None:
            self._house.courier.tell(WriteDown(self._queue, Told(ABOUT, 0, ident)))
            self._house.registrations.note_mark(self._registration_id, ident)

    def tidy(self) -> None:
        """Let go of what will not come again."""
        if self._listed and self._house.clock.monotonic() - self._listed_at > STILL_SAID:
            self._listed = set()
