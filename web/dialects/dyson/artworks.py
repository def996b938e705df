"""DysonNetwork's artwork: images uploaded for activities to refer to by their hash (spec/dyson.md section 11)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any, Protocol

import orjson
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import parse_form_data
from werkzeug.http import parse_range_header

from actors.artworks import LARGEST, MOST_EACH, Artwork
from actors.clock import Clock
from actors.errors import Malformed, Overrun, Refused
from web.dialects.dyson import refusals
from web.dialects.dyson.addresses import ARTWORKS
from web.dialects.dyson.requests import Invalid, artworks_in, digest_in
from web.pictures.recent import Recent
from web.routing import Route
from web.views import Answer, Request

MOUNTS = ("/api", "/pass", "/passport", "/pass/api", "/passport/api")
"""Where the service is: itself, and through its gateway in 2025 and since 2026-03."""

BODY = LARGEST + 64 * 1024
"""Bytes of an upload: the image, and what a form puts around it."""

REMEMBERED, REMEMBERED_SECONDS = 16 * LARGEST, 3600.0
"""Bytes of images that are kept in memory, and for how long."""

_PARTS = 16
_SAFE = (
    ("Cache-Control", "public, max-age=31536000, immutable"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ("X-Content-Type-Options", "nosniff"),
    ("Access-Control-Allow-Origin", "*"),
    ("Accept-Ranges", "bytes"),
)


class ArtworkShelf(Protocol):
    """Where artwork is kept (storage/); raises Unavailable when that is away."""

    def add_artwork(self, artwork: Artwork, account: str, /) -> None:
        """Keep an image. Refused with `too-many-artworks`."""

    def artwork(self, digest: str, /) -> Artwork | None:
        """The image of this digest."""

    def refer_to_artworks(self, digests: Sequence[str], /) -> frozenset[str]:
        """Which of these there are; from now on they are kept a while longer."""


class Judge(Protocol):
    """Who looks at images where they can do no harm (web/pictures)."""

    def media_type(self, data: bytes, /) -> str:
        """Malformed or Overrun for what is no image to be shown."""


@dataclass(frozen=True, slots=True)
class Artworks:
    """The views and what they need."""

    shelf: ArtworkShelf
    judge: Judge
    clock: Clock
    prefix: str = ""
    recent: Recent[str, Artwork] = field(default_factory=lambda: Recent(REMEMBERED))

    def routes(self, uploader: Callable[[Request], str]) -> tuple[Route, ...]:
        """`uploader` gives the account of whoever may upload, or refuses."""
        return tuple(
            route
            for mount in MOUNTS
            for route in (
                Route("POST", f"{mount}/presence/artworks", lambda request: self.post(request, uploader), body=BODY),
                Route("GET", f"{mount}/presence/artworks/<hash>", self.get),
            )
        )

    def post(self, request: Request, uploader: Callable[[Request], str]) -> Answer:
        """One image in the form's field `file`; "same bytes, same row"."""
        account = uploader(request)
        data = _file_in(request)
        artwork = Artwork(sha256(data).hexdigest(), self._judged(data), data)
        try:
            self.shelf.add_artwork(artwork, account)
        except Refused:
            raise _failed(f"At most {MOST_EACH} images of an account are kept.") from None
        name = f"sha256:{artwork.digest}"
        address = f"{self.prefix}{ARTWORKS}{name}"
        document = {"hash": name, "mime_type": artwork.media_type, "size": len(data), "url": address}
        return Answer(orjson.dumps(document), 200, refusals.JSON)

    def get(self, request: Request) -> Answer:
        """The bytes as they came, "with range support"; what they are called was found out, and not said by anybody."""
        artwork = self._find(digest_in(request.path["hash"]))
        tag = f'"{artwork.digest}"'
        fields = (*_SAFE, ("ETag", tag))
        if tag in (request.header("IF_NONE_MATCH") or ""):
            return Answer(status=304, content_type=artwork.media_type, headers=fields)
        if request.header("IF_RANGE") in {None, tag}:
            return _ranged(artwork, request.header("RANGE"), fields)
        return Answer(artwork.data, 200, artwork.media_type, fields)

    def check(self, content: Mapping[str, Any]) -> None:
        """Section 6: a hash that an activity names must be known."""
        wanted = artworks_in(content)
        known = self.shelf.refer_to_artworks(tuple(wanted.values())) if wanted else frozenset()
        for name, digest in wanted.items():
            if digest not in known:
                raise Invalid(name, "Artwork not found.", "artwork-not-found")

    def _find(self, digest: str) -> Artwork:
        """From memory, or else from storage, whose one thread has other things to do than to read it each time."""
        now = self.clock.monotonic()
        artwork = self.recent.get(digest, now) or self.shelf.artwork(digest)
        if artwork is None:
            raise Refused("unknown-artwork")
        self.recent.put(digest, artwork, len(artwork.data), now + REMEMBERED_SECONDS)
        return artwork

    def _judged(self, data: bytes) -> str:
        if not data or len(data) > LARGEST:
            raise _failed(f"An image has 1 to {LARGEST:,} bytes.")
        try:
            return self.judge.media_type(data)
        except Malformed:
            raise _failed("This is no PNG, JPEG, GIF or WebP image.") from None
        except Overrun as overrun:
            if overrun.code == "too-many-images":
                raise
            raise _failed("This image is too large to be drawn.") from None


def _file_in(request: Request) -> bytes:
    """The bytes of the field `file`, which must be called an image."""
    try:
        _, _, files = parse_form_data(
            request.environ, stream_factory=_in_memory, max_form_memory_size=LARGEST, max_form_parts=_PARTS
        )
    except HTTPException:
        raise _failed("The form is too large.") from None
    file = files.get("file")
    if file is None:
        raise _failed("The form has no file in the field 'file'.")
    if not file.mimetype.startswith("image/"):
        raise _failed("The file's content type must be image/*.")
    data: bytes = file.read()
    return data


def _in_memory(*_: object, **__: object) -> BytesIO:
    """Where a part is put: werkzeug's own way makes a file of what is larger than half a megabyte."""
    return BytesIO()


def _ranged(artwork: Artwork, asked: str | None, fields: tuple[tuple[str, str], ...]) -> Answer:
    """RFC 9110 section 14: one range; of several, and of units that nobody knows, the whole."""
    size = len(artwork.data)
    ranges = parse_range_header(asked)
    if ranges is None or ranges.units != "bytes" or len(ranges.ranges) != 1:
        return Answer(artwork.data, 200, artwork.media_type, fields)
    part = ranges.range_for_length(size)
    if part is None:
        return Answer(b"", 416, artwork.media_type, (*fields, ("Content-Range", f"bytes */{size}")))
    begin, end = part
    content_range = ("Content-Range", f"bytes {begin}-{end - 1}/{size}")
    return Answer(artwork.data[begin:end], 206, artwork.media_type, (*fields, content_range))


def _failed(sentence: str) -> Invalid:
    return Invalid("file", sentence, "artwork-upload-failed")
