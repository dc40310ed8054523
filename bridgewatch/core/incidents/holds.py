"""How long an incident is held before people are paged: by the most demanding of the rulings it falls under.

Each site counts by its own ruling and by what the fault does to *it*: a live conference that only lost a
spare does not make a dark site elsewhere more urgent. Each urgency is held from when it was reached: a spare
that has been down for long is no reason to page a cut of the main link at once.
"""

from collections.abc import Iterable, Sequence
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


@dataclass(slots=True)
class Due:
    """When an incident is to be opened, and by what."""

    at_ns: int
    ruling: Ruling
    hold: float  # seconds
    why: Why


class Holds:
    """The rulings of an agenda, as they are at one instant."""

    def __init__(self, inventory: Inventory, agenda: Agenda, now_ns: int) -> None:
        self._holds = {
            (policy.id, urgency): hold
            for policy in inventory.directory.policies.values()
            for urgency, hold in policy.hold.items()
        }
        self._notes_held = any(urgency is Urgency.NOTE for _, urgency in self._holds)
        self.rulings = agenda.rulings(now_ns)
        self.next_change_ns = agenda.next_change_ns(now_ns)
        nowhere = SiteId("")  # no event is held there
        self._calm = agenda.ruling(nowhere, now_ns)
        self._all = _distinct((*self.rulings.values(), self._calm))

    def due(self, incident: Incident) -> Due | None:
        """When it outlasts its hold, or its short cuts add up; None if it never pages anybody by itself."""
        found: Due | None = None
        holds, reached = self._holds, incident.urgent_ns
        for urgency, rulings in self._rungs(incident):
            if urgency not in reached:
                continue
            since_ns = reached[urgency]
            for ruling in rulings:
                hold = holds.get((ruling.policy, urgency))
                if hold is None:
                    continue
                at_ns = since_ns + round(hold * _SECOND_NS)
                if (
                    found is None
                    or at_ns < found.at_ns
                    or (at_ns == found.at_ns and ruling.phase > found.ruling.phase)
                ):
                    found = Due(at_ns, ruling, hold, Why.HELD)
        if incident.cuts and (summed := self._cuts_due(incident)) is not None:
            return summed if found is None or summed.at_ns < found.at_ns else found
        return found

    def _rungs(self, incident: Incident) -> Sequence[tuple[Urgency, Sequence[Ruling]]]:
        """The urgencies that count, and for each the rulings of all its sites that are at least so badly off.

        What makes a site dark has taken a line away, whatever is left of the meeting: it is held no longer
        than the loss of a spare would be. Poor quality has not.
        """
        if incident.urgency is Urgency.OWN:  # what is our own serves every conference, or that of one site
            site = incident.site
            return ((Urgency.OWN, self._all if site is None else (self._at(site),)),)
        dark = self._of(incident.dark)
        impaired = self._with(dark, incident.impaired)
        reduced = self._with(impaired, incident.reduced)
        noted: Sequence[Ruling] = ()
        if self._notes_held:
            noted = reduced or (self._calm if incident.site is None else self._at(incident.site),)
        if incident.kind is FaultKind.QUALITY:
            return ((Urgency.IMPAIRED, impaired), (Urgency.NOTE, noted))
        return (
            (Urgency.DARK, dark),
            (Urgency.IMPAIRED, impaired),
            (Urgency.REDUCED, reduced),
            (Urgency.NOTE, noted),
        )

    def _at(self, site: SiteId) -> Ruling:
        return self.rulings.get(site, self._calm)

    def _of(self, sites: Sequence[SiteId]) -> Sequence[Ruling]:
        if len(sites) <= 1:
            return [self._at(site) for site in sites]
        return _distinct(map(self._at, sites)) if self.rulings else (self._calm,)

    def _with(self, rulings: Sequence[Ruling], sites: Sequence[SiteId]) -> Sequence[Ruling]:
        return _distinct((*rulings, *self._of(sites))) if sites else rulings

    def _cuts_due(self, incident: Incident) -> Due | None:
        """When its cuts add up: live, the third within the window, or so much silence in more than one."""
        if incident.kind not in _OUTAGES or incident.urgency < Urgency.IMPAIRED:
            return None
        hurt = self._with(self._of(incident.dark), incident.impaired)
        live = [ruling for ruling in hurt if ruling.phase is Phase.LIVE]
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
        hold = self._holds.get((ruling.policy, incident.urgency), 0.0)
        return Due(at_ns, ruling, hold, Why.CUTS_ADD_UP)


def _distinct(rulings: Iterable[Ruling]) -> Sequence[Ruling]:
    """Each once. An agenda makes one object for all sites of the same events, so nothing is compared."""
    return tuple({id(ruling): ruling for ruling in rulings}.values())


def _counts(cut: Cut, at_ns: int) -> bool:
    """Whether the meeting was hurt by it, within the window that ends at `at_ns`."""
    return cut.urgency >= Urgency.IMPAIRED and cut.ended_ns > at_ns - CUTS_WINDOW_NS
