"""Hangs up the routes of each dialect that is spoken, and of the pages. A new dialect is a function here."""

from typing import Any

from web.cards.answers import Cards
from web.dialects.discord.finding import Finding
from web.dialects.discord.keeping import Keeping
from web.dialects.discord.root import Root
from web.dialects.discord.routes import Shared
from web.dialects.dyson import routes as dyson
from web.dialects.dyson.artworks import Artworks
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
from web.dialects.lanyard.quicklinks import Quicklinks
from web.dialects.native import problems as native_problems
from web.dialects.native.callers import Callers as OwnCallers
from web.dialects.native.challenge import Challenger
from web.dialects.native.replays import Replays
from web.dialects.native.routes import Native
from web.dialects.native.webhooks import Webhooks
from web.dialects.presenti import codec as presenti_codec
from web.dialects.presenti import routes as presenti
from web.dialects.presenti.accounts import Accounts
from web.dialects.presenti.links import Links
from web.dialects.presenti.transformations import Rules
from web.dialects.relay import routes as relay
from web.listed import Listed
from web.origins import Cors, Origins
from web.outgoing import Allowed
from web.pages import embed
from web.pages.accounts import AccountPages
from web.pages.embed import Embed
from web.pages.refusals import refusing
from web.pages.routes import Pages
from web.pages.shelf import Shelf
from web.site import Site


def hang_dialects(site: Site) -> None:
    """Put up every dialect that is spoken."""
    spoken = site.settings.dialects
    if spoken.presenti.enabled:
        _hang_presenti(site)
    if spoken.dyson.enabled:
        _hang_dyson(site)
    if spoken.heartbeat.enabled:
        _hang_heartbeat(site)
    if spoken.relay.enabled:
        _hang_relay(site)
    if spoken.native.enabled:
        _hang_native(site)
    _hang_lantern_and_lanyard(site)


def _hang_presenti(site: Site) -> None:
    """Its accounts, links and rules too."""
    house, memory, callers, settings = site.house, site.memory, site.signing.callers, site.settings
    documented, deployed = presenti_codec.wires(settings.presenti.coalesce_ms / 1000)
    views = presenti.Presenti(house, site.gate, settings, documented=documented, deployed=deployed)
    accounts = Accounts(house, callers, memory, site.signing)
    links, rules = Links(house, callers, memory), Rules(house, callers, memory)
    cors = Cors(callers.origins)
    routes = cors.over((*views.routes(), *accounts.routes(), *links.routes(), *rules.routes()))
    site.wall.hang(routes, cors.refusing(presenti.refuse), settings.dialects.presenti.prefix)


def _hang_dyson(site: Site) -> None:
    house, spoken, now = site.house, site.settings.dialects.dyson, site.house.clock.now
    artworks = Artworks(site.memory, site.outside.judge, house.clock, spoken.prefix)
    packets = Packets(DOCUMENTED, now), Packets(DEPLOYED, now)
    origins = Origins(site.settings.web.origins, site.proxies)
    views = dyson.Dyson(house, site.gate, site.memory, artworks, spoken, *packets, origins)
    cors = Cors(origins)
    site.wall.hang(cors.over(views.routes()), cors.refusing(views.refuse), spoken.prefix)


def _hang_heartbeat(site: Site) -> None:
    views = heartbeat.Heartbeat(site.house, site.memory, site.proxies, Listed(site.settings.web.origins))
    site.wall.hang(views.routes(), heartbeat.refuse, site.settings.dialects.heartbeat.prefix, own="/subscribe/")


def _hang_relay(site: Site) -> None:
    views = relay.Relay(site.house, site.gate, Allowed.read(site.settings.relay.allow_private_hosts))
    site.wall.hang(views.routes(), relay.refuse, site.settings.dialects.relay.prefix)


def _hang_native(site: Site) -> None:
    """Webhooks too, where there is what they need."""
    prefix = site.settings.dialects.native.prefix
    site.wall.hang(Native.of(site.gate).routes(), native_problems.refuse, prefix, own="/v2/")
    if site.hooks is not None:
        clock = site.house.clock
        challenger, replays = Challenger(site.hooks.client, clock), Replays(site.house.deeds, clock)
        webhooks = Webhooks(OwnCallers(site.gate), site.hooks.kept, challenger, replays)
        site.wall.hang(webhooks.routes(), native_problems.refuse, prefix)


def _hang_lantern_and_lanyard(site: Site) -> None:
    """Each where it is spoken, and the one path that they share where both are."""
    spoken, now = site.settings.dialects, site.house.clock.now
    finding, keeping = Finding(site.house), Keeping(site.house, site.gate)
    cards = Cards(site.outside.gallery, now)
    lanterns = lantern.Lantern(finding, site.settings, lantern_wires.wires(now), cards)
    lanyards = lanyard.Lanyard(finding, site.gate, lanyard_wires.wires(now))
    if spoken.lantern.enabled:
        routes = (*lanterns.routes(), *LanternStorage(finding, keeping).routes())
        site.wall.hang(routes, lantern.refuse, spoken.lantern.prefix, own="/api/v1/")
    if spoken.lanyard.enabled:
        links, pairs = Quicklinks(finding, site.outside.fetch), LanyardKeyValues(keeping)
        readers = (*lanyards.routes(), *links.routes(), *pairs.routes())
        site.wall.hang(readers, lanyard.refuse, spoken.lanyard.prefix, own="/v1/")
    if spoken.lantern.enabled and spoken.lanyard.enabled:
        site.wall.hang(Shared(lanterns, lanyards).routes(), lantern.refuse)


def hang_pages(site: Site) -> None:
    """Put up the pages for people; those of accounts where presenti is spoken, whose accounts they are."""
    shelf, callers, spoken = Shelf(), site.signing.callers, site.settings.dialects
    registration = spoken.presenti.enabled and site.settings.presenti.registration
    asked_at_root = spoken.lantern.enabled and not spoken.lantern.prefix
    views = Pages(
        site.house, shelf, callers.origins, site.gathering, registration, spoken.presenti.enabled, asked_at_root
    )
    routes = [*shelf.routes(), *views.routes()]
    if spoken.presenti.enabled:
        deployed = spoken.presenti.wire == "deployed"
        accounts = AccountPages(shelf, callers, site.memory, site.signing, spoken.presenti.prefix, deployed)
        routes += accounts.routes()
    refuse = refusing(shelf)
    site.wall.hang(routes, refuse)
    builder = Embed(site.house, spoken.lantern, Cards(site.outside.gallery, site.house.clock.now), callers.origins)
    site.wall.hang(builder.routes(), embed.refusing(refuse))


def hang_roots(site: Site) -> None:
    """Put up what Lantern and Lanyard have at `/` where that is not ours, nor the other's or anybody else's."""

    def lanterns(users: int) -> dict[str, Any]:
        return {"data": lantern_codec.monitoring(users)}

    def monitored() -> int:
        return site.gathering.people().monitored

    spoken = site.settings.dialects
    for dialect, worded, origin, refuse in (
        (spoken.lantern, lanterns, lambda _request: lantern.ANY_ORIGIN, lantern.refuse),
        (spoken.lanyard, lanyard_codec.monitoring, lanyard.origin, lanyard.refuse),
    ):
        if dialect.enabled and dialect.prefix:
            taken = {each.rule for each in site.wall.front.hung if each.route.method == "GET"}
            routes = Root(dialect.prefix, monitored, worded, origin).routes()
            site.wall.hang((route for route in routes if route.rule not in taken), refuse)
