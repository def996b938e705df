"""Gathering: who is there now, for the landing page as it is first shown; put together in slices, kept for a second."""

from dataclasses import dataclass, field
from typing import Any

import gevent

from actors.house import House
from web.pages.people import Album

SLICE = 64
"""Users that are looked at before the hub gets its turn."""

FRESH = 1.0
"""Seconds for which an answer serves whoever comes after."""


@dataclass(slots=True)
class Gathering:
    """May wait: for greenlets of requests."""

    house: House
    _people: list[dict[str, Any]] = field(default_factory=list)
    _until: float = 0.0

    def people(self) -> list[dict[str, Any]]:
        """Documents as web/pages/people.py says, by name. Only whoever somebody speaks of is looked at."""
        if self.house.clock.monotonic() >= self._until:
            self._people = self._gather()
            self._until = self.house.clock.monotonic() + FRESH
        return self._people

    def _gather(self) -> list[dict[str, Any]]:
        album = Album()
        for number, user in enumerate(list(self.house.board.users()), 1):
            album.add(self.house.register.subject(user), self.house.known(user))
            if number % SLICE == 0:
                gevent.sleep(0)
        return album.people()
