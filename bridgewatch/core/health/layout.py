"""Where things stand: the index tables of one inventory, made once per reload.

Paths keep the row numbers the probing room gave them; links, sites and egresses are numbered in inventory
order. Every table has one more entry than it has things: the last is nobody's, always neutral, and fills the
short rows of the matrices, so that no kernel asks how many paths a link has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.health.boost import BOOST_INTERVAL_NS
from bridgewatch.core.health.columns import any_of, padded
from bridgewatch.model.ids import EgressId, LinkId, PathKey, SiteId
from bridgewatch.model.inventory import Inventory, Link, PathSpec, Site
from bridgewatch.model.observations import Flag, Int32
from bridgewatch.model.words import CarriedBy, Family, Network

_NO_NETWORK: Final = 0
_ANY_NETWORK: Final = 3
_NETWORKS: Final = {Network.WAN: 1, Network.INTERNET: 2}
_NETWORK_OF: Final = {
    CarriedBy.WAN: _NETWORKS[Network.WAN],
    CarriedBy.INTERNET: _NETWORKS[Network.INTERNET],
    CarriedBy.ANY: _ANY_NETWORK,
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Index tables; `rows` R, links L, sites S, egresses E are counts without the neutral entry."""

    rows: int
    links: tuple[LinkId, ...]
    sites: tuple[SiteId, ...]
    egresses: tuple[EgressId, ...]
    placed: tuple[tuple[int, PathSpec], ...]  # row and path, in inventory order
    link_of_path: Int32  # [R+1] L for references and unused rows
    egress_of_path: Int32  # [R+1] E for unused rows
    reference: Flag  # [R+1] the path is a reference of its egress
    group_of_path: Int32  # [R+1] egress x family, see `group`; 2E for unused rows
    slow_path: Flag  # [R+1] its own rate is below that of a suspect
    paths_of_link: Int32  # [L+1, k] rows in inventory order, so the first is the preferred one
    references_of: Int32  # [E+1, k]
    slow_link: Flag  # [L+1] some path of it is slow
    egress_of_link: Int32  # [L+1]
    site_of_link: Int32  # [L+1]
    links_of_site: Int32  # [S+1, k]
    carrying: Flag  # [S+1, k] that link carries the site's meeting
    paused: Flag  # [L+1]
    dial_in: Flag  # [L+1]


def group(egress: int, family: Family) -> int:
    """The number of the paths that leave by one egress in one family: they witness for each other."""
    return 2 * egress + (family is Family.V6)


def lay_out(inventory: Inventory, rows: Mapping[PathKey, int], at_least: int = 0) -> Layout:
    """Number everything in `inventory`. Paths without a row are left out; R is `at_least` that."""
    links = {name: index for index, name in enumerate(inventory.links)}
    sites = {name: index for index, name in enumerate(inventory.sites)}
    egresses = {name: index for index, name in enumerate(inventory.egresses)}
    found = ((rows.get(spec.key), spec) for spec in inventory.paths)
    placed = [(row, spec) for row, spec in found if row is not None]
    capacity = max(at_least, max((row for row, _ in placed), default=-1) + 1)
    paths = _PathTables.of(placed, capacity, links, egresses)
    paths_of_link = paths.members(paths.link, len(links), capacity)
    every = list(inventory.links.values())
    site_of_link = _indices([sites[link.site] for link in every], len(sites))
    links_of_site = padded(
        site_of_link[:-1], np.arange(len(links), dtype=np.int32), len(sites) + 1, len(links)
    )
    return Layout(
        rows=capacity,
        links=tuple(links),
        sites=tuple(sites),
        egresses=tuple(egresses),
        placed=tuple(placed),
        link_of_path=paths.link,
        egress_of_path=paths.egress,
        reference=paths.reference,
        group_of_path=paths.group,
        slow_path=paths.slow,
        paths_of_link=paths_of_link,
        slow_link=any_of(paths.slow[paths_of_link]),
        references_of=paths.references(len(egresses), capacity),
        egress_of_link=_indices([egresses[link.egress] for link in every], len(egresses)),
        site_of_link=site_of_link,
        links_of_site=links_of_site,
        carrying=_carrying(list(inventory.sites.values()), every, links_of_site),
        paused=np.array([link.paused for link in every] + [True]),
        dial_in=np.array([link.dial_in is not None for link in every] + [False]),
    )


@dataclass(frozen=True, slots=True)
class _PathTables:
    order: Int32  # rows in inventory order
    link: Int32
    egress: Int32
    reference: Flag
    group: Int32
    slow: Flag

    @classmethod
    def of(
        cls,
        placed: Sequence[tuple[int, PathSpec]],
        capacity: int,
        links: Mapping[LinkId, int],
        egresses: Mapping[EgressId, int],
    ) -> "_PathTables":
        order = np.array([row for row, _ in placed], dtype=np.int32)
        nobody = len(links)
        link = np.full(capacity + 1, nobody, dtype=np.int32)
        egress = np.full(capacity + 1, len(egresses), dtype=np.int32)
        reference = np.zeros(capacity + 1, dtype=np.bool_)
        groups = np.full(capacity + 1, 2 * len(egresses), dtype=np.int32)
        slow = np.zeros(capacity + 1, dtype=np.bool_)
        link[order] = [nobody if spec.link is None else links[spec.link] for _, spec in placed]
        egress[order] = [egresses[spec.egress] for _, spec in placed]
        reference[order] = [spec.link is None for _, spec in placed]
        groups[order] = [group(egresses[spec.egress], spec.family) for _, spec in placed]
        slow[order] = [spec.interval_ns > BOOST_INTERVAL_NS for _, spec in placed]
        return cls(order, link, egress, reference, groups, slow)

    def members(self, owner: Int32, owners: int, filler: int) -> Int32:
        """Rows by owner [owners + 1, k]; the neutral owner has none."""
        order = self.order[owner[self.order] < owners]
        return padded(owner[order], order, owners + 1, filler)

    def references(self, owners: int, filler: int) -> Int32:
        owner = np.where(self.reference, self.egress, owners).astype(np.int32)
        return self.members(owner, owners, filler)


def _indices(values: Sequence[int], nobody: int) -> Int32:
    return np.array([*values, nobody], dtype=np.int32)


def _carrying(sites: Sequence[Site], links: Sequence[Link], links_of_site: Int32) -> Flag:
    """Which entries of `links_of_site` carry the meeting: those of the site's network, or all."""
    wanted = np.array([_NETWORK_OF[site.carried_by] for site in sites] + [_NO_NETWORK])
    network = np.array([_NETWORKS[link.network] for link in links] + [_NO_NETWORK])[links_of_site]
    chosen: Flag = (wanted[:, None] == network) | (wanted[:, None] == _ANY_NETWORK)
    chosen &= network != _NO_NETWORK
    return chosen
