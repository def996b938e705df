"""Idle: connections that stand open between two requests to the same place."""

from collections import OrderedDict, deque

from actors.clock import Clock, Timer
from web.outgoing.conversation import Conversation

Place = tuple[str, str, int, bool]
"""Scheme, host, port, and whether its address was checked."""

MOST = 256
MOST_EACH = 16
SECONDS = 15.0
"""How long one may be idle: less than most servers wait, and a name that moves is followed soon."""


class Idle:
    """Takes connections back and hands them out, the last first; those that have waited too long are closed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._places: OrderedDict[Place, deque[tuple[float, Conversation]]] = OrderedDict()
        self._count = 0
        self._timer: Timer | None = None

    def __len__(self) -> int:
        return self._count

    def take(self, place: Place) -> Conversation | None:
        """One that is still good, or None."""
        waiting = self._places.get(place)
        while waiting:
            since, conversation = waiting.pop()
            self._count -= 1
            if self._clock.monotonic() - since < SECONDS and conversation.alive():
                return conversation
            conversation.close()
        return None

    def put(self, place: Place, conversation: Conversation) -> None:
        """Keep one for later."""
        waiting = self._places.setdefault(place, deque())
        self._places.move_to_end(place)
        waiting.append((self._clock.monotonic(), conversation))
        self._count += 1
        if len(waiting) > MOST_EACH:
            self._drop_oldest(place)
        elif self._count > MOST:
            self._drop_oldest(next(place for place, each in self._places.items() if each))
        if self._timer is None:
            self._timer = self._clock.after(SECONDS, self._sweep)

    def close(self) -> None:
        """Close all."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for place in list(self._places):
            while self._places[place]:
                self._drop_oldest(place)
        self._places.clear()

    def _drop_oldest(self, place: Place) -> None:
        _, conversation = self._places[place].popleft()
        self._count -= 1
        conversation.close()

    def _sweep(self) -> None:
        """Close what nobody has come for."""
        self._timer = None
        now = self._clock.monotonic()
        for place, waiting in list(self._places.items()):
            while waiting and now - waiting[0][0] >= SECONDS:
                self._drop_oldest(place)
            if not waiting:
                del self._places[place]
        if self._count:
            self._timer = self._clock.after(SECONDS, self._sweep)
