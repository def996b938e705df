"""Where uploaded artwork is to be had: its path here, its address for the world, and its bytes for our own cards."""

from collections.abc import Mapping
from typing import Protocol

from actors.artworks import Artwork
from actors.errors import Unavailable
from actors.settings import Settings
from web.dialects.dyson.requests import digest_in
from web.outgoing import FetchLimits, Response
from web.pictures.album import Fetching

ARTWORKS = "/api/presence/artworks/"


class Kept(Protocol):
    """Where artwork is kept (storage/)."""

    def artwork(self, digest: str, /) -> Artwork | None:
        """The image of this digest."""


def artworks_at(settings: Settings) -> str | None:
    """How the address of an artwork begins; None where the world cannot be told one."""
    public, spoken = settings.web.public_url, settings.dialects.dyson
    return f"{public.rstrip('/')}{spoken.prefix}{ARTWORKS}" if public and spoken.enabled else None


class OwnArtworks:
    """A Fetching that has our own artwork without asking ourselves over the network, where we may be unknown."""

    def __init__(self, others: Fetching, kept: Kept, at: str | None) -> None:
        self._others = others
        self._kept = kept
        self._at = at

    def fetch(self, method: str, url: str, *, headers: Mapping[str, str], limits: FetchLimits) -> Response:
        """See Client.fetch."""
        if self._at is None or not url.startswith(self._at):
            return self._others.fetch(method, url, headers=headers, limits=limits)
        artwork = self._kept.artwork(digest_in(url.removeprefix(self._at)))
        if artwork is None:
            raise Unavailable("no-image-there")
        return Response(200, {}, artwork.data)
