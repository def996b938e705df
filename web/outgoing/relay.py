"""The relay's ways out: what actors/relay may dial and fetch, under the rules of PROMISES section 3, number 6."""

import socket

from actors.relay.network import Network
from web.outgoing.client import Client
from web.outgoing.conversation import Response
from web.outgoing.limits import FetchLimits
from web.outgoing.target import Target

LOOK_UP = FetchLimits(seconds=10.0, body_bytes=256 * 1024, redirects=3)
"""An instance's own description: with its rules and its contact it may be long."""

_HEADERS = {"Accept": "application/json", "User-Agent": "Presently"}


def network_of(client: Client) -> Network:
    """By this client, whose settings say who may be private."""

    def dial(url: str, guarded: bool) -> socket.socket:
        return client.dialler.dial(Target.read(url), guarded=guarded)

    def fetch(url: str, guarded: bool) -> Response:
        ask = client.fetch if guarded else client.fetch_configured
        return ask("GET", url, headers=_HEADERS, limits=LOOK_UP)

    return Network(dial, fetch)
