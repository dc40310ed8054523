"""The terms of an escalation now: which policy is in force, how long steps wait, where to look."""

from collections.abc import Iterable
from typing import Final, Protocol

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.overlaps import DEMAND, pace, policy_of
from bridgewatch.core.escalation import quiet
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.oncall.find import Where
from bridgewatch.model.calendar import Event
from bridgewatch.model.ids import EventId, IncidentId, PolicyId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import OF_BANDWIDTH, FaultKind, Phase, Urgency
from bridgewatch.model.policy import BANDWIDTH, Policy, Step

_SECOND_NS: Final = 1_000_000_000
_REPEAT: Final = 900.0  # seconds, where a policy does not say: as often as outside events
_ON: Final = frozenset({Phase.WAVE, Phase.CHECK, Phase.LIVE})
_AHEAD: Final = frozenset({Phase.PLANNED, Phase.FREEZE}) | _ON
_NO_POLICY: Final = Policy(PolicyId("none"), hold={}, repeat={}, steps={})


class Known(Protocol):
    """Where incidents are looked up."""

    def get(self, incident: IncidentId) -> Incident | None:
        """An incident, for as long as it is known."""
        ...


class Terms:
    """Reads an inventory and its agenda."""

    def __init__(self, inventory: Inventory, agenda: Agenda) -> None:
        self._inventory = inventory
        self._agenda = agenda
        self._directory = inventory.directory
        self._sites_of: dict[EventId, frozenset[SiteId]] = {}

    def policy(self, incident: Incident, now_ns: int) -> Policy:
        """The fastest policy in force for any site that the incident touches.

        What is our own concern everywhere (an egress, delivery) goes by the fastest policy in force anywhere,
        what is wrong with bandwidth by a policy of its own.
        """
        if incident.kind in OF_BANDWIDTH and BANDWIDTH in self._directory.policies:
            return self._directory.policies[BANDWIDTH]
        rulings = self._agenda.rulings(now_ns)
        if incident.kind is FaultKind.CONTACTS:
            event = self._inventory.events.get(EventId(incident.subject))
            phase = self._agenda.phase(event.id, now_ns) if event is not None else Phase.NONE
            names = {policy_of(event, phase, self._directory)}
        elif not rulings:
            names = set()
        else:
            sites = set(self.sites(incident)) or rulings.keys()
            names = {rulings[site].policy for site in sites if site in rulings}
        known = [self._directory.policies[name] for name in names if name in self._directory.policies]
        return min(known, key=lambda policy: (pace(policy), policy.id), default=self._calm())

    def event(self, incident: Incident, now_ns: int) -> EventId | None:
        """The event whose meeting it disturbs now: the most demanding, or the one it was opened in."""
        if incident.told is not None and incident.told.event is not None:
            return incident.told.event
        if incident.kind is FaultKind.CONTACTS:
            return EventId(incident.subject)
        opened = incident.opened.event if incident.opened is not None else None
        rulings = self._agenda.rulings(now_ns)
        sites = set(self.sites(incident)) or rulings.keys() if rulings else ()
        found = {id(ruling): ruling for site in sites if (ruling := rulings.get(site)) is not None}.values()
        ordered = sorted(found, key=lambda one: (-DEMAND[one.phase], one.event != opened, one.event or ""))
        return ordered[0].event if ordered else None

    def sites(self, incident: Incident) -> Iterable[SiteId]:
        """Every site that the incident touches."""
        links = self._inventory.links
        yield from incident.weights
        yield from (links[link].site for link in incident.links if link in links)
        if incident.site is not None:
            yield incident.site

    def where(self, incident: Incident) -> Where:
        """Where rosters are asked."""
        links = self._inventory.links
        if incident.carrier is not None:
            carriers = {incident.carrier: None}
        else:
            site = self._inventory.sites.get(incident.site) if incident.site is not None else None
            names = (*incident.links, *(site.links if site is not None else ()))
            carriers = {links[name].carrier: None for name in names if name in links}
        return Where(tuple(carriers), incident.site, incident.area)

    def steps(self, policy: Policy, incident: Incident) -> tuple[Step, ...]:
        """The steps that `policy` has for such an incident."""
        return policy.steps.get(incident.audience, ())

    def quiet_ns(self, policy: Policy, incident: Incident, now_ns: int) -> int | None:
        """When the quiet hours end in which nobody is called for it now; None if somebody may be.

        An event that begins before they end, or is on, cannot wait for the morning.
        """
        if policy.quiet is None:
            return None
        ends_ns = quiet.ends_ns(policy.quiet, self._inventory.timezone, now_ns)
        return None if ends_ns is None or self._begins(incident, now_ns, ends_ns) else ends_ns

    def next_ns(
        self, policy: Policy, incident: Incident, urgency: Urgency, step: int, from_ns: int, now_ns: int
    ) -> int:
        """When step number `step` is due after the one before it, which went at `from_ns`."""
        wait_ns = self._wait_ns(policy, incident, urgency, step)
        if policy.quiet is None:
            return from_ns + wait_ns
        over_ns = quiet.over_ns(policy.quiet, self._inventory.timezone, from_ns, wait_ns)
        if over_ns > from_ns + wait_ns and self._begins(incident, now_ns, over_ns):
            return from_ns + wait_ns
        return over_ns

    def _begins(self, incident: Incident, now_ns: int, until_ns: int) -> bool:
        """Whether an event that it concerns is on, or begins before an instant."""
        phases = self._agenda.phases(now_ns)
        concerned = (each for each in self._inventory.events.values() if phases[each.id] in _AHEAD)
        return any(
            (phases[event.id] in _ON or _first_ns(event, now_ns) < until_ns)
            and self._concerns(incident, event)
            for event in concerned
        )

    def _concerns(self, incident: Incident, event: Event) -> bool:
        if incident.told is not None and incident.told.event is not None:
            return incident.told.event == event.id
        if event.id not in self._sites_of:
            self._sites_of[event.id] = frozenset(event.sites)
        return any(site in self._sites_of[event.id] for site in self.sites(incident))

    def _wait_ns(self, policy: Policy, incident: Incident, urgency: Urgency, step: int) -> int:
        """How long step number `step` waits after the one before it."""
        steps = self.steps(policy, incident)
        after = steps[step].after if step < len(steps) else None
        if after is None:
            slowest = max(policy.repeat.values(), default=_REPEAT)
            after = policy.repeat.get(urgency, slowest)
        return round(after * _SECOND_NS)

    def meets(self, incident: Incident, now_ns: int, phases: Iterable[Phase]) -> bool:
        """Whether a site of the incident is in an event in one of `phases`."""
        rulings = self._agenda.rulings(now_ns)
        wanted = frozenset(phases)
        return any(rulings[site].phase in wanted for site in self.sites(incident) if site in rulings)

    def _calm(self) -> Policy:
        name = policy_of(None, Phase.NONE, self._directory)
        return self._directory.policies.get(name, _NO_POLICY)


def _first_ns(event: Event, now_ns: int) -> int:
    """When it next begins: its check, or a rehearsal."""
    waves = (wave.starts_ns for wave in event.waves if wave.starts_ns > now_ns)
    return min((event.starts_ns - event.check_ns, *waves))
