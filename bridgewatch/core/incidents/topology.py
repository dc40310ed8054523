"""What hangs on what: the index tables of one inventory for explaining faults. Made once per reload."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from bridgewatch.core.health.columns import padded
from bridgewatch.core.incidents.regions import Regions
from bridgewatch.model.ids import CarrierId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.observations import Int32
from bridgewatch.model.words import ProbeKind, SiteKind

_SECOND_NS: Final = 1_000_000_000

_Key = TypeVar("_Key")

Handover = tuple[CarrierId, str]


@dataclass(frozen=True, slots=True)
class Topology:
    """Links and sites are numbered in inventory order; L and S count them."""

    inventory: Inventory
    names: tuple[LinkId, ...]
    place: Mapping[LinkId, int]
    sites: tuple[SiteId, ...]
    place_of_site: Mapping[SiteId, int]
    site_of_link: Int32  # [L+1], S for nobody's
    links_of_site: Int32  # [S+1, k], padded with L
    via: Mapping[LinkId, LinkId]
    behind: Mapping[LinkId, tuple[LinkId, ...]]
    areas: Mapping[SiteId, tuple[SiteId, ...]]  # a site and those above it, upwards
    on_handover: Mapping[Handover, Int32]
    regions: Regions
    services: Collection[SiteId]

    @classmethod
    def of(cls, inventory: Inventory) -> "Topology":
        """The tables of `inventory`."""
        links = inventory.links
        names, sites = tuple(links), tuple(inventory.sites)
        place_of_site = {site: place for place, site in enumerate(sites)}
        site_of_link = np.array(
            [*(place_of_site[link.site] for link in links.values()), len(sites)], dtype=np.int32
        )
        places = np.arange(len(names), dtype=np.int32)
        via = {link.id: link.via for link in links.values() if link.via is not None and link.via in links}
        areas = _areas(inventory)
        return cls(
            inventory=inventory,
            names=names,
            place={link: place for place, link in enumerate(names)},
            sites=sites,
            place_of_site=place_of_site,
            site_of_link=site_of_link,
            links_of_site=padded(site_of_link[:-1], places, len(sites) + 1, len(names)),
            via=via,
            behind=_reversed(via),
            areas=areas,
            on_handover=_gathered(
                ((link.carrier, link.handover), place)
                for place, link in enumerate(links.values())
                if link.handover is not None
            ),
            regions=Regions.of(inventory, place_of_site, site_of_link[:-1], areas),
            services=frozenset(site.id for site in inventory.sites.values() if site.kind is SiteKind.SERVICE),
        )

    def interval_ns(self, link: LinkId) -> int:
        """How often it is probed as the inventory says; events only shorten it."""
        return round(self.inventory.links[link].interval * _SECOND_NS)

    def echo_only(self, link: LinkId) -> bool:
        """Whether no far end of ours answers: a router's CPU may."""
        targets = self.inventory.links[link].targets
        return bool(targets) and all(target.kind is ProbeKind.ICMP for target in targets)

    def roots(self, link: LinkId) -> Iterable[LinkId]:
        """The links that it runs via, the nearest first."""
        via = self.via
        passed = {link}
        at = via.get(link)
        while at is not None and at not in passed:
            yield at
            passed.add(at)
            at = via.get(at)

    def everything_behind(self, links: Iterable[LinkId]) -> Iterable[LinkId]:
        """All that run via one of `links`, directly or not, each once; not `links` themselves."""
        behind = self.behind
        waiting = list(links)
        seen = set(waiting)
        while waiting:
            for link in behind.get(waiting.pop(), ()):
                if link not in seen:
                    seen.add(link)
                    waiting.append(link)
                    yield link

    def common_area(self, sites: Collection[SiteId]) -> SiteId | None:
        """The smallest area that contains all of `sites`, None if only everywhere does."""
        paths = [self.areas[site][::-1] for site in sites]
        lowest = None
        for rank in zip(*paths, strict=False):
            if len(set(rank)) > 1:
                break
            lowest = rank[0]
        return lowest


def _areas(inventory: Inventory) -> dict[SiteId, tuple[SiteId, ...]]:
    areas: dict[SiteId, tuple[SiteId, ...]] = {}
    for site in inventory.sites.values():
        above = areas.get(site.parent) if site.parent is not None else ()
        areas[site.id] = (site.id, *above) if above is not None else _upwards(site.id, inventory)
    return areas


def _upwards(site: SiteId, inventory: Inventory) -> tuple[SiteId, ...]:
    passed: list[SiteId] = []
    at: SiteId | None = site
    while at is not None and at in inventory.sites and at not in passed:
        passed.append(at)
        at = inventory.sites[at].parent
    return tuple(passed)


def _reversed(via: Mapping[LinkId, LinkId]) -> dict[LinkId, tuple[LinkId, ...]]:
    behind: dict[LinkId, list[LinkId]] = {}
    for link, root in via.items():
        behind.setdefault(root, []).append(link)
    return {root: tuple(links) for root, links in behind.items()}


def _gathered(pairs: Iterable[tuple[_Key, int]]) -> dict[_Key, Int32]:
    gathered: dict[_Key, list[int]] = {}
    for key, place in pairs:
        gathered.setdefault(key, []).append(place)
    return {key: np.array(places, dtype=np.int32) for key, places in gathered.items()}
