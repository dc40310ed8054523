"""How long an incident is held before people are paged: by the most demanding of the rulings it falls under.

Each site counts by its own ruling and by what the fault does to *it*: a live conference that only lost a
spare does not make a dark site elsewhere more urgent. Each urgency is held from when it was reached: a spare
that has been down for long is no reason to page a cut of the main link at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.incidents.incident import Cut, Incident
from bridgewatch.model.calendar import Ruling
from bridgewatch.model.ids import SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import FaultKind, Phase, Urgency, Why

CUTS: Final = 3
CUTS_SILENCE_NS: Final = 5_000_000_000
CUTS_WINDOW_NS: Final = 60_000_000_000
_SECOND_NS: Final = 1_000_000_000
_OUTAGES: Final = frozenset(
    {FaultKind.LINK, FaultKind.SITE, FaultKind.HANDOVER, FaultKind.AREA, FaultKind.SERVICE}
)


@dataclass(frozen=True, slots=True)
class Due:
    """When an incident is to be opened, and by what."""

    at_ns: int
    ruling: Ruling
    hold: float  # seconds
    why: Why


class Holds:
    """The rulings of an agenda, as they are at one instant."""

    def __init__(self, inventory: Inventory, agenda: Agenda, now_ns: int) -> None:
        self._policies = inventory.directory.policies
        self.rulings = agenda.rulings(now_ns)
        self.next_change_ns = agenda.next_change_ns(now_ns)
        nowhere = SiteId("")  # no event is held there
        self._calm = agenda.ruling(nowhere, now_ns)
        self._all = _distinct((*self.rulings.values(), self._calm))

    def due(self, incident: Incident) -> Due | None:
        """When it outlasts its hold, or its short cuts add up; None if it never pages anybody by itself."""
        found: Due | None = None
        for urgency, since_ns in incident.urgent_ns.items():
            if not _counted(urgency, incident):
                continue
            for ruling in self._rulings(incident, urgency):
                hold = self._hold(ruling, urgency)
                if hold is None:
                    continue
                at_ns = since_ns + round(hold * _SECOND_NS)
                if found is None or (at_ns, -ruling.phase) < (found.at_ns, -found.ruling.phase):
                    found = Due(at_ns, ruling, hold, Why.HELD)
        if incident.cuts and (summed := self._cuts_due(incident)) is not None:
            return summed if found is None or summed.at_ns < found.at_ns else found
        return found

    def _rulings(self, incident: Incident, urgency: Urgency) -> Iterable[Ruling]:
        """Each ruling that some site of at least this urgency is under."""
        if incident.urgency is Urgency.OWN:
            return self._all  # what is our own serves every conference
        sites: Iterable[SiteId]
        if urgency is Urgency.DARK:
            sites = incident.dark
        elif urgency is Urgency.IMPAIRED:
            sites = (*incident.dark, *incident.impaired)
        else:
            sites = incident.weights
        rulings = self._of(sites)
        return rulings or ((self._calm,) if incident.site is None else self._of((incident.site,)))

    def _of(self, sites: Iterable[SiteId]) -> tuple[Ruling, ...]:
        if not self.rulings:
            return (self._calm,) if any(True for _ in sites) else ()
        return _distinct(self.rulings.get(site, self._calm) for site in sites)

    def _hold(self, ruling: Ruling, urgency: Urgency) -> float | None:
        policy = self._policies.get(ruling.policy)
        return None if policy is None else policy.hold.get(urgency)

    def _cuts_due(self, incident: Incident) -> Due | None:
        """When its cuts add up: live, the third within the window, or so much silence in more than one."""
        if incident.kind not in _OUTAGES or incident.urgency < Urgency.IMPAIRED:
            return None
        live = [ruling for ruling in self._rulings(incident, Urgency.IMPAIRED) if ruling.phase is Phase.LIVE]
        spell_ns = incident.urgent_ns[Urgency.NOTE]
        former = [cut for cut in incident.cuts if _counts(cut, spell_ns)]
        if not live or not former:
            return None
        at_ns = spell_ns
        if len(former) < CUTS - 1:
            silence_ns = sum(cut.ended_ns - cut.began_ns for cut in former)
            at_ns = max(at_ns, incident.spell_ns + CUTS_SILENCE_NS - silence_ns)
            if any(not _counts(cut, at_ns) for cut in former):
                return None
        ruling = live[0]
        return Due(at_ns, ruling, self._hold(ruling, incident.urgency) or 0.0, Why.CUTS_ADD_UP)


def _counted(urgency: Urgency, incident: Incident) -> bool:
    """Whether an incident that has been worse than this is held as long as one that is no more than this.

    What makes a site dark has taken a line away, whatever is left of the meeting. Poor quality has not: it is
    never the loss of a spare. Nothing but our own house is our own house.
    """
    if urgency is incident.urgency or urgency is Urgency.NOTE:
        return True
    return urgency is not Urgency.OWN and incident.kind is not FaultKind.QUALITY


def _distinct(rulings: Iterable[Ruling]) -> tuple[Ruling, ...]:
    """Each once. An agenda makes one object for all sites of the same events, so nothing is compared."""
    return tuple({id(ruling): ruling for ruling in rulings}.values())


def _counts(cut: Cut, at_ns: int) -> bool:
    """Whether the meeting was hurt by it, within the window that ends at `at_ns`."""
    return cut.urgency >= Urgency.IMPAIRED and cut.ended_ns > at_ns - CUTS_WINDOW_NS
