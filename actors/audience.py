"""Who watches one user in one encoding, and how an update reaches them: encoded once, sent in slices.

Updates that wait for the same lanes are sent as one, which costs one system call for each lane instead of several.
Pure bookkeeping around Lane.send: no clock and no actor; the User decides when the next slice is due.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actors.burst import Burst
from actors.burst.lanes import TOGETHER_BYTES, send_to_all
from actors.lane import Lane
from actors.presence import Presence, Subject, Update
from actors.session import Encoding, Gone, Numbered

SLICE = 256
"""Sends after which the hub gets its turn."""

ROUNDS = 16
"""Updates that may wait for their round; then the newest takes the place of the one before it (newest state wins)."""


@dataclass(frozen=True, slots=True)
class Round:
    """A frame on its way, or several, and who was there as it was made: a later comer has it in its snapshot."""

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
        "_under_way",
        "encoding",
        "held",
        "lanes",
        "numbered",
        "quiet_until",
    )

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        self.lanes: dict[Lane, None] = {}
        self._seats: tuple[Lane, ...] | None = ()
        """The lanes as a tuple, made anew when somebody came or went."""
        self._frames: list[Round] = []
        """Rounds that wait."""
        self._round: Round | None = None
        self._next = 0
        self._serial = 0
        self._left: dict[Lane, int] = {}
        """Who left or came while rounds were under way, and the newest round it must not be sent."""
        self._snapshot: tuple[Subject, Presence, bytes | None] | None = None
        self.quiet_until = 0.0
        """Monotonic seconds until which further updates are held (Encoding.pause)."""
        self.held: Update | None = None
        self.numbered = encoding if isinstance(encoding, Numbered) else None
        self._under_way = ""
        """Of whom the rounds of a numbered encoding tell."""

    def join(self, lane: Lane) -> None:
        """Seat a lane; it gets the rounds that begin from now on, and its snapshot has the others."""
        if self.busy:
            self._left[lane] = self._serial
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

    @property
    def full(self) -> bool:
        """True when one more update would take another's place."""
        return len(self._frames) >= ROUNDS

    def tell(self, update: Update) -> None:
        """Encode the update and queue a round for everyone who is here now. Raises what the codec raises."""
        payload = self.encoding.update(update) if self.lanes else None
        if payload is None:
            return
        if payload is Gone.GONE:
            self._give_up_rounds()
            for lane in self.lanes:
                lane.listener.user_left(update)
            return
        if self.encoding.coalesces:
            self._give_up_rounds()
        elif len(self._frames) >= ROUNDS:
            self._frames.pop()
        if self._seats is None:
            self._seats = tuple(self.lanes)
        self._under_way = update.subject.id
        self._serial += 1
        self._frames.append(Round(self._serial, self._seats[0].frame(payload), self._seats))

    def snapshot(self, subject: Subject, presence: Presence, frame: Callable[[bytes], bytes]) -> bytes | None:
        """The frame that a new watcher gets first; made once per presence, however many come. None: nobody is there."""
        known = self._snapshot
        if known is None or known[0] is not subject or known[1] is not presence:
            payload = self.encoding.snapshot(subject, presence)
            known = self._snapshot = subject, presence, None if payload is Gone.GONE else frame(payload)
        return known[2]

    def _give_up_rounds(self) -> None:
        """For a newer one, which goes first to those who have not been reached: so a flood starves nobody."""
        if self._round is not None:
            seats = self._round.seats
            if self._seats is seats:  # nobody came or went since: no lane need be looked at
                self._seats = seats[self._next :] + seats[: self._next]
            else:
                first = dict.fromkeys(lane for lane in seats[self._next :] if lane in self.lanes)
                self._seats = (*first, *(lane for lane in self.lanes if lane not in first))
            self._round = None
        self._frames.clear()
        self._left.clear()

    def send_slice(self, key: str, burst: Burst) -> bool:
        """Send to the next lanes of the round under way; True while somebody has still to be reached."""
        under_way = self._round or self._begin()
        if under_way is None:
            return False
        seats, left, frame = under_way.seats, self._left, under_way.frame
        end = self._next + SLICE
        portion: Sequence[Lane] = seats[self._next : end]
        if left:
            portion = [lane for lane in portion if left.get(lane, 0) < under_way.serial]
        send_to_all(portion, frame, ((key, frame),), burst)
        self._next = end
        if end >= len(seats):
            self._round = None
            if not self._frames:
                left.clear()
                self.give_up()
        return self.busy

    def _begin(self) -> Round | None:
        """Take the oldest round, and with it those after it that are for the same lanes."""
        waiting = self._frames
        if not waiting:
            return None
        first, size, count = waiting[0], 0, 0
        for each in waiting:
            size += len(each.frame)
            if each.seats is not first.seats or (count and size > TOGETHER_BYTES):
                break
            count += 1
        together, self._frames, self._next = waiting[:count], waiting[count:], 0
        frame = first.frame if count == 1 else b"".join([each.frame for each in together])
        self._round = Round(together[-1].serial, frame, first.seats)
        return self._round

    def give_up(self) -> None:
        """Nothing is on its way any more: all have been reached, or nobody is left to reach."""
        if self.numbered is not None:
            self.numbered.reached(self._under_way)
