"""RootParent: whom the root of the tree tells of its end, and so what the process ends with."""

from typing import Any

from gevent.event import AsyncResult

from actors.messages.supervision import Ended, Fell
from actors.runtime import Address


class RootParent(Address):
    """Whom the root of the tree tells of its end: nobody is left to restart it, so the process ends."""

    __slots__ = ("ended",)

    def __init__(self) -> None:
        super().__init__("process")
        self.ended = AsyncResult()

    def tell(self, message: Any) -> None:
        """A fall of the root is exit code 1, an ordinary stop 0; that it is flooded ends nothing."""
        if isinstance(message, Fell | Ended) and not self.ended.ready():
            self.ended.set(1 if isinstance(message, Fell) else 0)

    def give_up(self) -> None:
        """End the process although the tree still stands."""
        if not self.ended.ready():
            self.ended.set(1)
