"""The lab's usual shape: a vantage, a router, and a far host that owns hundreds of targets.

vantage ---- router ==== far        ==== may be the TUN forwarder
"""

from ipaddress import ip_network
from itertools import islice
from typing import Final, NamedTuple

from tests.lab.impaired_link import ImpairedLink
from tests.lab.impairment import Impairment
from tests.lab.topology import Lab, Link

NEAR: Final = ("192.0.2.0/24", "2001:db8:1::/64")
FAR: Final = ("198.51.100.0/24", "2001:db8:2::/64")
TARGETS_V4: Final = "203.0.113.0/24"
TARGETS_V6: Final = "2001:db8:77::/64"


class Line(NamedTuple):
    """Hosts "vantage", "router" and "far", and the two links between them."""

    near: Link
    far: Link | ImpairedLink

    @staticmethod
    def targets(count: int, *, family: int = 4) -> list[str]:
        """Addresses of the far host that answer: up to 254 of IPv4, any number of IPv6."""
        hosts = ip_network(TARGETS_V4 if family == 4 else TARGETS_V6).hosts()
        chosen = [str(address) for address in islice(hosts, count)]
        if len(chosen) < count:
            raise ValueError(f"only {len(chosen)} targets of IPv{family}")
        return chosen


def plain_line(lab: Lab) -> Line:
    """A line of two veth pairs."""
    return _routed(lab, Line(_near(lab), lab.link("router", "far", *FAR)))


def impaired_line(
    lab: Lab, *, forward: Impairment | None = None, backward: Impairment | None = None, seed: int = 1
) -> Line:
    """A line whose far link is the forwarder; `forward` spoils requests, `backward` replies."""
    near = _near(lab)
    far = lab.impaired_link("router", "far", *FAR, forward=forward, backward=backward, seed=seed)
    return _routed(lab, Line(near, far))


def _near(lab: Lab) -> Link:
    lab.host("vantage")
    lab.host("router", router=True)
    lab.host("far")
    return lab.link("vantage", "router", *NEAR)


def _routed(lab: Lab, line: Line) -> Line:
    for via in (line.near.b.v4, line.near.b.v6):
        lab.route("vantage", "default", via)
    for via in (line.far.a.v4, line.far.a.v6):
        lab.route("far", "default", via)
    lab.route("router", TARGETS_V4, line.far.b.v4)
    lab.route("router", TARGETS_V6, line.far.b.v6)
    lab.answer("far", TARGETS_V4, TARGETS_V6)
    return line
