"""How long an incident is held before people are paged: by the most demanding of the rulings it falls under.

Each site counts by its own ruling and by what the fault does to *it*: a live conference that only lost a
spare does not make a dark site elsewhere more urgent. Each urgency is held from when it was reached: a spare
that has been down for long is no reason to page a cut of the main link at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.incidents.incident import Cut, Incident
from bridgewatch.model.calendar import Ruling
from bridgewatch.model.ids import SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import OF_BANDWIDTH, FaultKind, Phase, Urgency, Why
from bridgewatch.model.policy import BANDWIDTH, Policy

CUTS: Final = 3
CUTS_SILENCE_NS: Final = 5_000_000_000
CUTS_WINDOW_NS: Final = 60_000_000_000
_SECOND_NS: Final = 1_000_000_000
_OUTAGES: Final = frozenset(
    {FaultKind.LINK, FaultKind.SITE, FaultKind.HANDOVER, FaultKind.AREA, FaultKind.SERVICE}
)

# What makes a site dark has taken a line away, whatever is left of the meeting: it is held no longer than the
# loss of a spare would be. Poor quality has not.
_OUTAGE: Final = (Urgency.DARK, Urgency.IMPAIRED, Urgency.REDUCED, Urgency.NOTE)
_QUALITY: Final = (Urgency.IMPAIRED, Urgency.NOTE)


@dataclass(slots=True)
class Due:
    """When an incident is to be opened, and by what."""

    at_ns: int
    ruling: Ruling
    hold: float  # seconds
    why: Why


_Rung = tuple[Urgency, int, float]  # how long it is held, in nanoseconds and in seconds


class Holds:
    """The rulings of an agenda, as they are at one instant."""

    def __init__(self, inventory: Inventory, agenda: Agenda, now_ns: int) -> None:
        every = [(policy, worst) for policy in inventory.directory.policies.values() for worst in Urgency]
        self._of_outages = {(policy.id, worst): _rungs(policy, worst, _OUTAGE) for policy, worst in every}
        self._of_quality = {(policy.id, worst): _rungs(policy, worst, _QUALITY) for policy, worst in every}
        self._has_bandwidth = BANDWIDTH in inventory.directory.policies
        self._phases = agenda.phases(now_ns)
        self.rulings = agenda.rulings(now_ns)
        self.next_change_ns = agenda.next_change_ns(now_ns)
        nowhere = SiteId("")  # no event is held there
        self._calm = agenda.ruling(nowhere, now_ns)
        # An agenda makes one object for all sites of the same events, so nothing is compared.
        self._all = {id(ruling): ruling for ruling in (*self.rulings.values(), self._calm)}

    def due(self, incident: Incident) -> Due | None:
        """When it outlasts its hold, or its short cuts add up; None if it never pages anybody by itself."""
        found: Due | None = None
        rungs = self._of_quality if incident.kind is FaultKind.QUALITY else self._of_outages
        reached = incident.urgent_ns
        for ruling, worst in self._concerned(incident):
            for urgency, hold_ns, hold in rungs.get((ruling.policy, worst), ()):
                since_ns = reached.get(urgency)
                if since_ns is None:
                    continue
                at_ns = since_ns + hold_ns
                if (
                    found is None
                    or at_ns < found.at_ns
                    or (at_ns == found.at_ns and ruling.phase > found.ruling.phase)
                ):
                    found = Due(at_ns, ruling, hold, Why.HELD)
        if incident.cuts and (summed := self._cuts_due(incident)) is not None:
            return summed if found is None or summed.at_ns < found.at_ns else found
        return found

    def _concerned(self, incident: Incident) -> Iterable[tuple[Ruling, Urgency]]:
        """The rulings that it falls under, each with the worst that it does to a site of it."""
        if incident.kind in OF_BANDWIDTH:
            return [(self._of_bandwidth(incident), incident.urgency)]
        if incident.urgency is Urgency.OWN and incident.site is None:
            return [(ruling, Urgency.OWN) for ruling in self._all.values()]  # it serves every conference
        weights = incident.weights
        if not weights:
            ruling = self._calm if incident.site is None else self._at(incident.site)
            return ((ruling, incident.urgency),)
        if not self.rulings:
            return ((self._calm, incident.urgency),)
        if len(weights) == 1:
            return [(self._at(site), weight) for site, weight in weights.items()]
        worst: dict[int, tuple[Ruling, Urgency]] = {}
        for site, weight in weights.items():  # the worst first
            ruling = self._at(site)
            worst.setdefault(id(ruling), (ruling, weight))
        return worst.values()

    def _of_bandwidth(self, incident: Incident) -> Ruling:
        """By the policy of its own; in the phase of the event that it is about."""
        ruling = self._calm if incident.site is None else self._at(incident.site)
        event = incident.told.event if incident.told is not None else None
        if event is not None:
            ruling = replace(ruling, event=event, phase=self._phases.get(event, Phase.NONE))
        return replace(ruling, policy=BANDWIDTH) if self._has_bandwidth else ruling

    def _at(self, site: SiteId) -> Ruling:
        return self.rulings.get(site, self._calm)

    def _cuts_due(self, incident: Incident) -> Due | None:
        """When its cuts add up: live, the third within the window, or so much silence in more than one."""
        if incident.kind not in _OUTAGES or incident.urgency < Urgency.IMPAIRED:
            return None
        hurt = (ruling for ruling, worst in self._concerned(incident) if worst >= Urgency.IMPAIRED)
        live = next((ruling for ruling in hurt if ruling.phase is Phase.LIVE), None)
        spell_ns = incident.urgent_ns[Urgency.NOTE]
        former = [cut for cut in incident.cuts if _counts(cut, spell_ns)]
        if live is None or not former:
            return None
        at_ns = spell_ns
        if len(former) < CUTS - 1:
            silence_ns = sum(cut.ended_ns - cut.began_ns for cut in former)
            at_ns = max(at_ns, incident.spell_ns + CUTS_SILENCE_NS - silence_ns)
            if any(not _counts(cut, at_ns) for cut in former):
                return None
        rungs = self._of_outages.get((live.policy, incident.urgency), ())
        hold = next((hold for urgency, _, hold in rungs if urgency is incident.urgency), 0.0)
        return Due(at_ns, live, hold, Why.CUTS_ADD_UP)


def _rungs(policy: Policy, worst: Urgency, counted: Sequence[Urgency]) -> tuple[_Rung, ...]:
    """What counts at a site that is so badly off, the worst first."""
    held = (Urgency.OWN,) if worst is Urgency.OWN else counted
    return tuple(
        (urgency, round(policy.hold[urgency] * _SECOND_NS), policy.hold[urgency])
        for urgency in held
        if urgency <= worst and urgency in policy.hold
    )


def _counts(cut: Cut, at_ns: int) -> bool:
    """Whether the meeting was hurt by it, within the window that ends at `at_ns`."""
    return cut.urgency >= Urgency.IMPAIRED and cut.ended_ns > at_ns - CUTS_WINDOW_NS
