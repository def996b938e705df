"""Gathering: who is listed, for the landing page as it is first shown; put together in slices, kept for a second."""

from dataclasses import dataclass, field
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore

from actors.house import House
from web.pages.people import Album

SLICE = 64
"""Users that are looked at before the hub gets its turn."""

TURN = 0.0001
"""Seconds of the hub's turn. With none, gevent would look at its sockets after fifty slices only."""

FRESH = 1.0
"""Seconds for which an answer serves whoever comes after."""


@dataclass(slots=True)
class Gathering:
    """May wait: for greenlets of requests."""

    house: House
    _gathered: dict[str, Any] = field(default_factory=dict)
    _until: float = 0.0
    _gate: BoundedSemaphore = field(default_factory=BoundedSemaphore)

    def document(self) -> dict[str, Any]:
        """The first event of web/pages/people.py. However many ask at once, it is put together once."""
        with self._gate:
            if self.house.clock.monotonic() >= self._until:
                self._gathered = self._gather()
                self._until = self.house.clock.monotonic() + FRESH
            return self._gathered

    def _gather(self) -> dict[str, Any]:
        album = Album()
        listed = [subject for subject in self.house.register.subjects.values() if subject.listed]
        for number, subject in enumerate(listed, 1):
            album.add(subject, self.house.known(subject.id))
            if number % SLICE == 0:
                gevent.sleep(TURN)
        return album.document()
