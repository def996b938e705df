"""Studio: looks at images in native threads of its own, so that the hub never waits for one."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from gevent.threadpool import ThreadPool

from actors.clock import Clock
from actors.errors import HouseError, Overrun
from web.deadline import Deadline
from web.pictures import motion, picture
from web.pictures.picture import Picture

THREADS = 2
WAITING = 64
"""Images that may wait for a thread; further ones are refused."""
SECONDS = 5.0
"""From asking to the answer. A thread cannot be ended: the limits in picture.py see to it that each gets done."""

Result = TypeVar("Result")


class Studio:
    """Made once in a process, in its hub; for greenlets that may wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pool: ThreadPool | None = None
        self._asked = 0

    def verify(self, data: bytes) -> Picture:
        """See picture.verify; Overrun `too-slow` or `too-many-images` besides."""
        return self._work(picture.verify, data)

    def thumbnail(self, data: bytes, side: int) -> Picture:
        """See picture.thumbnail; Overrun as in verify."""
        return self._work(partial(picture.thumbnail, side=side), data)

    def moving(self, data: bytes, side: int) -> Picture:
        """See motion.moving; Overrun as in verify."""
        return self._work(partial(motion.moving, side=side), data)

    def palette(self, data: bytes) -> tuple[str, ...]:
        """See picture.palette; Overrun as in verify."""
        return self._work(picture.palette, data)

    def media_type(self, data: bytes) -> str:
        """See picture.media_type; Overrun as in verify."""
        return self._work(picture.media_type, data)

    def close(self) -> None:
        """End the threads; waits for what they are doing."""
        if self._pool is not None:
            self._pool.kill()
            self._pool = None

    def _work(self, look: Callable[[bytes], Result], data: bytes) -> Result:
        if self._asked >= WAITING:
            raise Overrun("too-many-images")
        if self._pool is None:
            self._pool = ThreadPool(THREADS)
        self._asked += 1
        try:
            with Deadline(self._clock, SECONDS):
                result: Result | HouseError = self._pool.spawn(_settled, look, data).get()
        finally:
            self._asked -= 1
        if isinstance(result, HouseError):
            raise result
        return result


def _settled(look: Callable[[bytes], Result], data: bytes) -> Result | HouseError:
    """In the thread: a refusal comes back as a value, because a pool logs what is raised as a failure of ours."""
    try:
        return look(data)
    except HouseError as refusal:
        return refusal
