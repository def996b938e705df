"""Rerouted: a Client for whom some public addresses are where the configuration says, such as Discord's CDN."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from actors.errors import Refused
from web.outgoing.client import Client
from web.outgoing.conversation import Response
from web.outgoing.limits import TEXT, FetchLimits

_UP = frozenset({".", "..", "%2e", "%2e%2e", ".%2e", "%2e."})


class Rerouted:
    """`bases` are pairs of how an address begins in documents and what it begins with in truth."""

    def __init__(self, client: Client, bases: Mapping[str, str]) -> None:
        self._client = client
        self._bases = {public.rstrip("/") + "/": ours.rstrip("/") + "/" for public, ours in bases.items()}

    def fetch(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, limits: FetchLimits = TEXT
    ) -> Response:
        """As Client.fetch_configured for what begins so, else as Client.fetch.

        A configured address may be private: no path that a stranger had a part in leads out of it (Refused `bad-url`).
        """
        for public, ours in self._bases.items():
            if url.startswith(public):
                rest = url.removeprefix(public)
                if any(piece.lower() in _UP for piece in urlsplit(rest).path.split("/")):
                    raise Refused("bad-url")
                return self._client.fetch_configured(method, ours + rest, headers=headers, limits=limits)
        return self._client.fetch(method, url, headers=headers, limits=limits)
