"""The relay's ways out: what actors/relay may dial and fetch, under the rules of PROMISES 3.6."""

import socket
from collections.abc import Mapping

from actors.relay.network import Network
from web.outgoing.client import Client
from web.outgoing.conversation import Response
from web.outgoing.limits import FetchLimits
from web.outgoing.target import Target

LOOK_UP = FetchLimits(seconds=10.0, body_bytes=256 * 1024, redirects=3)
"""An instance's own description: with its rules and its contact it may be long."""

LIST = FetchLimits(seconds=10.0, body_bytes=2 * 1024 * 1024, redirects=3)
"""A page of forty notifications: each with its account, and with a status that may be long, boosted, and quote one."""

_HEADERS = {"Accept": "application/json", "User-Agent": "Presently"}


def network_of(client: Client) -> Network:
    """By this client, whose settings say who may be private."""

    def dial(url: str, guarded: bool) -> socket.socket:
        return client.dialler.dial(Target.read(url), guarded=guarded)

    def fetch(url: str, guarded: bool) -> Response:
        return ask(url, guarded, _HEADERS, LOOK_UP)

    def fetch_as(url: str, guarded: bool, token: str) -> Response:
        return ask(url, guarded, {**_HEADERS, "Authorization": f"Bearer {token}"}, LIST)

    def ask(url: str, guarded: bool, headers: Mapping[str, str], limits: FetchLimits) -> Response:
        fetch = client.fetch if guarded else client.fetch_configured
        return fetch("GET", url, headers=headers, limits=limits)

    return Network(dial, fetch, fetch_as)
