"""Gathering: who is listed, for `/` as it is first shown; put together in slices, kept for a second."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore

from actors.house import House
from actors.roster import listed
from web.dialects.discord.person import is_there
from web.pages.people import Album
from web.views import Answer

SLICE = 64
"""Users that are looked at before the hub gets its turn."""

TURN = 0.0001
"""Seconds of the hub's turn. With none, gevent would look at its sockets after fifty slices only."""

FRESH = 1.0
"""Seconds for which an answer serves whoever comes after."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The first event of web/pages/people.py, and how many there are for Lantern to tell of."""

    document: dict[str, Any]
    monitored: int


@dataclass(slots=True)
class Gathering:
    """May wait: for greenlets of requests. However many ask at once, everything is made once."""

    house: House
    _gathered: Gathered | None = None
    _page: Answer | None = None
    _until: float = 0.0
    _gate: BoundedSemaphore = field(default_factory=BoundedSemaphore)

    def people(self) -> Gathered:
        """Who is listed."""
        with self._gate:
            return self._fresh()

    def page(self, draw: Callable[[dict[str, Any]], Answer]) -> Answer:
        """The document as it is drawn, which is the same for everybody."""
        with self._gate:
            document = self._fresh().document
            if self._page is None:
                self._page = draw(document)
            return self._page

    def _fresh(self) -> Gathered:
        if self._gathered is None or self.house.clock.monotonic() >= self._until:
            self._gathered, self._page = self._gather(), None
            self._until = self.house.clock.monotonic() + FRESH
        return self._gathered

    def _gather(self) -> Gathered:
        album, monitored, register = Album(), 0, self.house.register
        for number, user in enumerate(dict.fromkeys((*register.subjects, *self.house.board.users())), 1):
            subject = register.subject(user)
            if listed(subject):
                presence = self.house.known(user)
                album.add(subject, presence)
                monitored += is_there(subject, presence)
            if number % SLICE == 0:
                gevent.sleep(TURN)
        gathered = Gathered(album.document(), monitored)
        gevent.sleep(TURN)
        return gathered
