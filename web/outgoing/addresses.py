"""Which IP addresses are the public internet's: IANA's special-purpose registries and RFC 4291, 3056 and 6052. Pure."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

IPAddress = IPv4Address | IPv6Address

_PROTOCOL_ASSIGNMENTS = IPv4Network("192.0.0.0/24")
_UNICAST = IPv6Network("2000::/3")
"""All that is given out as global unicast; whatever lies outside is special in one way or another."""
_DOCUMENTATION = IPv6Network("3fff::/20")
"""RFC 9637, which Python before 3.14 does not know."""
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: IPAddress) -> bool:
    """True for an address that belongs to the whole internet, the one packed in another included."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and address not in _PROTOCOL_ASSIGNMENTS
    packed = unpacked(address)
    if packed is not None:
        return is_public(packed)
    return address.scope_id is None and address in _UNICAST and address.is_global and address not in _DOCUMENTATION


def unpacked(address: IPAddress) -> IPv4Address | None:
    """The IPv4 address to which this IPv6 address really leads (mapped, 6to4, NAT64); None where it does not."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def read_address(text: str) -> IPAddress | None:
    """The address that this text is; None for anything else, decimal and octal spellings included."""
    try:
        return ip_address(text)
    except ValueError:
        return None
