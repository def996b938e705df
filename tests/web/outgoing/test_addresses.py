"""What is the public internet's and what is not, however it is written."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.outgoing.addresses import is_public, read_address, unpacked
from web.outgoing.allowed import Allowed

PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "192.0.0.8", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::", "3fff::1",
    "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "2606:4700::1111%eth0", "fec0::1",
    "ff02::1", "ff0e::1",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "93.184.215.14", "172.15.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111",
    "2a00:1450:4001:80e::200e", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
]  # fmt: skip


@pytest.mark.parametrize("text", PRIVATE)
def test_private(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_address_packed_in_another_is_judged_as_itself(inner: IPv4Address) -> None:
    number = int(inner)
    for packed in (
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address(int(IPv6Address("64:ff9b::")) | number),
        IPv6Address((0x2002 << 112) | (number << 80) | 1),
    ):
        assert unpacked(packed) == inner
        assert is_public(packed) == is_public(inner)


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_nothing_is_public_that_the_standard_library_does_not_call_global(address: IPv4Address | IPv6Address) -> None:
    inner = unpacked(address) or address
    if is_public(address):
        assert inner.is_global
        assert not inner.is_multicast
        assert not inner.is_loopback
        assert not inner.is_private


@given(st.ip_addresses(v=6).filter(lambda each: each not in IPv6Network("2000::/3")))
def test_outside_of_global_unicast_only_packed_addresses_can_be_public(address: IPv6Address) -> None:
    assert not is_public(address) or unpacked(address) is not None


@pytest.mark.parametrize("text", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.01", "", "localhost"])
def test_only_the_plain_spelling_is_an_address(text: str) -> None:
    assert read_address(text) is None


def test_the_list_of_allowed_hosts() -> None:
    allowed = Allowed.read(["intern.example", "cache.example:8080", "10.1.0.0/16", "127.0.0.1:9000", "[::1]:9000"])
    loopback, other = ip_address("127.0.0.1"), ip_address("192.168.0.1")
    assert allowed.permits("intern.example", 1, other)
    assert not allowed.permits("sub.intern.example", 1, other)
    assert allowed.permits("cache.example", 8080, other)
    assert not allowed.permits("cache.example", 8081, other)
    assert allowed.permits("anything", 1, ip_address("10.1.2.3"))
    assert allowed.permits("anything", 1, ip_address("::ffff:10.1.2.3"))
    assert not allowed.permits("anything", 1, ip_address("10.2.2.3"))
    assert allowed.permits("x", 9000, loopback)
    assert not allowed.permits("x", 9001, loopback)
    assert allowed.permits("x", 9000, ip_address("::1"))


@pytest.mark.parametrize("entry", ["", "a/b", "a:b", "10.0.0.0/33", "a:b:c"])
def test_an_entry_that_is_no_host(entry: str) -> None:
    with pytest.raises(ValueError, match="is no host"):
        Allowed.read([entry])


@given(st.ip_addresses(), st.integers(1, 65535))
def test_an_empty_list_allows_nothing(address: IPv4Address | IPv6Address, port: int) -> None:
    assert not Allowed().permits(str(address), port, address)
    assert Allowed.read([str(ip_network(address))]).permits("x", port, address)
