"""Which hosts the operator lets be private and plain http: the settings' `allow_private_hosts`."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from web.outgoing.addresses import IPAddress, unpacked


@dataclass(frozen=True, slots=True)
class Allowed:
    """Names and networks, each with the port it is meant for; None means any port."""

    names: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[tuple[IPv4Network | IPv6Network, int | None], ...] = ()

    @classmethod
    def read(cls, entries: Iterable[str]) -> "Allowed":
        """From `host`, `host:port`, an address, `[address]:port` or `10.0.0.0/8`; ValueError for anything else."""
        names, networks = set(), []
        for entry in entries:
            host, port = _parted(entry.strip().lower())
            network = _network(host)
            if network is not None:
                networks.append((network, port))
            elif host and "/" not in host and ":" not in host:
                names.add((host.rstrip("."), port))
            else:
                raise ValueError(f"{entry!r} is no host, host:port, address or address range")
        return cls(frozenset(names), tuple(networks))

    def permits(self, host: str, port: int, address: IPAddress) -> bool:
        """True where the name, or the address that it led to, is listed."""
        if (host, None) in self.names or (host, port) in self.names:
            return True
        packed = unpacked(address)
        return any(
            known in {None, port} and (address in network or (packed is not None and packed in network))
            for network, known in self.networks
        )

    def __bool__(self) -> bool:
        return bool(self.names or self.networks)


def _parted(entry: str) -> tuple[str, int | None]:
    """Host and port. An IPv6 address with a port stands in brackets."""
    host, colon, port = entry.rpartition(":")
    if colon and port.isdecimal() and (":" not in host or host.endswith("]")):
        return host.strip("[]"), int(port)
    return entry.strip("[]"), None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
