"""What an image from a stranger is: measured by its header, decoded within limits, and made anew. Pure, but slow.

Meant for the threads of a Studio: Pillow gives the interpreter back while it decodes and encodes.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PIL import Image

from actors.errors import HouseError, Malformed, Overrun

MOST_PIXELS = {"PNG": 10_000_000, "JPEG": 10_000_000, "GIF": 10_000_000, "WEBP": 4_200_000}
"""By kind, and no other kind is read. WebP's decoder keeps the interpreter to itself: 4 ms for a million pixels."""
LONGEST_SIDE = 8_192
MOST_SCANS = 64
"""A progressive JPEG is drawn once for each scan; a hostile one has thousands in a few kilobytes."""
LARGEST = 512
"""Pixels of the longer side of what is made of it."""
THUMBNAIL_BYTES = 32 * 1024
"""What a thumbnail may weigh in all its colours."""
COLOURS = 5

_SCAN = b"\xff\xda"
_SMALL = 64
_OPAQUE = 128

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Picture:
    """An image made anew from its pixels, of the first frame but for motion.py: no metadata, nothing appended."""

    kind: str
    """Its media type: `image/png` where something shines through, else `image/jpeg`; `image/webp` if it moves."""
    width: int
    height: int
    data: bytes


def verify(data: bytes) -> Picture:
    """The picture that these bytes show, at most LARGEST wide and high.

    Malformed: `no-image`. Overrun: `too-many-pixels` or `too-many-scans`.
    """
    return judged(data, _made_anew)


def media_type(data: bytes) -> str:
    """`image/png` and its like of an image whose first frame can be drawn; fails as `verify` does."""
    return judged(data, _drawn)


def thumbnail(data: bytes, side: int) -> Picture:
    """The same within side x side pixels, for a place where it is small. Fails as `verify` does."""
    return judged(data, lambda image: _made_small(image, side))


def palette(data: bytes) -> tuple[str, ...]:
    """Up to COLOURS different colours as `#rrggbb`, the most frequent first; none where all is transparent.

    Fails as `verify` does.
    """
    return judged(data, _colours)


def judged(data: bytes, work: Callable[[Image.Image], Result]) -> Result:
    """What the work makes of the image, which is within the limits; fails as `verify` does."""
    if data.startswith(b"\xff\xd8") and data.count(_SCAN) > MOST_SCANS:
        raise Overrun("too-many-scans")
    try:
        with Image.open(io.BytesIO(data), formats=tuple(MOST_PIXELS)) as image:
            _measure(image)
            return work(image)
    except HouseError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Overrun("too-many-pixels") from None
    except Exception:  # noqa: BLE001 - a decoder fails in many ways, and each of them says the same of the image
        raise Malformed("no-image") from None


def _measure(image: Image.Image) -> None:
    """By the header: nothing is decoded yet."""
    # A JPEG that holds several calls itself MPO.
    most = MOST_PIXELS.get(image.format or "", MOST_PIXELS["JPEG"])
    if image.width * image.height > most or max(image.size) > LONGEST_SIDE:
        raise Overrun("too-many-pixels")


def _drawn(image: Image.Image) -> str:
    image.load()
    # A JPEG that holds several calls itself MPO; every browser draws the first.
    return f"image/{(image.format or '').lower().replace('mpo', 'jpeg')}"


def _made_anew(image: Image.Image) -> Picture:
    return _written(_shrunk(image, LARGEST))


def _made_small(image: Image.Image, side: int) -> Picture:
    small = _shrunk(image, side)
    made = _written(small, 85)
    # A photograph that something shines through is heavy as PNG: it makes do with few colours then.
    return _written(small.quantize(256, Image.Quantize.FASTOCTREE)) if len(made.data) > THUMBNAIL_BYTES else made


def _written(small: Image.Image, quality: int = 90) -> Picture:
    opaque = small.mode == "RGBA" and small.getchannel("A").getextrema()[0] == 255
    kind, options = ("JPEG", {"quality": quality}) if opaque else ("PNG", {})
    written = io.BytesIO()
    (small.convert("RGB") if opaque else small).save(written, kind, **options)
    return Picture(f"image/{kind.lower()}", small.width, small.height, written.getvalue())


def _colours(image: Image.Image) -> tuple[str, ...]:
    small = _shrunk(image, _SMALL)
    raw = small.tobytes()
    pixels = [raw[place : place + 3] for place in range(0, len(raw), 4) if raw[place + 3] >= _OPAQUE]
    if not pixels:
        return ()
    few = Image.frombytes("RGB", (len(pixels), 1), b"".join(pixels)).quantize(COLOURS, Image.Quantize.MEDIANCUT)
    table = few.getpalette() or []
    counted = sorted(few.getcolors() or [], key=lambda entry: -entry[0])
    names = (f"#{bytes(table[3 * index : 3 * index + 3]).hex()}" for _, index in counted)  # type: ignore[operator]  # "P": int
    return tuple(dict.fromkeys(names))


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    """The first frame as RGBA within side x side pixels."""
    image.draft("RGB", (side, side))  # a JPEG is then decoded at a fraction of its size
    image.load()
    small = image if image.mode in {"L", "RGB", "RGBA"} else image.convert("RGBA")
    if max(small.size) > 4 * side:
        small = small.reduce(max(small.size) // (2 * side))
    small = small.convert("RGBA")
    small.thumbnail((side, side))
    small.info.clear()  # comments, profiles and positions, which saving would take over
    return small
