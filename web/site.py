"""Site: what the routes of every dialect and page are made of."""

from dataclasses import dataclass
from typing import Protocol

from actors.house import House
from actors.settings import Settings
from web.cards.gallery import Gallery
from web.dialects.dyson.artworks import ArtworkShelf, Judge
from web.dialects.dyson.routes import History
from web.dialects.heartbeat.routes import Sightings
from web.dialects.lanyard.quicklinks import Fetch
from web.dialects.native.webhooks import Kept
from web.dialects.presenti.signing import Signing
from web.gate import Gate
from web.memory import Memory
from web.operators.callbacks import Morgue
from web.outgoing import Client
from web.pages.gathering import Gathering
from web.proxies import Proxies
from web.wall import Wall


class Remembered(Memory, History, ArtworkShelf, Sightings, Morgue, Protocol):
    """What the views read of storage and ask it to keep."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What webhooks need of storage and of the world outside."""

    kept: Kept
    client: Client


@dataclass(frozen=True, slots=True)
class Outside:
    """What the views see of the world: art for cards, Discord's CDN, and who judges what strangers upload."""

    gallery: Gallery
    fetch: Fetch
    judge: Judge


@dataclass(frozen=True, slots=True)
class Site:
    """One application's parts, and the wall its routes hang on."""

    house: House
    settings: Settings
    memory: Remembered
    outside: Outside
    hooks: Hooks | None
    """None: webhooks are not spoken of."""
    gate: Gate
    proxies: Proxies
    signing: Signing
    gathering: Gathering
    wall: Wall
