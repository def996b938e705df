"""Gallery: the art of cards as `data:` URLs, as far as it can be had within a moment."""

import base64
from collections.abc import Mapping

import gevent
from gevent.pool import Pool

from actors.clock import Clock
from actors.errors import HouseError, Overrun
from web.deadline import Deadline
from web.pictures import Album, Picture

MOMENT = 0.8
"""Seconds that a card waits for all its art together. What comes later is there for the next one."""
AT_ONCE = 64
"""Pictures that are fetched together; while there are so many, further ones are not even begun."""


class Gallery:
    """For greenlets of requests. What cannot be had is left out, and the card has its own drawing there."""

    def __init__(self, album: Album, clock: Clock) -> None:
        self._album = album
        self._clock = clock
        self._pool = Pool(AT_ONCE)
        self._under_way: dict[tuple[str, int], gevent.Greenlet] = {}

    def hang(self, wanted: Mapping[str, int]) -> dict[str, str]:
        """Of these addresses, each with the side in pixels that it is needed in, those that could be had."""
        fetched = [self._fetching(url, side) for url, side in wanted.items()]
        waiting = [each for each in fetched if each is not None]
        if waiting:
            self._wait(waiting)
        known = ((url, self._album.thumbnail_known(url, side)) for url, side in wanted.items())
        return {url: _data_url(found) for url, found in known if isinstance(found, Picture)}

    def close(self) -> None:
        """Fetch nothing any more."""
        self._pool.kill()

    def _fetching(self, url: str, side: int) -> gevent.Greenlet | None:
        """Who fetches it; None where it is known already, or where too many are fetched."""
        if self._album.thumbnail_known(url, side) is not None:
            return None
        key = url, side
        fetching = self._under_way.get(key)
        if fetching is None and not self._pool.full():
            fetching = self._under_way[key] = self._pool.spawn(self._fetch, url, side)
        return fetching

    def _fetch(self, url: str, side: int) -> None:
        """In a greenlet of its own; what came of it, also a failure, is in the album."""
        try:
            self._album.thumbnail(url, side)
        except HouseError:
            return
        finally:
            del self._under_way[url, side]

    def _wait(self, waiting: list[gevent.Greenlet]) -> None:
        try:
            with Deadline(self._clock, MOMENT):
                gevent.joinall(waiting)
        except Overrun:
            return  # the card goes out without what is still on its way


def _data_url(picture: Picture) -> str:
    return f"data:{picture.kind};base64,{base64.b64encode(picture.data).decode()}"
