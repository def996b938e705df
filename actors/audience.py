"""Who watches one user in one encoding, and how an update reaches them: encoded once, sent in slices.

Pure bookkeeping around Lane.send: no clock and no actor; the User decides when the next slice is due.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from actors.lane import Lane
from actors.presence import Presence, Subject, Update
from actors.session import Encoding

SLICE = 256
"""Sends after which the hub gets its turn."""

ROUNDS = 16
"""Updates that may wait for their round; then the newest takes the place of the one before it (newest state wins)."""


@dataclass(frozen=True, slots=True)
class Round:
    """One frame on its way, and who was there when it was made: a later comer has it in its snapshot."""

    serial: int
    frame: bytes
    seats: tuple[Lane, ...]


class Audience:
    """The lanes of one encoding, and the rounds that are under way."""

    __slots__ = (
        "_frames",
        "_left",
        "_next",
        "_round",
        "_seats",
        "_serial",
        "_snapshot",
        "encoding",
        "held",
        "lanes",
        "quiet_until",
    )

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.lanes: dict[Lane, None] = {}
        self._seats: tuple[Lane, ...] | None = ()
        """The lanes as a tuple, made anew when somebody came or went."""
        self._frames: deque[Round] = deque()
        """Rounds that wait."""
        self._round: Round | None = None
        self._next = 0
        self._serial = 0
        self._left: dict[Lane, int] = {}
        """Who left while rounds were under way, and the newest round it must not be sent."""
        self._snapshot: tuple[Presence, bytes] | None = None
        self.quiet_until = 0.0
        """Monotonic seconds until which further updates are held (Encoding.pause)."""
        self.held: Update | None = None

    def join(self, lane: Lane) -> None:
        """Seat a lane; it gets the rounds that begin from now on."""
        self.lanes[lane] = None
        self._seats = None

    def leave(self, lane: Lane) -> None:
        """Unseat a lane; it gets nothing any more, not even of a round under way."""
        if self.lanes.pop(lane, self) is not self:
            self._seats = None
            if self.busy:
                self._left[lane] = self._serial

    @property
    def busy(self) -> bool:
        """True while somebody has still to be reached."""
        return self._round is not None or bool(self._frames)

    def tell(self, update: Update) -> None:
        """Encode the update and queue a round for everyone who is here now. Raises what the codec raises."""
        payload = self.encoding.update(update)
        if payload is None or not self.lanes:
            return
        if self._seats is None:
            self._seats = tuple(self.lanes)
        frame = self._seats[0].frame(payload)
        if len(self._frames) >= (1 if self.encoding.coalesces else ROUNDS):
            self._frames.pop()
        self._serial += 1
        self._frames.append(Round(self._serial, frame, self._seats))

    def snapshot(self, subject: Subject, presence: Presence, frame: Callable[[bytes], bytes]) -> bytes:
        """The frame that a new watcher gets first; made once per presence, however many come."""
        if self._snapshot is None or self._snapshot[0] is not presence:
            self._snapshot = presence, frame(self.encoding.snapshot(subject, presence))
        return self._snapshot[1]

    def send_slice(self, key: str) -> bool:
        """Send to the next lanes of the round under way; True while somebody has still to be reached."""
        if self._round is None:
            if not self._frames:
                return False
            self._round, self._next = self._frames.popleft(), 0
        seats, left, frame = self._round.seats, self._left, self._round.frame
        end = self._next + SLICE
        for lane in seats[self._next : end]:
            if not left or left.get(lane, 0) < self._round.serial:
                lane.send(frame, key)
        self._next = end
        if end >= len(seats):
            self._round = None
            if not self._frames:
                left.clear()
        return self.busy
