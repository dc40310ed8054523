"""What a throughput test has in common with other links: the shared paths of one inventory.

A test fills the link that it measures, so it is felt wherever that link's traffic goes: at its site, on every
link that it runs `via`, at the carrier's handover, and on our own way out. Each of these is a share.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum, unique
from functools import cached_property
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


class Shares:
    """The shares of each link, what it shares with itself included, and of each site by all its links.

    A country has many and a test needs few: they are found when they are asked for, each once.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._of_link: dict[LinkId, tuple[Share, ...]] = {}
        self._of_site: dict[SiteId, frozenset[Share]] = {}

    def of_link(self, link: LinkId) -> tuple[Share, ...]:
        """Those of a link, its egress last; none of one that is not in the inventory."""
        if link not in self._of_link and link in self._inventory.links:
            self._of_link[link] = tuple(_shares(self._inventory.links[link], self._inventory))
        return self._of_link.get(link, ())

    def of_site(self, site: SiteId) -> frozenset[Share]:
        """Those of all links of a site of the inventory."""
        if site not in self._of_site:
            links = self._inventory.sites[site].links
            self._of_site[site] = frozenset(share for link in links for share in self.of_link(link))
        return self._of_site[site]

    @cached_property
    def _behind(self) -> Mapping[LinkId, tuple[LinkId, ...]]:
        behind: dict[LinkId, list[LinkId]] = {}
        for link in self._inventory.links.values():
            for root in roots(link, self._inventory) if link.via is not None else ():
                behind.setdefault(root.id, []).append(link.id)
        return {root: tuple(links) for root, links in behind.items()}

    def felt_by(self, link: LinkId) -> tuple[LinkId, ...]:
        """The links whose probes cross the one that a test fills: itself, and all that run `via` it."""
        return (link, *self._behind.get(link, ()))


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
