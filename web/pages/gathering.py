"""Gathering: who is listed, for the landing page as it is first shown; put together in slices, kept for a second."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore

from actors.house import House
from web.pages.people import Album
from web.views import Answer

SLICE = 64
"""Users that are looked at before the hub gets its turn."""

TURN = 0.0001
"""Seconds of the hub's turn. With none, gevent would look at its sockets after fifty slices only."""

FRESH = 1.0
"""Seconds for which an answer serves whoever comes after."""


@dataclass(slots=True)
class Gathering:
    """May wait: for greenlets of requests. However many ask at once, everything is made once."""

    house: House
    _document: dict[str, Any] = field(default_factory=dict)
    _page: Answer | None = None
    _until: float = 0.0
    _gate: BoundedSemaphore = field(default_factory=BoundedSemaphore)

    def document(self) -> dict[str, Any]:
        """The first event of web/pages/people.py."""
        with self._gate:
            return self._fresh()

    def page(self, draw: Callable[[dict[str, Any]], Answer]) -> Answer:
        """The document as it is drawn, which is the same for everybody."""
        with self._gate:
            document = self._fresh()
            if self._page is None:
                self._page = draw(document)
            return self._page

    def _fresh(self) -> dict[str, Any]:
        if self.house.clock.monotonic() >= self._until:
            self._document, self._page = self._gather(), None
            self._until = self.house.clock.monotonic() + FRESH
        return self._document

    def _gather(self) -> dict[str, Any]:
        album = Album()
        listed = [subject for subject in self.house.register.subjects.values() if subject.listed]
        for number, subject in enumerate(listed, 1):
            album.add(subject, self.house.known(subject.id))
            if number % SLICE == 0:
                gevent.sleep(TURN)
        document = album.document()
        gevent.sleep(TURN)
        return document
