"""A vantage with a WAN and an Internet interface, both of which lead to the sites.

           wan ------.
vantage <             > site        routing prefers the Internet; ==== may be the TUN forwarder
           internet -'
"""

from dataclasses import dataclass
from typing import Final

from tests.lab.impaired_link import ImpairedLink
from tests.lab.impairment import Impairment
from tests.lab.topology import Lab, Link

TARGETS: Final = ("203.0.113.0/24", "2001:db8:77::/64")
# Hosts in our own building: each way's router owns a range of them.
REFERENCES: Final = {
    "wan": ("198.51.100.208/28", "2001:db8:201::/64"),
    "internet": ("198.51.100.224/28", "2001:db8:202::/64"),
}
_ANY_PATH: Final = {"net.ipv4.conf.all.rp_filter": "0", "net.ipv4.conf.default.rp_filter": "0"}
_OWN_ERRORS: Final = {"net.ipv4.icmp_ratelimit": "0", "net.ipv6.icmp.ratelimit": "0"}


@dataclass(frozen=True)
class Way:
    """One way out: its near link and its far link."""

    near: Link
    far: Link | ImpairedLink


def two_ways_out(lab: Lab, *, wan: Impairment | None = None) -> dict[str, Way]:
    """Hosts "vantage", "wan", "internet" and "site"; `wan` spoils the WAN in both directions."""
    lab.host("vantage", sysctls=_ANY_PATH)
    lab.host("site", sysctls=_ANY_PATH | _OWN_ERRORS)
    ways = {
        "wan": _way(lab, "wan", 1, metric=100, impairment=wan),
        "internet": _way(lab, "internet", 2, metric=50, impairment=None),
    }
    lab.answer("site", *TARGETS)
    return ways


def _way(lab: Lab, name: str, number: int, *, metric: int, impairment: Impairment | None) -> Way:
    lab.host(name, router=True, sysctls=_ANY_PATH | _OWN_ERRORS)
    near = lab.link("vantage", name, f"192.0.2.{64 * number}/26", f"2001:db8:{number}::/64")
    subnets = (f"198.51.100.{32 * number}/27", f"2001:db8:10{number}::/64")
    if impairment is None:
        far: Link | ImpairedLink = lab.link(name, "site", *subnets)
    else:
        far = lab.impaired_link(name, "site", *subnets, forward=impairment, backward=impairment)
    for via in (near.b.v4, near.b.v6):
        lab.run("vantage", ["ip", "route", "add", "default", "via", via, "metric", str(metric)])
    for subnet, via in zip(TARGETS, (far.b.v4, far.b.v6), strict=True):
        lab.route(name, subnet, via)
    lab.route("site", f"{near.a.v4}/32", far.a.v4)
    lab.route("site", f"{near.a.v6}/128", far.a.v6)
    lab.answer(name, *REFERENCES[name])
    return Way(near, far)
