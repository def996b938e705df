"""Those who watch everybody in one encoding, and how updates of many users reach them: encoded once, sent in slices.

What Audience is to one user, with a queue by user: of each only the newest waits. Frames of several users that wait are
sent as one. Pure bookkeeping, as Audience.
"""

from collections.abc import Callable

from actors.arrivals import Arrivals
from actors.burst import Burst
from actors.burst.lanes import TOGETHER_BYTES, send_to_all
from actors.lane import Lane
from actors.presence import Update
from actors.session import Everybody, Gone

SLICE = 256
"""Sends after which the hub gets its turn."""

SEATED = 64
"""Arrivals after which it does: what each is sent may be large."""


class Crowd:
    """The lanes of one encoding, and the frames that have not reached them all."""

    __slots__ = (
        "_arrived",
        "_data",
        "_frames",
        "_left",
        "_next",
        "_seats",
        "_told_at",
        "_under_way",
        "arrivals",
        "encoding",
        "frame",
        "lanes",
    )

    def __init__(self, encoding: Everybody, frame: Callable[[bytes], bytes]) -> None:
        self.encoding = encoding
        self.frame = frame
        self.lanes: dict[Lane, int] = {}
        """Each with its arrival's number: what was told before that is in its snapshot."""
        self.arrivals: list[Arrivals] = []
        """Who has come and does not know everything yet, in order."""
        self._arrived = 0
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
        self._arrived += 1
        self.lanes[lane] = self._arrived
        self._seats = None

    def leave(self, lane: Lane) -> bool:
        """Unseat a lane, or one that has come for a seat: it gets no news any more. True where it was one of those."""
        was_here = self.lanes.pop(lane, None) is not None
        if was_here:
            self._seats = None
        was_expected = self.expects(lane)
        for arrivals in self.arrivals:
            arrivals.unseat(lane)
        return was_here or was_expected

    def expects(self, lane: Lane) -> bool:
        """True for one that has come for a seat and has none yet."""
        return any(arrivals.expects(lane) for arrivals in self.arrivals)

    @property
    def everyone(self) -> list[Lane]:
        """Who is here, and who comes."""
        coming = (lane for arrivals in self.arrivals for lane in arrivals.lanes)
        return list(dict.fromkeys((*self.lanes, *coming)))

    def dismiss(self) -> list[Lane]:
        """Nobody is here any more, nor comes; who that was."""
        everyone = self.everyone
        self.lanes, self.arrivals, self._seats = {}, [], None
        return everyone

    @property
    def busy(self) -> bool:
        """True while somebody has still to be reached."""
        return bool(self._frames or self._left)

    @property
    def watched(self) -> bool:
        """True where somebody is here, or has come to stay."""
        return bool(self.lanes) or any(each.wanted for each in self.arrivals)

    def tell(self, update: Update) -> None:
        """Encode the update for everyone who is here, or comes. Raises what the codec raises."""
        payload = self.encoding.update(update) if self.watched else None
        if payload is None:
            return
        if payload is Gone.GONE:
            user = (update.was or update.subject).id
            self._give_up(user)
            for lane in self.lanes:
                lane.listener.user_left(update)
            self._let_know(user, update)
            return
        user, frame = update.subject.id, self.frame(payload)
        if self.lanes:
            self._frames[user] = self._arrived, frame
        self._let_know(user, frame)

    def seat_slice(self) -> bool:
        """Seat the next of those who have come; True while there are more whose turn it is."""
        for _ in range(SEATED):
            settled = next((each for each in self.arrivals if each.settled), None)
            if settled is None:
                return False
            lane = settled.serve()
            if lane is not None:
                self.join(lane)
            if settled.over:
                self.arrivals.remove(settled)
        return any(each.settled for each in self.arrivals)

    def _let_know(self, user: str, news: bytes | Update) -> None:
        for arrivals in self.arrivals:
            arrivals.hear(user, news)

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
