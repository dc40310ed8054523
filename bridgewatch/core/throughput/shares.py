"""What a throughput test has in common with other links: the shared paths of one inventory.

A test fills the link that it measures, so it is felt wherever that link's traffic goes: at its site, on every
link that it runs `via`, at the carrier's handover, and on our own way out. Each of these is a share.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import NamedTuple

from bridgewatch.model.ids import LinkId, SiteId
from bridgewatch.model.inventory import Inventory, Link


@unique
class ShareKind(StrEnum):
    """What is shared."""

    SITE = "site"
    LINK = "link"
    HANDOVER = "handover"
    EGRESS = "egress"


class Share(NamedTuple):
    """One shared path. `name`: a site, a link, `carrier/handover`, or an egress."""

    kind: ShareKind
    name: str


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of each link, what it shares with itself included, and of each site by all its links."""

    of_link: Mapping[LinkId, tuple[Share, ...]]
    of_site: Mapping[SiteId, frozenset[Share]]
    behind: Mapping[LinkId, tuple[LinkId, ...]]

    @classmethod
    def of(cls, inventory: Inventory) -> "Shares":
        """The shared paths of `inventory`."""
        of_link = {link.id: tuple(_shares(link, inventory)) for link in inventory.links.values()}
        of_site = {
            site.id: frozenset(share for link in site.links for share in of_link[link])
            for site in inventory.sites.values()
        }
        behind: dict[LinkId, list[LinkId]] = {}
        for link in inventory.links.values():
            for root in roots(link, inventory):
                behind.setdefault(root.id, []).append(link.id)
        return cls(of_link, of_site, {root: tuple(links) for root, links in behind.items()})

    def felt_by(self, link: LinkId) -> tuple[LinkId, ...]:
        """The links whose probes cross the one that a test fills: itself, and all that run `via` it."""
        return (link, *self.behind.get(link, ()))


def roots(link: Link, inventory: Inventory) -> Iterable[Link]:
    """The links that one runs via, the nearest first."""
    passed = {link.id}
    at = link.via
    while at is not None and at not in passed and at in inventory.links:
        yield inventory.links[at]
        passed.add(at)
        at = inventory.links[at].via


def _shares(link: Link, inventory: Inventory) -> Iterable[Share]:
    path = (link, *roots(link, inventory))
    yield Share(ShareKind.SITE, link.site)
    for each in path:
        yield Share(ShareKind.LINK, each.id)
    handovers = dict.fromkeys((each.carrier, each.handover) for each in path if each.handover is not None)
    for carrier, handover in handovers:
        yield Share(ShareKind.HANDOVER, f"{carrier}/{handover}")
    yield Share(ShareKind.EGRESS, link.egress)
