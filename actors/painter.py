"""Painter: gives presences that wish for it the colours of their image, and turns them round."""

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

import gevent

from actors.clock import Timer
from actors.errors import HouseError
from actors.gradient import ADAPTER, EVERY, Shade, wished_images
from actors.house import House
from actors.messages.directory import Deliver
from actors.messages.painter import Wish
from actors.messages.user import Report, Withdraw
from actors.presence import Source
from actors.runtime import Actor, handles
from actors.state import STATE, state_claim

Measure = Callable[[str], tuple[str, ...]]
"""An image's colours by its address. It may wait; HouseError when the image cannot be had."""

AT_ONCE = 8
"""Images that are looked at together; a slow one holds up others only when there are so many."""
LEASE = 2.5 * EVERY
"""How long a colour is believed, should nobody turn it."""

SOURCE = Source(STATE, ADAPTER)


@dataclass(frozen=True, slots=True)
class _Measured:
    """To oneself: these images gave those colours; none where no image could be had."""

    user: str
    images: tuple[str, ...]
    colours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Turn:
    """To oneself: the time of this colour is over."""

    user: str
    shade: Shade


class Painter(Actor):
    """Never waits itself: looking at images is done in greenlets that it owns."""

    mailbox_limit = 100_000

    def __init__(self, house: House, measure: Measure) -> None:
        super().__init__()
        self.house = house
        self.measure = measure
        self.wished: dict[str, tuple[str, ...]] = {}
        self.waiting: dict[str, None] = {}
        """Users whose wish nobody looks at yet, in order."""
        self.looking: dict[str, gevent.Greenlet] = {}
        self.shown: dict[str, tuple[Shade, Timer]] = {}

    def on_start(self) -> None:
        """Take up every wish that stands: users tell theirs only when it changes."""
        for user, presence in list(self.house.register.presences.items()):
            self.wish(Wish(user, wished_images(presence)))

    def on_stop(self) -> None:
        """Look at nothing any more; what is shown ends with its lease."""
        self._put_away()

    def on_failure(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        """The same; the next life shows it anew."""
        self._put_away()

    @handles(Wish)
    def wish(self, message: Wish) -> None:
        """See messages.Wish."""
        user, images = message.user, message.images
        if images == self.wished.get(user, ()):
            return
        if images:
            self.wished[user] = images
            self.waiting[user] = None
            self._look_on()
        else:
            del self.wished[user]
            self.waiting.pop(user, None)
            self._hide(user)

    @handles(_Measured)
    def measured(self, message: _Measured) -> None:
        """Show the colours, unless something else is wished for by now."""
        self.looking.pop(message.user, None)
        if self.wished.get(message.user) == message.images and message.user not in self.waiting:
            known = self.shown.get(message.user)
            if not message.colours:
                self._hide(message.user)
            elif known is None or known[0].colours != message.colours:
                self._hide_timer(message.user)
                self._show(message.user, Shade(message.colours))
        self._look_on()

    @handles(_Turn)
    def turn(self, message: _Turn) -> None:
        """Show the next colour."""
        known = self.shown.get(message.user)
        if known is not None and known[0] is message.shade:
            self._show(message.user, message.shade.next())

    def _look_on(self) -> None:
        """Begin with as many as may be looked at together; a user's wishes one after another."""
        for user in [each for each in self.waiting if each not in self.looking][: AT_ONCE - len(self.looking)]:
            del self.waiting[user]
            self.looking[user] = gevent.spawn(self._look, user, self.wished[user])

    def _look(self, user: str, images: tuple[str, ...]) -> None:
        """In a greenlet: the colours of the first image that can be had."""
        colours: tuple[str, ...] = ()
        try:
            for image in images:
                colours = self._colours(image)
                if colours:
                    return
        finally:
            self.remind(_Measured(user, images, colours))

    def _colours(self, image: str) -> tuple[str, ...]:
        try:
            return self.measure(image)
        except HouseError:
            return ()

    def _show(self, user: str, shade: Shade) -> None:
        now = self.house.clock.now()
        claim = state_claim(ADAPTER, shade.document, now, now + LEASE)
        self.house.directory.tell(Deliver(user, Report(claim)))
        self.shown[user] = shade, self.house.clock.after(EVERY, self.remind, _Turn(user, shade))

    def _hide(self, user: str) -> None:
        if self._hide_timer(user):
            self.house.directory.tell(Deliver(user, Withdraw(SOURCE)))

    def _hide_timer(self, user: str) -> bool:
        known = self.shown.pop(user, None)
        if known is not None:
            known[1].cancel()
        return known is not None

    def _put_away(self) -> None:
        gevent.killall(list(self.looking.values()), block=False)
        for user in list(self.shown):
            self._hide_timer(user)
