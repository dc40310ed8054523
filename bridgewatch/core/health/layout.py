"""Where things stand: the index tables of one inventory, made once per reload.

Paths keep the row numbers the probing room gave them; links, sites and egresses are numbered in inventory
order. Every table has one more entry than it has things: the last is nobody's, always neutral, and fills the
short rows of the matrices, so that no kernel asks how many paths a link has.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from bridgewatch.core.health.boost import BOOST_INTERVAL_NS
from bridgewatch.core.health.columns import any_of, padded
from bridgewatch.core.steps import Steps, portions
from bridgewatch.model.ids import EgressId, LinkId, PathKey, SiteId
from bridgewatch.model.inventory import Inventory, Link, PathSpec, Site
from bridgewatch.model.observations import Flag, Int32
from bridgewatch.model.words import CarriedBy, Family, Network

_Name = TypeVar("_Name")

_NO_NETWORK: Final = 0
_ANY_NETWORK: Final = 3
_NETWORKS: Final = {Network.WAN: 1, Network.INTERNET: 2}
_NETWORK_OF: Final = {
    CarriedBy.WAN: _NETWORKS[Network.WAN],
    CarriedBy.INTERNET: _NETWORKS[Network.INTERNET],
    CarriedBy.ANY: _ANY_NETWORK,
}


_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Layout:
    """Index tables; `rows` R, links L, sites S, egresses E are counts without the neutral entry."""

    rows: int
    links: tuple[LinkId, ...]
    sites: tuple[SiteId, ...]
    egresses: tuple[EgressId, ...]
    place_of_link: Mapping[LinkId, int]
    place_of_site: Mapping[SiteId, int]
    place_of_egress: Mapping[EgressId, int]
    row_of_path: Mapping[PathKey, int]
    link_of_path: Int32  # [R+1] L for references and unused rows
    egress_of_path: Int32  # [R+1] E for unused rows
    reference: Flag  # [R+1] the path is a reference of its egress
    group_of_path: Int32  # [R+1] egress x family, see `group`; 2E for unused rows
    slow_path: Flag  # [R+1] its own rate is below that of a suspect
    interval_ms: Int32  # [R+1] between its probes, at its own rate
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


def lay_out(inventory: Inventory, rows: Mapping[PathKey, int], at_least: int = 0) -> Steps[Layout]:
    """Number everything in `inventory`. Paths without a row are left out; R is `at_least` that."""
    links = yield from _numbered(inventory.links)
    sites = yield from _numbered(inventory.sites)
    egresses = {name: place for place, name in enumerate(inventory.egresses)}
    paths = yield from _PathTables.of(inventory.paths, rows, at_least, links, egresses)
    by_link = yield from _LinkTables.of(inventory.links.values(), sites, egresses)
    carried_by = yield from _networks_of(inventory.sites.values())
    capacity = len(paths.link) - 1
    paths_of_link = paths.members(paths.link, len(links), capacity)
    yield
    links_of_site = padded(
        by_link.site[:-1], np.arange(len(links), dtype=np.int32), len(sites) + 1, len(links)
    )
    yield
    return Layout(
        rows=capacity,
        links=tuple(links),
        sites=tuple(sites),
        egresses=tuple(egresses),
        place_of_link=links,
        place_of_site=sites,
        place_of_egress=egresses,
        row_of_path=paths.row_of,
        link_of_path=paths.link,
        egress_of_path=paths.egress,
        reference=paths.reference,
        group_of_path=paths.group,
        slow_path=paths.slow,
        interval_ms=paths.interval_ms,
        paths_of_link=paths_of_link,
        slow_link=any_of(paths.slow[paths_of_link]),
        references_of=paths.references(len(egresses), capacity),
        egress_of_link=by_link.egress,
        site_of_link=by_link.site,
        links_of_site=links_of_site,
        carrying=_carrying(carried_by, by_link.network[links_of_site]),
        paused=by_link.paused,
        dial_in=by_link.dial_in,
    )


def _numbered(names: Iterable[_Name]) -> Steps[dict[_Name, int]]:
    places: dict[_Name, int] = {}
    for portion in portions(names):
        places.update(zip(portion, range(len(places), len(places) + len(portion)), strict=True))
        yield
    return places


@dataclass(frozen=True, slots=True)
class _PathTables:
    row_of: Mapping[PathKey, int]
    order: Int32  # rows in inventory order
    link: Int32
    egress: Int32
    reference: Flag
    group: Int32
    slow: Flag
    interval_ms: Int32

    @classmethod
    def of(
        cls,
        specs: Iterable[PathSpec],
        rows: Mapping[PathKey, int],
        at_least: int,
        links: Mapping[LinkId, int],
        egresses: Mapping[EgressId, int],
    ) -> Steps["_PathTables"]:
        row_of: dict[PathKey, int] = {}
        told = [np.empty((0, 5), np.int32)]
        for portion in portions(specs):
            placed = [(row, spec) for spec in portion if (row := rows.get(spec.key)) is not None]
            row_of.update((spec.key, row) for row, spec in placed)
            told.append(_table([_of_path(spec, links, egresses) for _, spec in placed], 5))
            yield
        order = np.array(list(row_of.values()), dtype=np.int32)
        yield
        columns = np.concatenate(told).T
        capacity = max(at_least, int(order.max(initial=-1)) + 1)
        neutral = _of_nobody(links, egresses)
        link, egress, groups, slow, interval_ms = (
            _spread(order, column, capacity, value) for column, value in zip(columns, neutral, strict=True)
        )
        reference = (link == len(links)) & (egress < len(egresses))
        return cls(row_of, order, link, egress, reference, groups, slow.astype(np.bool_), interval_ms)

    def members(self, owner: Int32, owners: int, filler: int) -> Int32:
        """Rows by owner [owners + 1, k]; the neutral owner has none."""
        order = self.order[owner[self.order] < owners]
        return padded(owner[order], order, owners + 1, filler)

    def references(self, owners: int, filler: int) -> Int32:
        owner = np.where(self.reference, self.egress, owners).astype(np.int32)
        return self.members(owner, owners, filler)


def _of_path(
    spec: PathSpec, links: Mapping[LinkId, int], egresses: Mapping[EgressId, int]
) -> tuple[int, int, int, int, int]:
    """Link, egress and group of a path, whether it is slow, and milliseconds between its probes."""
    link = len(links) if spec.link is None else links[spec.link]
    egress = egresses[spec.egress]
    slow = spec.interval_ns > BOOST_INTERVAL_NS
    return link, egress, group(egress, spec.family), slow, spec.interval_ns // _MS


def _of_nobody(
    links: Mapping[LinkId, int], egresses: Mapping[EgressId, int]
) -> tuple[int, int, int, int, int]:
    return len(links), len(egresses), 2 * len(egresses), 0, 0


def _table(rows: Sequence[tuple[int, ...]], width: int) -> Int32:
    """Rows of numbers as an array, also where there are none."""
    return np.array(rows, np.int32).reshape(-1, width)


def _spread(order: Int32, column: Int32, capacity: int, neutral: int) -> Int32:
    """A column by row [capacity + 1] from one in inventory order."""
    spread = np.full(capacity + 1, neutral, dtype=np.int32)
    spread[order] = column
    return spread


@dataclass(frozen=True, slots=True)
class _LinkTables:
    """Columns in inventory order [L+1]."""

    site: Int32
    egress: Int32
    network: Int32
    paused: Flag
    dial_in: Flag

    @classmethod
    def of(
        cls, links: Iterable[Link], sites: Mapping[SiteId, int], egresses: Mapping[EgressId, int]
    ) -> Steps["_LinkTables"]:
        told = []
        for portion in portions(links):
            rows = [
                (
                    sites[link.site],
                    egresses[link.egress],
                    _NETWORKS[link.network],
                    link.paused,
                    link.dial_in is not None,
                )
                for link in portion
            ]
            told.append(_table(rows, 5))
            yield
        nobody = (len(sites), len(egresses), _NO_NETWORK, True, False)
        site, egress, network, paused, dial_in = np.concatenate([*told, _table([nobody], 5)]).T.copy()
        return cls(site, egress, network, paused.astype(np.bool_), dial_in.astype(np.bool_))


def _networks_of(sites: Iterable[Site]) -> Steps[Int32]:
    """Which networks carry each site's meeting, [S+1]."""
    wanted: list[int] = []
    for portion in portions(sites):
        wanted += [_NETWORK_OF[site.carried_by] for site in portion]
        yield
    return np.array([*wanted, _NO_NETWORK], dtype=np.int32)


def _carrying(wanted: Int32, network: Int32) -> Flag:
    """Which of the links of `network` [S+1, k] carry their site's meeting: those it wants, or all."""
    chosen: Flag = (wanted[:, None] == network) | (wanted[:, None] == _ANY_NETWORK)
    chosen &= network != _NO_NETWORK
    return chosen
