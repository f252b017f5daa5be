"""Which addresses lead inside: all that are not of the public internet, in all their spellings."""

import ipaddress
from collections.abc import Iterator

from prospecting.fetch.refusals import NotFetched, Why

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_V4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_ASSIGNMENTS = ipaddress.IPv4Network("192.0.0.0/24")


def checked(text: str, *, loopback: bool = False) -> Address:
    """The address in `text`, if it is one of the public internet. Raises NotFetched (private)."""
    address = ipaddress.ip_address(text.partition("%")[0])
    for each in _unwrapped(address):
        if loopback and each.is_loopback:
            continue
        public = each.is_global and not (
            each.is_multicast or each.is_reserved or each.is_unspecified or each.is_link_local or each.is_private
        )
        if not public or (each.version == 4 and each in _ASSIGNMENTS):
            raise NotFetched(Why.PRIVATE, f"{text} is no address of the public internet")
    return address


def _unwrapped(address: Address) -> Iterator[Address]:
    """`address`, or the IPv4 addresses that hide in it: mapped, compatible, 6to4, Teredo (both ends), NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    hidden: list[Address] = []
    if address.ipv4_mapped:
        hidden.append(address.ipv4_mapped)
    if address.sixtofour:
        hidden.append(address.sixtofour)
    if address.teredo:
        hidden.extend(address.teredo)
    if any(address in network for network in _NAT64) or (address in _V4_COMPATIBLE and int(address) > 1):
        hidden.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    yield from hidden or [address]
