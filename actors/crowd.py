"""Those who watch everybody in one encoding, and how updates of many users reach them: encoded once, sent in slices.

What Audience is to one user, with a queue by user: of each only the newest waits. Frames of several users that wait are
sent as one. Pure bookkeeping, as Audience.
"""

from actors.burst import Burst
from actors.burst.lanes import TOGETHER_BYTES, send_to_all
from actors.lane import Lane
from actors.presence import Update
from actors.session import Everybody, Gone

SLICE = 256
"""Sends after which the hub gets its turn."""


class Crowd:
    """The lanes of one encoding, and the frames that have not reached them all."""

    __slots__ = (
        "_arrivals",
        "_data",
        "_frames",
        "_left",
        "_next",
        "_seats",
        "_told_at",
        "_under_way",
        "encoding",
        "lanes",
    )

    def __init__(self, encoding: Everybody) -> None:
        self.encoding = encoding
        self.lanes: dict[Lane, int] = {}
        """Each with its arrival's number: what was told before that is in its snapshot."""
        self._arrivals = 0
        self._frames: dict[str, tuple[int, bytes]] = {}
        """User's id -> the newest frame about it that nobody has been sent, in order of the oldest; and how many
        arrivals there had been."""
        self._under_way: dict[str, bytes] = {}
        self._data = b""
        """What is under way, by user and as one."""
        self._told_at = 0
        self._left: tuple[Lane, ...] = ()
        """Whom it is for."""
        self._next = 0
        self._seats: tuple[Lane, ...] | None = ()

    def join(self, lane: Lane) -> None:
        """Seat a lane; it gets what is told from now on."""
        self._arrivals += 1
        self.lanes[lane] = self._arrivals
        self._seats = None

    def leave(self, lane: Lane) -> None:
        """Unseat a lane; it gets nothing any more."""
        if self.lanes.pop(lane, None) is not None:
            self._seats = None

    @property
    def busy(self) -> bool:
        """True while somebody has still to be reached."""
        return bool(self._frames or self._left)

    def tell(self, update: Update) -> None:
        """Encode the update for everyone who is here. Raises what the codec raises."""
        payload = self.encoding.update(update) if self.lanes else None
        if payload is None:
            return
        if payload is Gone.GONE:
            self._give_up((update.was or update.subject).id)
            for lane in self.lanes:
                lane.listener.user_left(update)
            return
        self._frames[update.subject.id] = self._arrivals, next(iter(self.lanes)).frame(payload)

    def send_slice(self, burst: Burst) -> bool:
        """Make at most SLICE sends; True while somebody has still to be reached."""
        sends = SLICE
        while sends > 0 and self.busy:
            if not self._left:
                self._begin()
            portion = self._left[self._next : self._next + sends]
            here = [lane for lane in portion if lane in self.lanes and self.lanes[lane] <= self._told_at]
            send_to_all(here, self._data, tuple(self._under_way.items()), burst)
            self._next += len(portion)
            sends -= max(len(portion), 1)
            if self._next >= len(self._left):
                self._left = ()
        return self.busy

    def _give_up(self, user: str) -> None:
        """What has not been sent of a user must not follow the news that it is gone."""
        self._frames.pop(user, None)
        if self._under_way.pop(user, None) is not None:
            self._data = b"".join(self._under_way.values())
            if not self._data:
                self._left = ()

    def _begin(self) -> None:
        """Take the oldest frame, and with it those after it that are for the same lanes."""
        if self._seats is None:
            self._seats = tuple(self.lanes)
        self._under_way, size = {}, 0
        self._told_at = next(iter(self._frames.values()))[0]
        for user, (told_at, frame) in self._frames.items():
            size += len(frame)
            if told_at != self._told_at or (self._under_way and size > TOGETHER_BYTES):
                break
            self._under_way[user] = frame
        for user in self._under_way:
            del self._frames[user]
        self._data, self._left, self._next = b"".join(self._under_way.values()), self._seats, 0
