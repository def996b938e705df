"""Windows: every way from here to the world outside, opened under the settings and closed together."""

from dataclasses import dataclass

from actors.clock import Clock
from actors.settings import Settings
from actors.upstream.discord_native import CDN
from web.cards.gallery import Gallery
from web.dialects.dyson.addresses import Kept, OwnArtworks, artworks_at
from web.outgoing import Allowed, Client, Rerouted
from web.pictures import Album, Studio
from web.site import Outside


@dataclass(frozen=True, slots=True)
class Windows:
    """The ways to the world outside: what users name, images of strangers and of Discord's CDN, the relay's own."""

    client: Client
    relay: Client
    studio: Studio
    album: Album
    outside: Outside

    @classmethod
    def open(cls, settings: Settings, clock: Clock, kept: Kept) -> "Windows":
        """Under these settings; `kept` has what was uploaded here."""
        client = Client(Allowed.read(settings.outgoing.allow_private_hosts), clock)
        studio, rerouted = Studio(clock), Rerouted(client, {CDN: settings.discord.cdn_base})
        album = Album(OwnArtworks(rerouted, kept, artworks_at(settings)), studio, clock)
        relay = Client(Allowed.read(settings.relay.allow_private_hosts), clock)
        return cls(client, relay, studio, album, Outside(Gallery(album, clock), rerouted.fetch, studio))

    def close(self) -> None:
        """Fetch nothing any more, and end the threads."""
        self.outside.gallery.close()
        self.client.close()
        self.relay.close()
        self.studio.close()
