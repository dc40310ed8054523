"""Roots that no link is: handovers, a carrier's area, a site's power, a service.

Only links that no other link explains are counted, and only by when their silence began. The most specific
explanation comes first: a named handover, then a service, a carrier's area, a site. Of a carrier's areas it
is the smallest that contains all of what the widest one explains: a cut in one district is named by the
district, a cut of a province is one incident and not ten.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple, TypeVar

import numpy as np

from bridgewatch.core.incidents.causes import Causes
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.ledger import Ledger
from bridgewatch.core.incidents.regions import Region
from bridgewatch.core.incidents.sight import Sight
from bridgewatch.core.incidents.topology import Topology
from bridgewatch.model.ids import IncidentId, LinkId, SiteId
from bridgewatch.model.inventory import Link
from bridgewatch.model.observations import Int32
from bridgewatch.model.paging import FaultKind, Why

_Key = TypeVar("_Key")

Key = tuple[FaultKind, str]

TOGETHER_NS: Final = 10_000_000_000
AT_ONE_SITE_NS: Final = 5_000_000_000
REJOIN_NS: Final = 600_000_000_000
MANY: Final = 5
_CERTAIN: Final = 2  # one link is itself, whatever it hangs on
_CARRIERS: Final = 2

GROUPS: Final = frozenset({FaultKind.HANDOVER, FaultKind.AREA, FaultKind.SITE})
_IN_SITES: Final = frozenset({FaultKind.LINK, FaultKind.SITE})
_IN_REGIONS: Final = frozenset({FaultKind.LINK, FaultKind.SITE, FaultKind.AREA})


class Claim(NamedTuple):
    """An incident that a link is to be in."""

    key: Key
    why: Why


def most(part: int, whole: int) -> bool:
    """Whether it is at least 60 %."""
    return 5 * part >= 3 * whole


def stands(incident: Incident, own: Iterable[LinkId], topology: Topology) -> bool:
    """Whether a group is still one with these of its links, beside those of it that answer again."""
    there = [*own, *incident.left]
    if incident.kind is FaultKind.SITE:
        links = topology.inventory.links
        return len({links[link].carrier for link in there if link in links}) >= _CARRIERS
    certain = incident.kind is FaultKind.HANDOVER and not incident.suspected
    return len(there) >= (_CERTAIN if certain else MANY)


@dataclass(slots=True)
class Groups:
    """Looks for groups around the links that have just fallen.

    `fallen` are those; `fresh` those of them that nothing explains, and `loose` links whose former incident
    is no more (which are in `fresh` too). `dark` says whether a site is. `trusting`: what health has not
    spoken of yet is taken to answer.
    """

    topology: Topology
    ledger: Ledger
    sight: Sight
    causes: Causes
    dark: Callable[[SiteId], bool]
    trusting: bool
    now_ns: int
    fallen: Sequence[LinkId]
    fresh: Sequence[LinkId]
    loose: frozenset[LinkId] = frozenset()
    claims: dict[LinkId, Claim] = field(default_factory=dict)
    _standing: dict[IncidentId, bool] = field(default_factory=dict)

    def find(self) -> Mapping[LinkId, Claim]:
        """What belongs into which group; what is not named stays where it is, or is on its own."""
        pool = list(self._links([*self.fresh, *self._lately()]))
        self._handovers(pool)
        self._services()
        self._regions(pool)
        self._sites(pool)
        self._rejoin()
        return self.claims

    def find_services(self) -> Mapping[LinkId, Claim]:
        """Only the services among what is down."""
        self._services()
        return self.claims

    def _lately(self) -> Iterable[LinkId]:
        """Links that fell by themselves not long before, are still down, and may belong to what fell now.

        Also what a root explains counts as fallen: it may be the last that was seen to answer.
        """
        if not self.ledger.lately:
            return
        fresh, members, known = set(self.fresh), self.ledger.down, self.topology.inventory.links
        moved = [known[link] for link in dict.fromkeys((*self.fallen, *self.fresh))]
        first_ns = min(self._since_ns(link.id) for link in moved) - TOGETHER_NS
        sites = {link.site for link in moved}
        places = {place for link in moved for place in self._places(link)}
        for name in dict.fromkeys(link for _, fell in self.ledger.lately for link in fell):
            incident = members.get(name)
            if incident is None or name in fresh or incident.kind is FaultKind.HANDOVER:
                continue
            member, link = incident.links[name], known[name]
            if member.since_ns < first_ns or member.why is Why.BEHIND_ROOT:
                continue
            near = link.site in sites or any(place in places for place in self._places(link))
            if near and self.causes.cause(name) is None:
                yield name

    def _places(self, link: Link) -> tuple[tuple[str, str], ...]:
        """What links of one carrier may have in common: its handover, the topmost area."""
        top = (link.carrier, self.topology.areas[link.site][-1])
        return (top,) if link.handover is None else (top, (link.carrier, f"/{link.handover}"))

    def _handovers(self, pool: Iterable[Link]) -> None:
        by_handover = _gathered(
            ((link.carrier, link.handover), link.id) for link in pool if link.handover is not None
        )
        for handover, candidates in by_handover.items():
            carrier, name = handover
            key = (FaultKind.HANDOVER, f"{carrier}/{name}")
            together = self._together(candidates, TOGETHER_NS)
            if not together:
                continue
            fresh = [link for link in candidates if self._is_fresh(link)]
            existing = self._broken(key)
            up = self._up(self.topology.on_handover[handover])
            if existing is not None and not up and self._stands(existing):
                self._claim([*together, *fresh], key, Why.BEHIND_HANDOVER)
            elif len(together) >= _CERTAIN and not up:
                self._claim(together, key, Why.BEHIND_HANDOVER)
            elif len(together) >= MANY and most(len(together), len(together) + up):
                self._claim(together, key, Why.CARRIER_AREA)
            elif existing is not None and existing.suspected:
                self._join(fresh, existing, TOGETHER_NS, Why.CARRIER_AREA)

    def _services(self) -> None:
        services = self.topology.services
        if not services:
            return
        for site in dict.fromkeys(link.site for link in self._links((*self.fallen, *self.fresh))):
            if site in services and self.dark(site):
                there = [link for link in self._own_of(site) if self._free(link, _IN_SITES)]
                self._claim(there, (FaultKind.SERVICE, site), Why.SERVICE_DARK)

    def _own_of(self, site: SiteId) -> Iterable[LinkId]:
        """The links of a site that are down, and that no other link explains."""
        for link in self.topology.inventory.sites[site].links:
            if self.causes.since_ns(link) is not None and self.causes.cause(link) is None:
                yield link

    def _regions(self, pool: Iterable[Link]) -> None:
        names, place = self.topology.names, self.topology.place
        free = [link for link in pool if self._free(link.id, _IN_REGIONS)]
        places = np.array([place[link.id] for link in free], np.int32)
        crowded = self.topology.regions.crowded(places, MANY)
        for region in sorted(crowded, key=self._width):
            candidates = [names[each] for each in crowded[region].tolist()]
            self._region(region, [link for link in candidates if link not in self.claims])
        existing = [one for one in self.ledger.open.values() if one.kind is FaultKind.AREA and one.broken]
        if existing:
            suspected = {one.subject: one for one in existing}
            for link in free:
                if link.id not in self.claims and self._is_fresh(link.id):
                    self._join_region(link, suspected)

    def _width(self, region: Region) -> tuple[int, Region]:
        return len(self.topology.areas[region[1]]), region

    def _region(self, region: Region, candidates: Sequence[LinkId]) -> None:
        if len(candidates) < MANY:
            return
        up = self._up(self.topology.regions.links(region))
        if not most(len(candidates), len(candidates) + up):
            return
        together = self._together(candidates, TOGETHER_NS)
        if len(together) < MANY or not most(len(together), len(together) + up):
            return
        links = self.topology.inventory.links
        area = self.topology.common_area({links[link].site for link in together})
        self._claim(together, (FaultKind.AREA, f"{region[0]}@{area}"), Why.CARRIER_AREA)

    def _join_region(self, link: Link, suspected: Mapping[str, Incident]) -> None:
        for area in self.topology.areas[link.site]:
            existing = suspected.get(f"{link.carrier}@{area}")
            if existing is not None:
                self._join([link.id], existing, TOGETHER_NS, Why.CARRIER_AREA)
                return

    def _sites(self, pool: Sequence[Link]) -> None:
        links, of_key = self.topology.inventory.links, self.ledger.of_key
        falls = Counter([link.site for link in pool])
        known = {site for site in falls if (FaultKind.SITE, site) in of_key}
        many = known.union(site for site, count in falls.items() if count >= _CARRIERS)
        near = [link for link in pool if link.site in many and self._free(link.id, _IN_SITES)]
        for site, candidates in _gathered((link.site, link.id) for link in near).items():
            if len(candidates) < _CARRIERS and site not in known:
                continue
            fresh = [link for link in candidates if self._is_fresh(link)]
            existing = self._broken((FaultKind.SITE, site))
            if existing is not None:
                self._join(fresh, existing, AT_ONE_SITE_NS, Why.SITE_POWER)
                continue
            together = self._together(candidates, AT_ONE_SITE_NS)
            if len({links[link].carrier for link in together}) >= _CARRIERS:
                self._claim(together, (FaultKind.SITE, site), Why.SITE_POWER)

    def _rejoin(self) -> None:
        """What was in a group that is still broken, and falls again within ten minutes, is in it again."""
        if not self.ledger.left:
            return
        for link in self.fresh:
            former = self.ledger.left.get(link)
            if former is None or link in self.claims or former.kind not in GROUPS or not former.broken:
                continue
            if former.left[link] >= self.now_ns - REJOIN_NS:
                self.claims[link] = Claim(former.key, Why.RELAPSED)

    def _links(self, links: Iterable[LinkId]) -> Iterable[Link]:
        return map(self.topology.inventory.links.__getitem__, links)

    def _since_ns(self, link: LinkId) -> int:
        since_ns = self.causes.since_ns(link)
        return 0 if since_ns is None else since_ns

    def _is_fresh(self, link: LinkId) -> bool:
        return link in self.loose or link not in self.ledger.down

    def _free(self, link: LinkId, kinds: frozenset[FaultKind]) -> bool:
        """Whether a group may have it: it is not claimed, and not in an incident of a kind beyond `kinds`."""
        if link in self.claims:
            return False
        incident = self.ledger.down.get(link)
        return incident is None or link in self.loose or incident.kind in kinds

    def _broken(self, key: Key) -> Incident | None:
        incident = self.ledger.of_key.get(key)
        return incident if incident is not None and incident.broken else None

    def _claim(self, links: Iterable[LinkId], key: Key, why: Why) -> None:
        claim = Claim(key, why)
        for link in links:
            self.claims[link] = claim

    def _join(self, links: Iterable[LinkId], existing: Incident, span_ns: int, why: Why) -> None:
        if not self._stands(existing):
            return  # what has just fallen explains most of it, and not the other way
        began_ns = existing.spell_ns
        near = [link for link in links if abs(self._since_ns(link) - began_ns) <= span_ns]
        self._claim(near, existing.key, why)

    def _stands(self, existing: Incident) -> bool:
        known = self._standing.get(existing.id)
        if known is None:
            own = [link for link in existing.links if self._stays(link, existing)]
            known = self._standing[existing.id] = stands(existing, own, self.topology)
        return known

    def _stays(self, link: LinkId, existing: Incident) -> bool:
        claim = self.claims.get(link)
        return self.causes.cause(link) is None and (claim is None or claim.key == existing.key)

    def _together(self, links: Sequence[LinkId], span_ns: int) -> Sequence[LinkId]:
        """The most of `links` that fell within the span, rather with than without fresh ones.

        Of equally many the first.
        """
        ordered = sorted(links, key=lambda link: (self._since_ns(link), self.topology.place[link]))
        since = [self._since_ns(link) for link in ordered]
        if since and since[-1] - since[0] <= span_ns:
            return ordered
        fresh_before = [0, *accumulate(map(self._is_fresh, ordered))]
        best, best_is = (0, 0), (False, 0)
        end = 0
        for start, from_ns in enumerate(since):
            while end < len(since) and since[end] <= from_ns + span_ns:
                end += 1
            this_is = (fresh_before[end] > fresh_before[start], end - start)
            if this_is > best_is:
                best, best_is = (start, end), this_is
        return ordered[slice(*best)]

    def _up(self, places: Int32) -> int:
        """How many of these links answer, or may."""
        up = self.sight.answering(places)
        if self.trusting:
            up |= self.sight.unheard(places)
        names = self.topology.names
        return sum(self.causes.since_ns(names[place]) is None for place in places[up].tolist())


def _gathered(pairs: Iterable[tuple[_Key, LinkId]]) -> dict[_Key, list[LinkId]]:
    gathered: dict[_Key, list[LinkId]] = {}
    for key, link in pairs:
        gathered.setdefault(key, []).append(link)
    return gathered
