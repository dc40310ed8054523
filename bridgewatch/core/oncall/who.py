"""Who would be called for a link, step by step, when and why: an escalation told beforehand.

It assumes that nobody answers and that policy and calendar stay as they are at the beginning; rosters are
asked at the instant of each step. A step that finds nobody is followed at once by the next, and the first
such step is stood in for by the catch-all.
"""

from collections.abc import Iterable, Iterator, Sequence
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
from bridgewatch.model.policy import Call, Policy, Step
from bridgewatch.model.words import CarriedBy, Level, SiteKind

_SECOND_NS: Final = 1_000_000_000
_REPEAT: Final = 900.0  # seconds, where a policy does not say


@dataclass(frozen=True, slots=True)
class CalledFor:
    """One call of a step and whom it finds."""

    call: Call
    found: Found


@dataclass(frozen=True, slots=True)
class StepPlan:
    """A step (0 first), `after` seconds from the fault. `catch_all`: who is called beside those it finds."""

    number: int
    after: float
    at_ns: int
    level: Level | None
    calls: tuple[CalledFor, ...]
    catch_all: tuple[OnDuty, ...]


@dataclass(frozen=True, slots=True)
class EscalationPlan:
    """What would happen if `link` failed at `at_ns` and nothing else did.

    `hold` None: a fault of this urgency pages nobody and goes into a digest. `again`: the last step once
    more, with the catch-all, `repeat` seconds after it and from then on, until somebody answers.
    """

    link: LinkId
    at_ns: int
    fault: Audience
    urgency: Urgency
    phase: Phase
    event: EventId | None
    policy: PolicyId
    hold: float | None
    repeat: float
    steps: tuple[StepPlan, ...]
    again: StepPlan | None


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
    steps: list[StepPlan] = []
    again, repeat = None, _REPEAT
    if policy is not None:
        asked = _Asked(oncall or Oncall(inventory, ends=True), policy, fault, urgency)
        repeat = asked.repeat
        if hold is not None:
            where = Where(_carriers(inventory, site, broken, fault), site.id)
            steps = list(asked.steps(where, at_ns, hold))
            again = asked.again(where, at_ns, steps)
    return EscalationPlan(
        link=link,
        at_ns=at_ns,
        fault=fault,
        urgency=urgency,
        phase=ruling.phase,
        event=ruling.event,
        policy=ruling.policy,
        hold=hold,
        repeat=repeat,
        steps=tuple(steps),
        again=again,
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

    @property
    def repeat(self) -> float:
        """Seconds between steps that do not say it themselves."""
        slowest = max(self.policy.repeat.values(), default=_REPEAT)
        return self.policy.repeat.get(self.urgency, slowest)

    def steps(self, where: Where, at_ns: int, hold: float) -> Iterator[StepPlan]:
        """The steps in order, each asked at its own instant."""
        after, missed, stood_in = hold, False, False
        for number, step in enumerate(self.policy.steps.get(self.fault, ())):
            if number and not missed:
                after += self.repeat if step.after is None else step.after
            step_ns = at_ns + round(after * _SECOND_NS)
            calls = self._ask(step, where, step_ns)
            missed = not any(one.found.people for one in calls)
            catch_all = self._catch_all(calls) if missed and not stood_in else ()
            stood_in = missed
            yield StepPlan(number, after, step_ns, step.level, calls, catch_all)

    def again(self, where: Where, at_ns: int, steps: Sequence[StepPlan]) -> StepPlan | None:
        """What follows the last step, for the first time."""
        if not steps:
            return None
        missed = not any(one.found.people for one in steps[-1].calls)
        after = steps[-1].after + (0.0 if missed else self.repeat)
        step_ns = at_ns + round(after * _SECOND_NS)
        last = self.policy.steps[self.fault][-1]
        calls = self._ask(last, where, step_ns)
        return StepPlan(len(steps), after, step_ns, last.level, calls, self._catch_all(calls))

    def _ask(self, step: Step, where: Where, now_ns: int) -> tuple[CalledFor, ...]:
        return tuple(
            CalledFor(call, self.oncall.find(call, where, step.level, now_ns)) for call in step.calls
        )

    def _catch_all(self, calls: Iterable[CalledFor]) -> tuple[OnDuty, ...]:
        called = {one.contact for call in calls for one in call.found.people}
        return tuple(one for one in self.oncall.catch_all() if one.contact not in called)
