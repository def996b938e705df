"""Proxies: whose word on the client's address is believed, and what the address then is."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from web.views import Environ


class Proxies:
    """Networks of reverse proxies (`[web] trusted_proxies`): only they may speak for somebody else."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ip_network(network) for network in networks)
        self._client = lru_cache(maxsize=4096)(self._behind)

    def trusts(self, address: str) -> bool:
        """True for the address of a trusted proxy; False also for what is no address."""
        parsed = _address(address)
        return parsed is not None and any(parsed in network for network in self._networks)

    def client(self, environ: Environ) -> str:
        """The address of whoever sent this request, as text: the peer, or whom trusted proxies name for it."""
        peer: str = environ.get("REMOTE_ADDR", "")
        forwarded: str | None = environ.get("HTTP_X_FORWARDED_FOR")
        return peer if forwarded is None else self._client(peer, forwarded)

    def _behind(self, peer: str, forwarded: str) -> str:
        """Each proxy appends whom it heard, so the list is read from its end, as far as it is trusted."""
        client = peer
        hops = forwarded.split(",")
        while hops and self.trusts(client):
            named = _address(hops.pop().strip())
            if named is None:
                break
            client = str(named)
        return client


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
