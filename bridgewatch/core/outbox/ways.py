"""Our own ways out, as the log tells of them: a channel that needs one that is dark is tried last."""

from dataclasses import dataclass, field

from bridgewatch.model.ids import EgressId, IncidentId
from bridgewatch.model.log import Closed, Grew, Noticed, Recovered
from bridgewatch.model.paging import FaultKind, Why


@dataclass(slots=True)
class WayOut:
    """An egress with an incident. `dark`: nothing at all gets out by it; `broken`: it is so now."""

    egress: EgressId
    dark: bool = False
    broken: bool = True


@dataclass(slots=True)
class Ways:
    """The egresses whose incidents are not closed: a fold over the log."""

    by_incident: dict[IncidentId, WayOut] = field(default_factory=dict)

    @property
    def dark(self) -> frozenset[EgressId]:
        """Those that nothing gets out by."""
        return frozenset(way.egress for way in self.by_incident.values() if way.dark and way.broken)

    def noticed(self, entry: Noticed) -> None:
        """A fault began, perhaps of an egress."""
        if entry.kind is FaultKind.EGRESS:
            self.by_incident[entry.incident] = WayOut(EgressId(entry.subject))

    def grew(self, entry: Grew) -> None:
        """It is broken again, or in another way."""
        way = self.by_incident.get(entry.incident)
        if way is not None:
            way.broken = True
            if entry.why is not Why.RELAPSED:
                way.dark = entry.why is Why.EGRESS_DARK

    def recovered(self, entry: Recovered) -> None:
        """All is well there."""
        way = self.by_incident.get(entry.incident)
        if way is not None:
            way.broken = False

    def closed(self, entry: Closed) -> None:
        """The end of the incident."""
        self.by_incident.pop(entry.incident, None)
