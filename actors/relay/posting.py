"""Posting: brings one parcel at a time into the Courier's outbox, and does not let go of it before it is committed."""

from collections.abc import Callable
from dataclasses import dataclass

import pykka

from actors.clock import Timer
from actors.errors import HouseError, Malformed, Refused
from actors.house import House
from actors.messages.courier import Post
from actors.runtime import Future

KEPT_WITHIN = 30.0
"""Seconds after which a parcel that nobody has answered for is posted again; its id keeps it single."""
AGAIN = 0.25
AGAIN_AT_MOST = 5.0


@dataclass(frozen=True, slots=True)
class Posted:
    """To oneself: the Courier has answered."""

    answer: Future


@dataclass(frozen=True, slots=True)
class PostAgain:
    """To oneself: the Courier could not, or has not answered at all."""

    post: Post


class Posting:
    """Belongs to one actor, which passes it Posted and PostAgain out of its own mail."""

    __slots__ = ("_answer", "_house", "_pause", "_post", "_record", "_remind", "_timer")

    def __init__(self, house: House, remind: Callable[[object], None], record: Callable[[str, str], None]) -> None:
        """`record` is told an event and its reason."""
        self._house = house
        self._remind = remind
        self._record = record
        self._post: Post | None = None
        self._answer: Future | None = None
        self._timer: Timer | None = None
        self._pause = AGAIN

    @property
    def busy(self) -> bool:
        """True while a parcel is not safe yet."""
        return self._post is not None

    def post(self, post: Post) -> None:
        """The next parcel; only when the last is safe."""
        self._post = post
        answer = self._answer = self._house.courier.future(post)
        answer.when_done(lambda done: self._remind(Posted(done)))
        self._appoint(KEPT_WITHIN, post)

    def posted(self, message: Posted) -> bool:
        """True when the parcel need not be thought of any more; it is committed, or no good."""
        if self._post is None or message.answer is not self._answer:
            return False
        try:
            message.answer.get(timeout=0.0)
        except (Malformed, Refused) as error:
            self._record("dropped", error.code)
        except (HouseError, pykka.ActorDeadError) as error:
            self._put_off(self._post, error)
            return False
        self.stop()
        return True

    def again(self, message: PostAgain) -> None:
        """The same parcel."""
        if message.post is self._post:
            self.post(message.post)

    def stop(self) -> None:
        """Think of nothing any more."""
        self._post = self._answer = None
        self._pause = AGAIN
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _put_off(self, post: Post, error: Exception) -> None:
        """The outbox is away or full: that is no fault of the parcel's, which waits here."""
        if self._pause == AGAIN:
            self._record("not-kept", error.code if isinstance(error, HouseError) else type(error).__name__)
        self._answer = None
        self._appoint(self._pause, post)
        self._pause = min(2 * self._pause, AGAIN_AT_MOST)

    def _appoint(self, seconds: float, post: Post) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._house.clock.after(seconds, self._remind, PostAgain(post))
