"""Gallery: the art of cards as `data:` URLs, as far as it can be had within a moment."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

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

NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Piece:
    """One picture in one size."""

    url: str
    side: int
    moves: bool = False


class Gallery:
    """For greenlets of requests. What cannot be had is left out, and the card has its own drawing there."""

    def __init__(self, album: Album, clock: Clock) -> None:
        self._album = album
        self._clock = clock
        self._pool = Pool(AT_ONCE)
        self._under_way: dict[_Piece, gevent.Greenlet] = {}

    def hang(self, wanted: Mapping[str, int], moving: Mapping[str, int] = NOTHING) -> dict[str, str]:
        """Of these addresses, each with the side in pixels that it is needed in, those that could be had.

        Of `moving` are those that really move.
        """
        pieces = [_Piece(url, side) for url, side in wanted.items()]
        pieces += [_Piece(url, side, moves=True) for url, side in moving.items()]
        waiting = [each for each in map(self._fetching, pieces) if each is not None]
        if waiting:
            self._wait(waiting)
        known = ((piece.url, self._known(piece)) for piece in pieces)
        return {url: _data_url(found) for url, found in known if isinstance(found, Picture)}

    def close(self) -> None:
        """Fetch nothing any more."""
        self._pool.kill()

    def _known(self, piece: _Piece) -> Picture | HouseError | None:
        return self._album.thumbnail_known(piece.url, piece.side, moving=piece.moves)

    def _fetching(self, piece: _Piece) -> gevent.Greenlet | None:
        """Who fetches it; None where it is known already, or where too many are fetched."""
        if self._known(piece) is not None:
            return None
        fetching = self._under_way.get(piece)
        if fetching is None and not self._pool.full():
            fetching = self._under_way[piece] = self._pool.spawn(self._fetch, piece)
        return fetching

    def _fetch(self, piece: _Piece) -> None:
        """In a greenlet of its own; what came of it, also a failure, is in the album."""
        try:
            self._album.thumbnail(piece.url, piece.side, moving=piece.moves)
        except HouseError:
            return
        finally:
            del self._under_way[piece]

    def _wait(self, waiting: list[gevent.Greenlet]) -> None:
        try:
            with Deadline(self._clock, MOMENT):
                gevent.joinall(waiting)
        except Overrun:
            return  # the card goes out without what is still on its way


def _data_url(picture: Picture) -> str:
    return f"data:{picture.kind};base64,{base64.b64encode(picture.data).decode()}"
