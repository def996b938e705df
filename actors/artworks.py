"""Artwork: images that were uploaded for activities to refer to by their hash."""

from dataclasses import dataclass

LARGEST = 1024 * 1024
"""Bytes of one image."""

MOST_EACH = 500
"""Images that one account may have uploaded and that are still kept."""


@dataclass(frozen=True, slots=True)
class Artwork:
    """An image as it came; `digest` is its SHA-256 in 64 lower-case hexadecimal digits."""

    digest: str
    media_type: str
    data: bytes
