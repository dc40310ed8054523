"""What each incident does to meetings: site by site, by health's own rules for sites.

A site counts for an incident through the links of it that are in the incident:

* dark: a carrying link of it is down, and no other carries the meeting either
* impaired: a carrying link of it is down, flapping or of critical quality, and the best that is left is poor
* reduced: the meeting goes on by another link

Critical quality that the meeting does not feel is none of these, nor is loss or jitter of plain echoes: they
may be the doing of a router's CPU.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from bridgewatch.core.health.sites import site_states
from bridgewatch.core.incidents.incident import Incident, Member
from bridgewatch.core.incidents.sight import Sight
from bridgewatch.core.incidents.topology import Topology
from bridgewatch.model.calendar import Ruling
from bridgewatch.model.ids import LinkId, SiteId
from bridgewatch.model.log import Proof
from bridgewatch.model.observations import Flag, Int32
from bridgewatch.model.paging import FaultKind, Urgency
from bridgewatch.model.words import CarriedBy, Reason, SiteState

# What the loss of a carrying link does; of any other it takes the spare.
_OF_OUTAGE: Final = {SiteState.DARK: Urgency.DARK, SiteState.IMPAIRED: Urgency.IMPAIRED}
_NOISY: Final = frozenset({Reason.LOSS, Reason.JITTER, Reason.PDV})

Weights = dict[SiteId, Urgency]


class Scale:
    """Weighs incidents at sites; which links carry a meeting follows the rulings."""

    def __init__(self, topology: Topology, sight: Sight) -> None:
        self._topology = topology
        self._sight = sight
        self._rulings: Mapping[SiteId, Ruling] = {}
        self._carries: Flag = np.zeros(len(topology.names) + 1, dtype=np.bool_)
        self._carrying: dict[LinkId, bool] = {}
        self._carry(topology.sites)

    def rule(self, rulings: Mapping[SiteId, Ruling]) -> None:
        """Go by these rulings from now on."""
        former, self._rulings = self._rulings, rulings
        self._carry({**former, **rulings})

    def _carry(self, sites: Iterable[SiteId]) -> None:
        inventory, place = self._topology.inventory, self._topology.place
        for name in sites:
            site = inventory.sites.get(name)
            if site is None:
                continue
            carried_by = site.carried_by
            ruling = self._rulings.get(name)
            if site.carried_by_default and ruling is not None and ruling.carried_by is not None:
                carried_by = ruling.carried_by
            for link in site.links:
                carries = (
                    carried_by is CarriedBy.ANY or carried_by.value == inventory.links[link].network.value
                )
                self._carries[place[link]] = self._carrying[link] = carries

    def states(self, sites: Iterable[SiteId]) -> dict[SiteId, SiteState]:
        """The states of those sites that are in the inventory, by what was last seen of their links."""
        place = self._topology.place_of_site
        known = {site: place[site] for site in sites if site in place}
        places = np.fromiter(known.values(), dtype=np.int32, count=len(known))
        seats = _Seats(self._topology.links_of_site[places], self._carries)
        sight, rows = self._sight, np.arange(len(places), dtype=np.int32)
        found = site_states(rows, sight.seen, sight.refuses, seats)
        return {site: _SITE_STATES[state] for site, state in zip(known, found.tolist(), strict=True)}

    def dark(self, site: SiteId) -> bool:
        """Whether nothing carries the meeting of the site."""
        return self.states((site,))[site] is SiteState.DARK

    def weigh(
        self,
        incident: Incident,
        sites: Iterable[SiteId],
        states: Mapping[SiteId, SiteState],
        settled_in: bool,
    ) -> Weights:
        """Weigh an incident at sites: NOTE where it does nothing, and at one that left the inventory.

        Until it is settled in, health has not spoken of everything; what was known is left as it is then.
        """
        weigh = self._quality if incident.kind is FaultKind.QUALITY else self._outage
        found: Weights = {}
        for site in sites:
            state = states.get(site)
            if state is None:
                found[site] = Urgency.NOTE
                continue
            links = self._topology.inventory.sites[site].links
            if site in incident.weights and self._unheard(links, incident, settled_in=settled_in):
                continue
            found[site] = weigh(state, links, incident.links)
        return found

    def _unheard(self, links: Iterable[LinkId], incident: Incident, *, settled_in: bool) -> bool:
        """Whether health has yet to speak of a link that matters."""
        unknown = [link for link in links if self._sight.unknown(link)]
        return bool(unknown) and (not settled_in or any(link in incident.links for link in unknown))

    def _outage(self, state: SiteState, links: Iterable[LinkId], members: Mapping[LinkId, Member]) -> Urgency:
        """What the loss of those of a site's links means that are members."""
        weight = Urgency.NOTE
        for link in links:
            if link in members:
                weight = Urgency.REDUCED
                if self._carrying[link]:
                    return _OF_OUTAGE.get(state, weight)
        return weight

    def _quality(
        self, state: SiteState, links: Iterable[LinkId], members: Mapping[LinkId, Member]
    ) -> Urgency:
        """What their poor quality means."""
        if state is not SiteState.IMPAIRED:
            return Urgency.NOTE
        felt = (
            self._carrying[link] and not (is_noise(members[link].proof) and self._topology.echo_only(link))
            for link in links
            if link in members
        )
        return Urgency.IMPAIRED if any(felt) else Urgency.NOTE


def is_noise(proof: Proof) -> bool:
    """Whether, measured by echo only, it may be a router's CPU and not the link."""
    return proof.reason in _NOISY


class _Seats:
    """Some sites only, as health's rules want to be told of them."""

    def __init__(self, links_of_site: Int32, carries: Flag) -> None:
        self.links_of_site = links_of_site
        self.carrying: Flag = carries[links_of_site]


_SITE_STATES: Final = tuple(SiteState)
