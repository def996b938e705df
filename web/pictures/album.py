"""Album: what came of an image by its address, fetched once and remembered for a while, failures too."""

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import sha256
from typing import Generic, Protocol, TypeVar
from urllib.parse import unquote_to_bytes

from gevent.event import AsyncResult

from actors.clock import Clock
from actors.errors import HouseError, Malformed, Overrun, Unavailable
from web.outgoing import IMAGE, FetchLimits, Response
from web.pictures.picture import Picture
from web.pictures.recent import Recent
from web.pictures.studio import Studio

KEPT_SECONDS = 3600.0
FAILURE_KEPT_SECONDS = 300.0
PICTURE_BYTES = 32 * 1024 * 1024
PALETTES = 10_000

Result = TypeVar("Result")


class Fetching(Protocol):
    """A Client, or what stands before one (web/outgoing)."""

    def fetch(self, method: str, url: str, *, headers: Mapping[str, str], limits: FetchLimits) -> Response:
        """See Client.fetch."""


class Album:
    """For greenlets that may wait; who asks for what is being fetched waits for the same fetch."""

    def __init__(self, client: Fetching, studio: Studio, clock: Clock) -> None:
        self._client = client
        self._pictures = _Page(clock, PICTURE_BYTES, studio.verify, lambda picture: len(picture.data))
        self._small: dict[tuple[int, bool], _Page[Picture]] = {}
        self._clock = clock
        self._studio = studio
        self._palettes = _Page(clock, PALETTES, studio.palette, lambda _: 1)

    def picture(self, url: str) -> Picture:
        """The image at this `https:` or `data:` URL; any HouseError of Client.fetch and picture.verify."""
        return self._pictures.look(url, self._fetch)

    def thumbnail(self, url: str, side: int, *, moving: bool = False) -> Picture:
        """The same within side x side pixels, of which there should be few kinds; fails as `picture` does.

        With `moving` all its frames, and whatever motion.moving fails with.
        """
        return self._page(side, moving).look(url, self._fetch)

    def thumbnail_known(self, url: str, side: int, *, moving: bool = False) -> Picture | HouseError | None:
        """What `thumbnail` would say at once; None where it would have to ask."""
        return self._page(side, moving).known(url)

    def palette(self, url: str) -> tuple[str, ...]:
        """Its colours as picture.palette has them; fails as `picture` does."""
        return self._palettes.look(url, self._fetch)

    def _page(self, side: int, moving: bool) -> "_Page[Picture]":
        page = self._small.get((side, moving))
        if page is None:
            look = partial(self._studio.moving if moving else self._studio.thumbnail, side=side)
            page = _Page(self._clock, PICTURE_BYTES, look, lambda picture: len(picture.data))
            self._small[side, moving] = page
        return page

    def _fetch(self, url: str) -> bytes:
        if url[:5].lower() == "data:":
            return _inline(url)
        answer = self._client.fetch("GET", url, headers={"Accept": "image/*"}, limits=IMAGE)
        if answer.status != 200:
            raise Unavailable("no-image-there")
        return answer.body


class _Page(Generic[Result]):
    """One kind of result by address."""

    def __init__(
        self, clock: Clock, most: int, look: Callable[[bytes], Result], weight: Callable[[Result], int]
    ) -> None:
        self._clock = clock
        self._look = look
        self._weight = weight
        self._known: Recent[bytes, Result | HouseError] = Recent(most)
        self._under_way: dict[bytes, AsyncResult] = {}

    def look(self, url: str, fetch: Callable[[str], bytes]) -> Result:
        known = self.known(url)
        if known is None:
            key = _key(url)
            waiting = self._under_way.get(key)
            known = waiting.get() if waiting is not None else self._find(key, url, fetch)
        if isinstance(known, HouseError):
            raise type(known)(known.code)
        return known

    def known(self, url: str) -> Result | HouseError | None:
        return self._known.get(_key(url), self._clock.monotonic())

    def _find(self, key: bytes, url: str, fetch: Callable[[str], bytes]) -> Result | HouseError:
        found: Result | HouseError = Unavailable("unreachable")
        waiting = self._under_way[key] = AsyncResult()
        try:
            found = self._look(fetch(url))
            self._known.put(key, found, self._weight(found), self._clock.monotonic() + KEPT_SECONDS)
        except HouseError as failure:
            found = type(failure)(failure.code)
            self._known.put(key, found, 1, self._clock.monotonic() + FAILURE_KEPT_SECONDS)
        finally:
            del self._under_way[key]
            waiting.set(found)
        return found


def _key(url: str) -> bytes:
    return sha256(url.encode("utf-8", "surrogatepass")).digest()


def _inline(url: str) -> bytes:
    """The bytes of a data URL (RFC 2397)."""
    head, comma, text = url.partition(",")
    if not comma:
        raise Malformed("bad-url")
    if len(text) > 3 * IMAGE.body_bytes:
        raise Overrun("too-large")
    data = unquote_to_bytes(text)
    if not head.lower().endswith(";base64"):
        return data
    try:
        return base64.b64decode(data, validate=False)
    except binascii.Error:
        raise Malformed("bad-url") from None
