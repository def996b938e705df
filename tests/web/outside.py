"""A world outside in which nothing can be had."""

from typing import Any

from actors.clock import Clock
from actors.errors import Unavailable
from web.cards.gallery import Gallery
from web.outgoing import Response
from web.pictures import Album, Studio
from web.site import Outside


class Nowhere:
    """In the place of a Client."""

    def fetch(self, _method: str, _url: str, **_options: Any) -> Response:
        raise Unavailable("unreachable")


def nothing_outside(clock: Clock) -> Outside:
    nowhere, studio = Nowhere(), Studio(clock)
    return Outside(Gallery(Album(nowhere, studio, clock), clock), nowhere.fetch, studio)
