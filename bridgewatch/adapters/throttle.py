"""How often one client may ask: a bucket of tokens each, for a bounded number of clients."""

import ipaddress
from collections import OrderedDict
from typing import Final

from aiohttp import web

_CLIENTS: Final = 10_000  # of more, those that were silent longest are forgotten
_IPV6_SITE: Final = 64  # one customer has this many bits of addresses to choose from


class Throttle:
    """Each client may ask `rate` times a second, and `burst` times at once. Seconds are monotonic."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.refused = 0

    def allows(self, client: str, now: float) -> bool:
        """Whether `client` may ask now; asking takes a token."""
        level, filled = self._buckets.pop(client, (float(self._burst), now))
        level = min(float(self._burst), level + max(0.0, now - filled) * self._rate)
        allowed = level >= 1
        self._buckets[client] = (level - 1 if allowed else level, now)
        if len(self._buckets) > _CLIENTS:
            self._buckets.popitem(last=False)
        self.refused += not allowed
        return allowed


def client_of(request: web.Request) -> str:
    """Who asks: the peer, or whom a proxy on this host names last in X-Forwarded-For."""
    peer = request.remote or ""
    if _is_local(peer):
        named = request.headers.getall("X-Forwarded-For", [])
        last = ",".join(named).rpartition(",")[2].strip()
        peer = last or peer
    return _site(peer)


def _is_local(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return peer == ""  # a unix socket has no address


def _site(peer: str) -> str:
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return "?"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, _IPV6_SITE), strict=False))
    return str(address)
