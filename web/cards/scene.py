"""Scene: what a card is drawn with, beside the face. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from web.cards.options import Options

Art = Mapping[str, str]
"""Address of a picture -> its `data:` URL; what is missing could not be had."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What was asked for, the pictures that there are, and the time in seconds since the epoch."""

    options: Options
    art: Art
    now: float

    def picture(self, address: str | None) -> str | None:
        """The picture of this address, where there is one."""
        return self.art.get(address) if address else None
