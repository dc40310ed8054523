"""When incidents are weighed again, and when that is worth an entry."""

from collections.abc import Iterable, Mapping
from typing import Final

from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.incidents.view import View
from bridgewatch.core.incidents.weights import Weights
from bridgewatch.model.ids import IncidentId, SiteId
from bridgewatch.model.log import Weighed
from bridgewatch.model.paging import FaultKind, Urgency

MANY_SITES: Final = 64
AGAIN_AFTER_NS: Final = 5_000_000_000


class Weighing:
    """Weighs what was stirred. Large incidents that get no worse are told of at most every five seconds.

    A country that comes back link by link would else write all its sites into the log each tick.
    """

    def __init__(self, view: View) -> None:
        self._view = view
        self._put_off: dict[IncidentId, set[SiteId]] = {}

    def due_ns(self, incident: Incident) -> int | None:
        """When what was put off is to be told."""
        if incident.id not in self._put_off or incident.weighed_ns is None:
            return None
        return incident.weighed_ns + AGAIN_AFTER_NS

    def resume(self, incident: Incident, now_ns: int) -> None:
        """Weigh what was put off, if it is time."""
        if incident.id not in self._put_off:
            return
        due_ns = self.due_ns(incident)
        if due_ns is not None and due_ns <= now_ns:
            self.stir(incident, self._put_off.pop(incident.id))

    def forget(self, incident: Incident) -> None:
        """Nothing of it is broken: there is nothing to tell."""
        self._put_off.pop(incident.id, None)

    def stir(self, incident: Incident, sites: Iterable[SiteId]) -> None:
        """Have it weighed at these sites."""
        for site in sites:
            self._view.writer.stir(incident, site)

    def stir_all(self) -> None:
        """Have everything weighed that is broken."""
        links = self._view.topology.inventory.links
        for incident in self._view.ledger.open.values():
            if incident.broken:
                sites = {links[link].site for link in incident.links if link in links}
                self.stir(incident, sites.union(incident.weights))

    def weigh(self, incidents: Iterable[Incident], now_ns: int) -> None:
        """Weigh those of the incidents that were stirred, in this order, and write what changed."""
        scale, stirred = self._view.scale, self._view.writer.stirred
        taken = ((incident, stirred.pop(incident.id, None)) for incident in incidents)
        wanted = [(incident, sites) for incident, sites in taken if sites and _hurts_sites(incident)]
        if not wanted:
            return
        states = scale.states({site for _, sites in wanted for site in sites})
        for incident, sites in wanted:
            self._tell(incident, scale.weigh(incident, sites, states, self._view.settled_in), now_ns)

    def _tell(self, incident: Incident, found: Weights, now_ns: int) -> None:
        weights = {**incident.weights, **found} if incident.weights else found
        if Urgency.NOTE in found.values():
            weights = {site: weight for site, weight in weights.items() if weight}
        if incident.weighed_ns is not None and weights == incident.weights:
            return
        urgency = max(weights.values(), default=Urgency.NOTE)
        if len(incident.weights) >= MANY_SITES and self._may_wait(incident, weights, urgency, now_ns):
            self._put_off.setdefault(incident.id, set()).update(found)
            self._view.writer.touched[incident.id] = incident
            return
        self._put_off.pop(incident.id, None)
        at = self._by_weight(weights)
        entry = Weighed(
            at_ns=now_ns,
            incident=incident.id,
            urgency=urgency,
            dark=at.get(Urgency.DARK, ()),
            impaired=at.get(Urgency.IMPAIRED, ()),
            reduced=at.get(Urgency.REDUCED, ()),
        )
        self._view.writer.write(incident, entry)

    def _by_weight(self, weights: Weights) -> Mapping[Urgency, tuple[SiteId, ...]]:
        """The sites of each weight, in inventory order."""
        if len(weights) == 1:
            return {weight: (site,) for site, weight in weights.items()}
        at: dict[Urgency, list[SiteId]] = {}
        for site in sorted(weights, key=self._view.topology.place_of_site.__getitem__):
            at.setdefault(weights[site], []).append(site)
        return {weight: tuple(sites) for weight, sites in at.items()}

    def _may_wait(self, incident: Incident, weights: Weights, urgency: Urgency, now_ns: int) -> bool:
        former = incident.weights
        if urgency is not incident.urgency:
            return False
        if incident.weighed_ns is None or now_ns >= incident.weighed_ns + AGAIN_AFTER_NS:
            return False
        return all(weight <= former.get(site, Urgency.NOTE) for site, weight in weights.items())


def _hurts_sites(incident: Incident) -> bool:
    """Whether it may do something to meetings: of a target that refuses only the measurement is lost."""
    return incident.broken and bool(incident.links) and incident.kind is not FaultKind.TARGET
