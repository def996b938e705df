"""The WSGI application: create_app(house, ...) puts its parts together and hangs every route up."""

from collections.abc import Sequence

from actors.house import House
from actors.runtime import Address
from actors.settings import Settings
from web import errors
from web.bodies import LargeBodies
from web.dialects.native import problems as native_problems
from web.dialects.native.callers import Callers as OwnCallers
from web.dialects.presenti.callers import Callers
from web.dialects.presenti.signing import Signing
from web.front import Front
from web.gate import Gate
from web.hanging import hang_dialects, hang_pages, hang_roots
from web.memory import Hasher
from web.openapi.routes import Docs
from web.operators.callbacks import Callbacks
from web.operators.health import Health
from web.operators.registrations import Registrations
from web.operators.upstreams import Upstreams
from web.origins import Origins
from web.pages.gathering import Gathering
from web.proxies import Proxies
from web.rates import Meter, Wsgi
from web.site import Hooks, Outside, Remembered, Site
from web.throttle import Throttle
from web.wall import Wall
from web.words import Words


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
    proxies, gate = Proxies(settings.web.trusted_proxies), Gate(house, memory)
    front = Front(house, settings.limits, proxies, bodies or LargeBodies(), words or Words())
    callers = Callers(house, gate, Origins(settings.web.origins, proxies), memory)
    throttle = Throttle(settings.limits.sign_ins_per_minute, 60)
    signing = Signing(house, callers, memory, hasher, throttle, proxies, settings.presenti.registration)
    site = Site(house, settings, memory, outside, hooks, gate, proxies, signing, Gathering(house), Wall(front))
    hang_dialects(site)
    hang_pages(site)
    _hang_operators(site, fixed)
    hang_roots(site)
    return _metered(site)


def _hang_operators(site: Site, fixed: Sequence[Address]) -> None:
    """Put up health, what stands under /ops, and the document that tells of every route."""
    wall, callers = site.wall, OwnCallers(site.gate)
    wall.hang(Callbacks(callers, site.memory).routes(), native_problems.refuse)
    wall.hang(Health(site.house, site.memory, fixed).routes(), errors.refuse)
    wall.hang(Registrations(callers).routes(), native_problems.refuse)
    listens = site.settings.discord.token is not None
    wall.hang(Upstreams(callers, listens).routes(), native_problems.refuse)
    wall.hang(Docs(wall.front.hung).routes(), errors.refuse)


def _metered(site: Site) -> Wsgi:
    allowed, front = site.settings.limits.requests_per_second, site.wall.front
    if not allowed:
        return front
    return Meter(front, allowed, proxies=site.proxies, words=front.words, monotonic=site.house.clock.monotonic)
