"""How it looks from outside: create_app(house) hangs up every dialect's routes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from actors.house import House
from actors.runtime import Address
from actors.settings import Settings
from web import errors
from web.bodies import LargeBodies
from web.cards.answers import Cards
from web.cards.gallery import Gallery
from web.dialects.discord import routes as shared
from web.dialects.discord.finding import Finding
from web.dialects.discord.keeping import Keeping
from web.dialects.discord.root import Root
from web.dialects.dyson import routes as dyson
from web.dialects.dyson.artworks import Artworks, ArtworkShelf, Judge
from web.dialects.dyson.documents import DEPLOYED, DOCUMENTED
from web.dialects.dyson.socket import Packets
from web.dialects.heartbeat import routes as heartbeat
from web.dialects.lantern import codec as lantern_codec
from web.dialects.lantern import routes as lantern
from web.dialects.lantern import wires as lantern_wires
from web.dialects.lantern.storage import LanternStorage
from web.dialects.lanyard import codec as lanyard_codec
from web.dialects.lanyard import routes as lanyard
from web.dialects.lanyard import wires as lanyard_wires
from web.dialects.lanyard.keyvalues import LanyardKeyValues
from web.dialects.lanyard.quicklinks import Fetch, Quicklinks
from web.dialects.native import problems as native_problems
from web.dialects.native.callers import Callers as OwnCallers
from web.dialects.native.challenge import Challenger
from web.dialects.native.replays import Replays
from web.dialects.native.routes import Native
from web.dialects.native.webhooks import Kept, Webhooks
from web.dialects.presenti import codec as presenti_codec
from web.dialects.presenti import routes as presenti
from web.dialects.presenti.accounts import Accounts
from web.dialects.presenti.callers import Callers
from web.dialects.presenti.links import Links
from web.dialects.presenti.signing import Signing
from web.dialects.presenti.transformations import Rules
from web.dialects.relay import routes as relay
from web.front import Front
from web.gate import Gate
from web.listed import Listed
from web.memory import Hasher, Memory
from web.openapi.routes import Docs
from web.operators.callbacks import Callbacks, Morgue
from web.operators.health import Health
from web.operators.registrations import Registrations
from web.operators.upstreams import Upstreams
from web.origins import Cors, Origins
from web.outgoing import Allowed, Client
from web.pages import embed
from web.pages.accounts import AccountPages
from web.pages.embed import Embed
from web.pages.gathering import Gathering
from web.pages.refusals import refusing
from web.pages.routes import Pages
from web.pages.shelf import Shelf
from web.proxies import Proxies
from web.rates import Meter, Wsgi
from web.throttle import Throttle
from web.wall import Wall
from web.words import Words


class Remembered(Memory, dyson.History, ArtworkShelf, heartbeat.Sightings, Morgue, Protocol):
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


def create_app(
    house: House,
    settings: Settings,
    memory: Remembered,
    hasher: Hasher,
    outside: Outside,
    *,
    bodies: LargeBodies | None = None,
    hooks: Hooks | None = None,
    words: Words | None = None,
    fixed: Sequence[Address] = (),
) -> Wsgi:
    """The WSGI application, without webhooks where no `hooks` are.

    `bodies` learns where a request may bring much, `words` who speaks where: the front door asks both. Only while all
    of `fixed` live it says that it is ready.
    """
    proxies = Proxies(settings.web.trusted_proxies)
    front = Front(house, settings.limits, proxies, bodies or LargeBodies(), words or Words())
    wall = Wall(front)
    gate = Gate(house, memory)
    callers = Callers(house, gate, Origins(settings.web.origins, proxies), memory)
    throttle = Throttle(settings.limits.sign_ins_per_minute, 60)
    signing = Signing(house, callers, memory, hasher, throttle, proxies, settings.presenti.registration)
    if settings.dialects.presenti.enabled:
        _hang_presenti(wall, settings, signing)
    _hang_dialects(wall, settings, gate, memory, outside=outside)
    gathering = Gathering(house)
    _hang_pages(wall, settings, signing, gallery=outside.gallery, gathering=gathering)
    if settings.dialects.native.enabled and hooks is not None:
        challenger, replays = Challenger(hooks.client, house.clock), Replays(house.deeds, house.clock)
        webhooks = Webhooks(OwnCallers(gate), hooks.kept, challenger, replays)
        wall.hang(webhooks.routes(), native_problems.refuse, settings.dialects.native.prefix)
    wall.hang(Callbacks(OwnCallers(gate), memory).routes(), native_problems.refuse)
    wall.hang(Health(house, memory, fixed).routes(), errors.refuse)
    wall.hang(Registrations(OwnCallers(gate)).routes(), native_problems.refuse)
    listens = settings.discord.token is not None
    wall.hang(Upstreams(OwnCallers(gate), listens).routes(), native_problems.refuse)
    wall.hang(Docs(front.hung).routes(), errors.refuse)
    _hang_roots(wall, settings, lambda: gathering.people().monitored)
    allowed = settings.limits.requests_per_second
    if not allowed:
        return front
    return Meter(front, allowed, proxies=proxies, words=front.words, monotonic=house.clock.monotonic)


def _hang_presenti(wall: Wall, settings: Settings, signing: Signing) -> None:
    """Put up presenti's routes, its accounts, links and rules among them."""
    callers, memory = signing.callers, signing.memory
    house, gate = callers.house, callers.gate
    wires = presenti_codec.wires(settings.presenti.coalesce_ms / 1000)
    views = presenti.Presenti(house, gate, settings, documented=wires[0], deployed=wires[1])
    cors = Cors(callers.origins)
    accounts = Accounts(house, callers, memory, signing)
    links, rules = Links(house, callers, memory), Rules(house, callers, memory)
    routes = cors.over((*views.routes(), *accounts.routes(), *links.routes(), *rules.routes()))
    wall.hang(routes, cors.refusing(presenti.refuse), settings.dialects.presenti.prefix)


def _hang_pages(
    wall: Wall,
    settings: Settings,
    signing: Signing,
    *,
    gallery: Gallery,
    gathering: Gathering,
) -> None:
    """Put up the pages for people; those of accounts where presenti is spoken, whose accounts they are."""
    shelf, house, spoken = Shelf(), signing.house, settings.dialects.presenti
    callers, memory = signing.callers, signing.memory
    registration = spoken.enabled and settings.presenti.registration
    lantern = settings.dialects.lantern
    asked_at_root = lantern.enabled and not lantern.prefix
    views = Pages(house, shelf, callers.origins, gathering, registration, spoken.enabled, asked_at_root)
    routes = [*shelf.routes(), *views.routes()]
    if spoken.enabled:
        deployed = spoken.wire == "deployed"
        routes += AccountPages(shelf, callers, memory, signing, spoken.prefix, deployed).routes()
    refuse = refusing(shelf)
    wall.hang(routes, refuse)
    builder = Embed(house, lantern, Cards(gallery, house.clock.now), callers.origins)
    wall.hang(builder.routes(), embed.refusing(refuse), "")


def _hang_dialects(wall: Wall, settings: Settings, gate: Gate, records: Remembered, *, outside: Outside) -> None:
    """Put up the routes of every further dialect that is spoken."""
    house, spoken, now = gate.house, settings.dialects, gate.house.clock.now
    if spoken.dyson.enabled:
        artworks = Artworks(records, outside.judge, house.clock, spoken.dyson.prefix)
        packets = Packets(DOCUMENTED, now), Packets(DEPLOYED, now)
        origins = Origins(settings.web.origins, wall.front.proxies)
        dysons = dyson.Dyson(house, gate, records, artworks, spoken.dyson, *packets, origins)
        cors = Cors(origins)
        wall.hang(cors.over(dysons.routes()), cors.refusing(dysons.refuse), spoken.dyson.prefix)
    if spoken.heartbeat.enabled:
        beats = heartbeat.Heartbeat(house, records, wall.front.proxies, Listed(settings.web.origins))
        wall.hang(beats.routes(), heartbeat.refuse, spoken.heartbeat.prefix, own="/subscribe/")
    if spoken.relay.enabled:
        registering = relay.Relay(house, gate, Allowed.read(settings.relay.allow_private_hosts))
        wall.hang(registering.routes(), relay.refuse, spoken.relay.prefix)
    if spoken.native.enabled:
        wall.hang(Native.of(gate).routes(), native_problems.refuse, spoken.native.prefix, own="/v2/")
    finding, keeping = Finding(house), Keeping(house, gate)
    wires_of_lantern, wires_of_lanyard = lantern_wires.wires(now), lanyard_wires.wires(now)
    if spoken.lantern.enabled:
        rest = lantern.Lantern(finding, settings, wires_of_lantern, Cards(outside.gallery, now))
        storages = LanternStorage(finding, keeping)
        wall.hang((*rest.routes(), *storages.routes()), lantern.refuse, spoken.lantern.prefix, own="/api/v1/")
    if spoken.lanyard.enabled:
        readers = lanyard.Lanyard(finding, gate, wires_of_lanyard)
        links, pairs = Quicklinks(finding, outside.fetch), LanyardKeyValues(keeping)
        routes = (*readers.routes(), *links.routes(), *pairs.routes())
        wall.hang(routes, lanyard.refuse, spoken.lanyard.prefix, own="/v1/")
    if spoken.lantern.enabled and spoken.lanyard.enabled:
        wall.hang(shared.Shared(rest, readers).routes(), lantern.refuse)


def _hang_roots(wall: Wall, settings: Settings, monitored: Callable[[], int]) -> None:
    """Put up what Lantern and Lanyard have at `/` where that is not ours, nor the other's or anybody else's."""

    def lanterns(users: int) -> dict[str, Any]:
        return {"data": lantern_codec.monitoring(users)}

    spoken = settings.dialects
    for dialect, worded, origin, refuse in (
        (spoken.lantern, lanterns, lambda _request: lantern.ANY_ORIGIN, lantern.refuse),
        (spoken.lanyard, lanyard_codec.monitoring, lanyard.origin, lanyard.refuse),
    ):
        if dialect.enabled and dialect.prefix:
            taken = {each.rule for each in wall.front.hung if each.route.method == "GET"}
            routes = Root(dialect.prefix, monitored, worded, origin).routes()
            wall.hang((route for route in routes if route.rule not in taken), refuse)
