"""What is noted of a visitor, where the mode of their link allows it: agent, method, and a keyed hash of the network."""

from collections import OrderedDict
from collections.abc import Hashable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from starlette.requests import Request

from prospecting.clock import monotonic
from prospecting.engagement import clean
from prospecting.tokens import Signer

AGENT = 300


def observed(request: Request, signer: Signer) -> dict[str, Any]:
    """The facts that a judgement needs; only ever called for a personal address (consented, full)."""
    return {
        "agent": clean(request.headers.get("user-agent"), AGENT),
        "network": network(request, signer),
        "method": request.method,
    }


def network(request: Request, signer: Signer) -> str:
    """A keyed hash of the visitor's network (IPv4 /24, IPv6 /48): whether two visits share it, and nothing else."""
    address = _address(request)
    if address is None:
        return ""
    wide = ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False)
    return signer.once(b"network:" + wide.network_address.packed)[:12]


def _address(request: Request) -> IPv4Address | IPv6Address | None:
    """The visitor's address: the peer's, or what a proxy on this very machine says it is."""
    peer = _parsed(request.client.host) if request.client else None
    if peer is None or not peer.is_loopback:
        return peer
    # The last entry is the one our own proxy wrote; those before it are the visitor's to invent.
    return _parsed(request.headers.get("x-forwarded-for", "").rsplit(",", 1)[-1].strip()) or peer


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


class Sieve:
    """Lets at most `most` of one key through in `seconds`; remembers the `keys` latest."""

    def __init__(self, most: int, seconds: float, *, keys: int = 20_000) -> None:
        self._most, self._seconds, self._keys = most, seconds, keys
        self._seen: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def lets(self, key: Hashable) -> bool:
        """Whether one more of `key` goes through now."""
        now = monotonic()
        began, count = self._seen.get(key, (now, 0))
        if now - began >= self._seconds:
            began, count = now, 0
        self._seen[key] = (began, count + 1)
        self._seen.move_to_end(key)
        if len(self._seen) > self._keys:
            self._seen.popitem(last=False)
        return count < self._most
