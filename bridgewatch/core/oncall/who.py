"""Who would be called for a link, step by step, when, through what and why: an escalation told beforehand.

It assumes that nobody answers and that policy and calendar stay as they are at the beginning; rosters are
asked at the instant of each step.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.effective import effective
from bridgewatch.core.calendar.overlaps import policy_of
from bridgewatch.core.oncall.find import Found, Oncall, OnDuty, Where
from bridgewatch.model.calendar import Ruling
from bridgewatch.model.ids import CarrierId, EventId, LinkId, PolicyId
from bridgewatch.model.inventory import Inventory, Link, Site
from bridgewatch.model.paging import Audience, Phase, Urgency
from bridgewatch.model.policy import Call, Policy
from bridgewatch.model.words import CarriedBy, Level, SiteKind

_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class CalledFor:
    """One call of a step and whom it finds."""

    call: Call
    found: Found


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A step (0 first), `after` seconds from the fault. `catch_all`: who is called since it finds nobody."""

    number: int
    after: float
    at_ns: int
    level: Level | None
    calls: tuple[CalledFor, ...]
    catch_all: tuple[OnDuty, ...]


@dataclass(frozen=True, slots=True)
class EscalationPlan:
    """What would happen if `link` failed at `at_ns` and nothing else did.

    `hold` None: a fault of this urgency pages nobody and goes into a digest. `repeat`: seconds between the
    calls of the last step, which is called again until somebody answers.
    """

    link: LinkId
    at_ns: int
    fault: Audience
    urgency: Urgency
    phase: Phase
    event: EventId | None
    policy: PolicyId
    hold: float | None
    repeat: float | None
    steps: tuple[StepPlan, ...]


def who(
    inventory: Inventory,
    agenda: Agenda,
    link: LinkId,
    at_ns: int,
    *,
    event: EventId | None = None,
    fault: Audience | None = None,
    oncall: Oncall | None = None,
) -> EscalationPlan:
    """The escalation of a fault that begins at `at_ns`.

    `event`: as that one alone asks for it, else as all that hold then do. `fault`: whose steps, by default
    our own for a service and the carrier's for a room. Raises KeyError for an unknown link or event.
    """
    broken = inventory.links[link]
    site = inventory.sites[broken.site]
    fault = fault or (Audience.OWN if site.kind is SiteKind.SERVICE else Audience.CARRIER)
    ruling = _ruling(inventory, agenda, site, at_ns, event)
    urgency = _urgency(inventory, site, broken, ruling, fault)
    policy = inventory.directory.policies.get(ruling.policy)
    hold = policy.hold.get(urgency) if policy is not None else None
    steps: tuple[StepPlan, ...] = ()
    if policy is not None and hold is not None:
        asked = _Asked(oncall or Oncall(inventory), policy, fault, urgency)
        carriers = _carriers(inventory, site, broken, fault)
        steps = tuple(asked.steps(Where(carriers, site.id), at_ns, hold))
    return EscalationPlan(
        link=link,
        at_ns=at_ns,
        fault=fault,
        urgency=urgency,
        phase=ruling.phase,
        event=ruling.event,
        policy=ruling.policy,
        hold=hold,
        repeat=policy.repeat.get(urgency) if policy is not None else None,
        steps=steps,
    )


def _ruling(inventory: Inventory, agenda: Agenda, site: Site, at_ns: int, event: EventId | None) -> Ruling:
    if event is None:
        return agenda.ruling(site.id, at_ns)
    chosen, phase = inventory.events[event], agenda.phase(event, at_ns)
    policy = policy_of(chosen, phase, inventory.directory)
    return Ruling(phase, policy, event, carried_by=chosen.carried_by)


def _urgency(inventory: Inventory, site: Site, broken: Link, ruling: Ruling, fault: Audience) -> Urgency:
    """What the fault does to a meeting, if it is the only one."""
    if fault is not Audience.CARRIER:
        return Urgency.DARK
    links = {link: inventory.links[link] for link in site.links}
    alone = replace(inventory, sites={site.id: site}, links=links, paths=())
    carried_by = effective(alone, {site.id: ruling}).sites[site.id].carried_by
    others = [link for link in links.values() if link.id != broken.id and not link.paused]
    if not carries(broken, carried_by) or any(carries(link, carried_by) for link in others):
        return Urgency.REDUCED
    return Urgency.DARK


def carries(link: Link, carried_by: CarriedBy) -> bool:
    """Whether a link carries the meetings of a site that says so."""
    return carried_by is CarriedBy.ANY or carried_by.value == link.network.value


def _carriers(inventory: Inventory, site: Site, broken: Link, fault: Audience) -> tuple[CarrierId, ...]:
    if fault is Audience.CARRIER:
        return (broken.carrier,)
    return tuple(dict.fromkeys(inventory.links[link].carrier for link in site.links))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One list of steps of one policy, put to the rosters."""

    oncall: Oncall
    policy: Policy
    fault: Audience
    urgency: Urgency

    def steps(self, where: Where, at_ns: int, hold: float) -> Iterator[StepPlan]:
        """The steps in order, each asked at its own instant."""
        after = hold
        for number, step in enumerate(self.policy.steps.get(self.fault, ())):
            if number:
                after += self._wait(step.after)
            step_ns = at_ns + round(after * _SECOND_NS)
            calls = tuple(
                CalledFor(call, self.oncall.find(call, where, step.level, step_ns)) for call in step.calls
            )
            missed = not any(one.found.people for one in calls)
            catch_all = self.oncall.catch_all() if missed else ()
            yield StepPlan(number, after, step_ns, step.level, calls, catch_all)

    def _wait(self, after: float | None) -> float:
        return self.policy.repeat.get(self.urgency, 0.0) if after is None else after
