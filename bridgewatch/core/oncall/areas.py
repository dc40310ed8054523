"""Many sites in few words: the areas of which every site that matters is among them."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from bridgewatch.model.ids import SiteId
from bridgewatch.model.inventory import Site

_Path = tuple[SiteId | None, ...]  # None, which is everywhere, then from the province down to the site


class Areas:
    """The areas that the sites of `universe` lie in; no other site counts."""

    def __init__(self, universe: Collection[SiteId], sites: Mapping[SiteId, Site]) -> None:
        self._paths = {site: _path(site, sites) for site in universe}
        self._there = Counter(area for path in self._paths.values() for area in path)

    def of(self, chosen: Collection[SiteId]) -> Iterator[tuple[SiteId | None, tuple[SiteId, ...]]]:
        """`chosen`, some of the universe, as areas with their sites: as few areas as say it exactly.

        An area is a site and everything below it, None everywhere. Each is the smallest one that contains
        its sites, and everything of the universe in it is chosen; but an area with itself as its only site
        is that site alone.
        """
        among = Counter(area for site in chosen for area in self._paths[site])
        gathered: dict[object, list[SiteId]] = {}
        for site in chosen:
            whole = (area for area in self._paths[site] if self._there[area] == among[area])
            gathered.setdefault(next(whole, (site,)), []).append(site)
        for members in gathered.values():
            yield _lowest_common([self._paths[site] for site in members]), tuple(members)


def _path(site: SiteId, sites: Mapping[SiteId, Site]) -> _Path:
    upwards: list[SiteId] = []
    at: SiteId | None = site
    while at is not None and at in sites and at not in upwards:
        upwards.append(at)
        at = sites[at].parent
    return (None, *reversed(upwards))


def _lowest_common(paths: list[_Path]) -> SiteId | None:
    lowest = None
    for rank in zip(*paths, strict=False):
        if len(set(rank)) > 1:
            break
        lowest = rank[0]
    return lowest
