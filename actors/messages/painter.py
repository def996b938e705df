"""Messages to the Painter (actors/painter.py)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """The user's page wishes for the colours of the first of these images that can be had; empty for none any more."""

    user: str
    images: tuple[str, ...]
