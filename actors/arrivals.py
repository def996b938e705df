"""Arrivals: those who came together to watch everybody, until they know what those know who were there before them.

A message about everybody says of each user what was so when the user's turn came. A change from before that turn may
still stand in the roster's mail, and is no news to them; one from after it is, and waits here, the newest of each user,
until the message is out. Pure bookkeeping, as Crowd.
"""

from collections import deque
from collections.abc import Iterable

from actors.lane import Gap, Lane
from actors.presence import Update


class Arrivals:
    """They get one message, in the gaps that their lanes keep for it, what is news after it, and then their seats."""

    __slots__ = ("_frame", "_news", "_seats", "_unread", "_waiting")

    def __init__(self) -> None:
        self._waiting: deque[tuple[Lane, Gap]] = deque()
        self._seats: set[Lane] = set()
        """Who of them watches everybody; the others look once."""
        self._unread: set[str] | None = None
        """Users of whom the mail may hold what the message has already; None before it is begun."""
        self._news: dict[str, bytes | Update] = {}
        """By user: what is to be sent after the message, or the update by which the user left."""
        self._frame: bytes | None = None

    @property
    def lanes(self) -> list[Lane]:
        """Who waits."""
        return [lane for lane, _ in self._waiting]

    @property
    def wanted(self) -> bool:
        """True where one of them watches everybody."""
        return bool(self._seats)

    @property
    def over(self) -> bool:
        """True when nobody waits any more."""
        return not self._waiting

    @property
    def settled(self) -> bool:
        """True when the message is finished, and whatever is told from now on is news."""
        return self._frame is not None

    def come(self, lane: Lane, gap: Gap, *, watches: bool) -> None:
        """One more, before the message is begun."""
        self._waiting.append((lane, gap))
        if watches:
            self._seats.add(lane)

    def expects(self, lane: Lane) -> bool:
        """True for one that gets a seat."""
        return lane in self._seats

    def unseat(self, lane: Lane) -> None:
        """This one gets the message, but no seat."""
        self._seats.discard(lane)

    def begin(self, users: Iterable[str]) -> None:
        """The message is begun; these will be in it."""
        self._unread = set(users)

    def pass_by(self, users: Iterable[str]) -> None:
        """All mail has passed that had come when these users' turn came."""
        if self._unread is not None:
            self._unread.difference_update(users)

    def finish(self, frame: bytes) -> None:
        """This is the message; the mail has passed by for all who are in it."""
        self._frame = frame

    def hear(self, user: str, news: bytes | Update) -> None:
        """A user has changed, or left."""
        if self._seats and self._unread is not None and user not in self._unread:
            self._news[user] = news

    def serve(self) -> Lane | None:
        """Send the next of them what it waits for; answered with its lane where it is to be seated now."""
        lane, gap = self._waiting.popleft()
        if self._frame is not None:
            lane.fill(gap, self._frame)
        if lane not in self._seats:
            return None
        self._seats.discard(lane)
        for user, news in self._news.items():
            if isinstance(news, Update):
                lane.listener.user_left(news)
            else:
                lane.send(news, user)
        return lane
