"""Whom a step calls: those on duty where the incident is, each once; at the end, the catch-all of our own."""

from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass
from typing import Final

from bridgewatch.core.escalation.case import Case
from bridgewatch.core.escalation.terms import Terms
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.oncall.find import Oncall, OnDuty
from bridgewatch.model.ids import ContactId
from bridgewatch.model.log import AnyEntry, Called, GapFound, Informed
from bridgewatch.model.paging import Audience, MessageKind, Phase, Role, Why
from bridgewatch.model.policy import Call, Policy, Step

_IN_EVENT: Final = frozenset({Phase.WAVE, Phase.FREEZE, Phase.CHECK, Phase.LIVE})
_OWN_DUTY: Final = Call(Audience.OWN, Role.DUTY)
_OWN_LEAD: Final = Call(Audience.OWN, Role.LEAD)


@dataclass(frozen=True, slots=True)
class Caller:
    """Asks the rosters. Yields entries and applies none."""

    oncall: Oncall
    terms: Terms

    def step(
        self, case: Case, incident: Incident, policy: Policy, passed: Collection[ContactId], now_ns: int
    ) -> Iterator[AnyEntry]:
        """Who is called at the step that the case is at, but for `passed`, and where nobody was on duty."""
        steps = self.terms.steps(policy, incident)
        called = set(passed)
        found = False
        if steps:
            step = steps[min(case.step, len(steps) - 1)]
            for call in step.calls:
                found |= yield from self._call(case, incident, step, call, called, now_ns)
        if case.step >= len(steps):
            yield from self.catch_all(case, called, now_ns, in_vain=found)

    def catch_all(
        self, case: Case, passed: Collection[ContactId], now_ns: int, *, in_vain: bool = False
    ) -> Iterator[AnyEntry]:
        """Our own people for when nobody else answers (`in_vain`), or nobody else is there to be called."""
        declined = bool(case.called) and case.called.keys() <= case.declined
        for person in self.oncall.catch_all():
            if person.contact not in passed:
                why = Why.CALLED_IN_VAIN if in_vain else person.why
                yield _called(case, person, Audience.OWN, Why.ALL_DECLINED if declined else why, now_ns)

    def lead(self, case: Case, incident: Incident, now_ns: int) -> Iterator[AnyEntry]:
        """Our lead hears that a page reached nobody; if it was the lead's, the catch-all does."""
        passed = case.round | case.declined | case.dead
        leads = self.oncall.find(_OWN_LEAD, self.terms.where(incident), None, now_ns).people
        for person in (*leads, *self.oncall.catch_all()):
            if person.contact not in passed:
                yield _called(case, person, Audience.OWN, Why.DEAD_LETTER, now_ns)
                return

    def notes(self, incident: Incident, now_ns: int) -> Iterator[AnyEntry]:
        """Our own duty is to read of a cut that was too short to page, if an event was on there."""
        if not self.terms.meets(incident, now_ns, _IN_EVENT):
            return
        policy = self.terms.policy(incident, now_ns).id
        people = self.oncall.find(_OWN_DUTY, self.terms.where(incident), None, now_ns).people
        for person in people or self.oncall.catch_all():
            yield Informed(
                at_ns=now_ns,
                incident=incident.id,
                contact=person.contact,
                kind=MessageKind.NOTES,
                why=Why.TOO_SHORT,
                policy=policy,
            )

    def _call(
        self, case: Case, incident: Incident, step: Step, call: Call, called: set[ContactId], now_ns: int
    ) -> Generator[AnyEntry, None, bool]:
        """Whoever one call of a step finds and is not `called` yet. Returns whether anybody is on duty."""
        where = self.terms.where(incident)
        found = self.oncall.find(call, where, step.level, now_ns)
        if found.gap:
            yield GapFound(
                at_ns=now_ns,
                incident=case.incident,
                step=case.step,
                audience=call.audience,
                role=call.role,
                area=where.site or where.area,
                level=step.level,
            )
        for person in found.people:
            if person.contact not in called:
                called.add(person.contact)
                yield _called(case, person, call.audience, person.why, now_ns)
        return bool(found.people)


def call_again(case: Case, contact: ContactId, now_ns: int) -> Called:
    """Who has it hears that it grew worse."""
    former = case.called.get(contact)
    if former is None:
        person = OnDuty(contact, Role.DUTY, None, None, Why.GREW_WORSE, climbed=False, until_ns=None)
        return _called(case, person, Audience.OWN, Why.GREW_WORSE, now_ns)
    person = OnDuty(
        contact, former.role, former.roster, former.level, former.why, former.climbed, until_ns=None
    )
    return _called(case, person, former.audience, Why.GREW_WORSE, now_ns)


def _called(case: Case, person: OnDuty, audience: Audience, why: Why, now_ns: int) -> Called:
    return Called(
        at_ns=now_ns,
        incident=case.incident,
        contact=person.contact,
        step=max(case.step, 0),
        audience=audience,
        role=person.role,
        why=why,
        roster=person.roster,
        level=person.level,
        climbed=person.climbed,
    )
