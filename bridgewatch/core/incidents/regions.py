"""Regions: one carrier's links at a site and everywhere administratively below it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.health.columns import padded
from bridgewatch.model.ids import CarrierId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.observations import Int32, Int64

Region = tuple[CarrierId, SiteId]

_NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Regions:
    """Regions are numbered carrier by carrier, S to each; links (L) and sites (S) in inventory order."""

    number_of: Mapping[CarrierId, int]  # of its first region
    place_of: Mapping[SiteId, int]
    carriers: tuple[CarrierId, ...]
    sites: tuple[SiteId, ...]
    of_link: Int64  # [L, D], from its site upwards, padded with -1
    by_region: Int64  # [L * D], `of_link` sorted
    link: Int32  # [L * D], the link of each of these

    @classmethod
    def of(
        cls,
        inventory: Inventory,
        place_of: Mapping[SiteId, int],
        site_of_link: Int32,
        areas: Mapping[SiteId, tuple[SiteId, ...]],
    ) -> "Regions":
        """The regions of all links; tables as in `Topology`. `areas`: a site and those above it, upwards."""
        links, sites = inventory.links.values(), tuple(place_of)
        carriers = tuple(dict.fromkeys(link.carrier for link in links))
        number_of = {carrier: number * len(sites) for number, carrier in enumerate(carriers)}
        first = np.array([number_of[link.carrier] for link in links], np.int64)
        above = _upwards([[place_of[area] for area in areas[site]] for site in sites])[site_of_link]
        of_link = np.where(above == _NONE, _NONE, first[:, None] + above)
        order = np.argsort(of_link, axis=None, kind="stable")
        link = (order // of_link.shape[1]).astype(np.int32)
        return cls(number_of, place_of, carriers, sites, of_link, of_link.ravel()[order], link)

    def links(self, region: Region) -> Int32:
        """The links of a region, in inventory order."""
        number = self.number_of[region[0]] + self.place_of[region[1]]
        first, end = np.searchsorted(self.by_region, (number, number + 1))
        return self.link[first:end]

    def crowded(self, links: Int32, least: int) -> dict[Region, Int32]:
        """The regions that hold at least so many of these links, and which these are, in their order."""
        of_link = self.of_link[links]
        order = np.argsort(of_link, axis=None, kind="stable")
        numbers, firsts, counts = np.unique(of_link.ravel()[order], return_index=True, return_counts=True)
        chosen = (counts >= least) & (numbers != _NONE)
        found = zip(numbers[chosen].tolist(), firsts[chosen].tolist(), counts[chosen].tolist(), strict=True)
        depth = of_link.shape[1]
        return {
            self._name(number): links[order[first : first + count] // depth] for number, first, count in found
        }

    def _name(self, number: int) -> Region:
        carrier, site = divmod(number, len(self.sites))
        return self.carriers[carrier], self.sites[site]


def _upwards(paths: list[list[int]]) -> Int32:
    """The paths as a matrix [S, D], padded with -1."""
    owner = np.repeat(np.arange(len(paths), dtype=np.int32), [len(path) for path in paths])
    member = np.array([place for path in paths for place in path], np.int32)
    return padded(owner, member, len(paths), _NONE)
