"""Opens the front door: the server with the application behind it, listening."""

import resource
from collections.abc import Sequence
from typing import Any

import structlog

from actors.house import House
from actors.runtime import Address
from actors.settings import Settings
from web.app import create_app
from web.bodies import LargeBodies
from web.edge.limits import EdgeLimits
from web.errors import spelt
from web.memory import Hasher
from web.server import Server, create_server, listen
from web.site import Hooks, Outside, Remembered
from web.words import Words

SPARE_DESCRIPTORS = 64
"""What the process needs beside its connections: the database, the hub, files of pages, requests of its own."""


def allow_connections(wanted: int) -> int:
    """How many connections the process can have of so many that are wanted (0: as many as can be), 0 for no cap.

    Takes as many descriptors as the system lets this process have: each connection is one, and 1,024 are usual. Says so
    where they will not do. The last ones are no connection's: without them nobody who is here could be served.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    room = max(most - SPARE_DESCRIPTORS, 1)
    if room < wanted:
        said = structlog.get_logger()
        said.warning("too few descriptors for limits.connections", connections=wanted, descriptors=most, admitted=room)
    return min(wanted, room) if wanted else room


def open_doors(
    house: House,
    settings: Settings,
    memory: Remembered,
    hasher: Hasher,
    *,
    outside: Outside,
    hooks: Hooks,
    fixed: Sequence[Address],
) -> Server:
    """The front door, listening; ready while all of `fixed` live."""
    wanted = settings.limits
    said = structlog.get_logger()

    def on_error(exc_info: Any, method: str, path: str) -> None:
        said.error("request failed", method=method, path=spelt(path), exc_info=exc_info)

    def on_refusal(status: int, reason: str) -> None:
        said.warning("refused", status=status, reason=reason)

    bodies, words = LargeBodies(), Words()
    connections = allow_connections(wanted.connections)
    limits = EdgeLimits(connections=connections, connections_per_address=wanted.connections_per_address)
    server = create_server(
        listen(settings.server.host, settings.server.port),
        create_app(house, settings, memory, hasher, outside, hooks=hooks, bodies=bodies, words=words, fixed=fixed),
        limits,
        on_error=on_error,
        on_refusal=on_refusal,
        body_limit=lambda method, path: bodies.limit(method, path, limits.body),
        wording=words.at_door,
    )
    server.start()
    return server
