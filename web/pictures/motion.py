"""What moves: an animation from a stranger, decoded frame by frame within limits, and made anew. Pure, but slow.

As picture.py, whose limits hold for each frame, for the threads of a Studio.
"""

import io
from collections.abc import Iterator
from itertools import count

from PIL import Image

from actors.errors import Malformed, Overrun
from web.pictures.picture import Picture, judged

KINDS = frozenset({"GIF", "PNG", "WEBP"})
MOST_FRAMES = 240
MOST_PIXELS = 16_000_000
"""Of all frames together."""
MOST_BYTES = 256 * 1024
"""Of what is made of it: it goes along in every card."""
SHORTEST_MS, USUAL_MS, LONGEST_MS = 20, 100, 60_000
"""Of a frame. What asks for less than the shortest is shown as long as usual, as browsers do."""


def moving(data: bytes, side: int) -> Picture:
    """The animation within side x side pixels, for ever, as WebP.

    Malformed: `no-image`, or `no-motion` of what has but one frame. Overrun: as picture.verify, `too-many-frames`, or
    `too-large` of what would be heavier than MOST_BYTES.
    """
    return judged(data, lambda image: _made_anew(image, side))


def _made_anew(image: Image.Image, side: int) -> Picture:
    frames = list(_frames(image, side)) if image.format in KINDS else []
    if len(frames) < 2:
        raise Malformed("no-motion")
    (first, _), *rest = frames
    written = io.BytesIO()
    first.save(
        written,
        "WEBP",
        save_all=True,
        append_images=[frame for frame, _ in rest],
        duration=[duration for _, duration in frames],
        loop=0,
        quality=75,
        method=1,
    )
    if written.tell() > MOST_BYTES:
        raise Overrun("too-large")
    return Picture("image/webp", first.width, first.height, written.getvalue())


def _frames(image: Image.Image, side: int) -> Iterator[tuple[Image.Image, int]]:
    """Each frame as it is seen, and how long, in milliseconds."""
    # An APNG may hold a still, for those who show no motion, that is none of its frames.
    first = 1 if getattr(image, "default_image", False) else 0
    pixels = 0
    for number in count(first):
        try:
            image.seek(number)
        except EOFError:
            return
        pixels += image.width * image.height
        if number - first >= MOST_FRAMES or pixels > MOST_PIXELS:
            raise Overrun("too-many-frames")
        frame = image.convert("RGBA")
        frame.thumbnail((side, side))
        frame.info.clear()
        yield frame, _duration(image)


def _duration(image: Image.Image) -> int:
    asked = image.info.get("duration", 0)
    return min(int(asked), LONGEST_MS) if asked >= SHORTEST_MS else USUAL_MS
