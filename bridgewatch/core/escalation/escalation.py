"""Escalation: who is called for an incident, step by step, until somebody has it or it is over.

What happened is the fold in `cases` and `silences`; this file decides what is next. Each decision is an
entry, applied at once, so that a restart goes on where the log ends.
"""

from collections.abc import Iterator
from typing import Final

from bridgewatch.core import portion
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.deadlines import Deadlines
from bridgewatch.core.escalation.case import Case, Taken
from bridgewatch.core.escalation.cases import Cases
from bridgewatch.core.escalation.silences import Silences
from bridgewatch.core.escalation.steps import Caller, call_again
from bridgewatch.core.escalation.terms import Known, Terms
from bridgewatch.core.incidents.incident import Incident
from bridgewatch.core.oncall.find import Oncall
from bridgewatch.model.ids import IncidentId, LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import (
    AnyEntry,
    ClockStepped,
    Hastened,
    Informed,
    Muted,
    PutOff,
    RaisedAgain,
    Stepped,
)
from bridgewatch.model.paging import OF_BANDWIDTH, Phase, Urgency, Why
from bridgewatch.model.policy import Policy

_SECOND_NS: Final = 1_000_000_000
KEEP_NS: Final = 86_400 * _SECOND_NS  # how long cases that are over can be looked up
_CALENDAR: Final = ""  # the name of the deadline at which a phase or a silence changes
_TELL: Final = "tell "  # begins the name of the deadline at which people may be told of a case


class Escalation:
    """Cases of all incidents. `apply` first, then `advance`."""

    def __init__(self, inventory: Inventory, agenda: Agenda, incidents: Known, oncall: Oncall) -> None:
        self._incidents = incidents
        self._cases = Cases()
        self.silences = Silences(inventory)
        self._deadlines = Deadlines()
        self._written: list[AnyEntry] = []  # more than the present turn's only if that one failed
        self._anew = True  # a phase, a silence or the inventory may have changed: look at every case
        self._use(inventory, agenda, oncall)

    def _use(self, inventory: Inventory, agenda: Agenda, oncall: Oncall) -> None:
        self._directory = inventory.directory
        self._agenda = agenda
        self.terms = Terms(inventory, agenda)
        self._caller = Caller(oncall, self.terms)

    @property
    def cases(self) -> Cases:
        """The folded state, for readers, for answers and for comparison."""
        return self._cases

    def apply(self, entry: AnyEntry) -> None:
        """Take in one entry of the log."""
        self._cases.apply(entry)
        if self.silences.apply(entry) or isinstance(entry, ClockStepped):
            self._anew = True

    def replayed(self) -> None:
        """The log has been read to its end: of short cuts in it people were told then."""
        self._cases.cuts.clear()

    def adopt(self, inventory: Inventory, agenda: Agenda, oncall: Oncall) -> None:
        """Go by another inventory, calendar and rosters."""
        self._use(inventory, agenda, oncall)
        self.silences.adopt(inventory)
        self._anew = True

    def advance(self, now_ns: int) -> list[AnyEntry]:
        """Whatever is due, up to a portion: steps, silences, what people are to be told."""
        taken = self._deadlines.take(now_ns)
        if self._anew or _CALENDAR in taken:
            self._anew = False
            self._cases.touch_running()
            self._deadlines.set(_CALENDAR, self._next_change_ns(now_ns))
        touched = self._cases.touched
        touched |= {IncidentId(name.removeprefix(_TELL)) for name in taken if name != _CALENDAR}
        for incident in sorted(touched, key=self._rank)[: portion.INCIDENTS]:
            try:
                self._written += self._decide(self._cases.by_incident.get(incident), now_ns)
            finally:  # one that cannot be decided does not stop the others: the next turn goes on after it
                touched.discard(incident)
        self._written += self._note_cuts(now_ns)
        written, self._written = self._written, []
        return written

    @property
    def unfinished(self) -> bool:
        """Whether a whole portion is to be looked at, or more."""
        return max(len(self._cases.touched), len(self._cases.cuts)) >= portion.INCIDENTS

    def next_deadline_ns(self) -> int | None:
        """When `advance` is to be called next."""
        return self._deadlines.next_ns()

    def _rank(self, incident: IncidentId) -> tuple[int, IncidentId]:
        """The most urgent first; of equal ones an order that a restart does not change."""
        case = self._cases.by_incident.get(incident)
        return -case.urgency if case is not None else 0, incident

    def _next_change_ns(self, now_ns: int) -> int | None:
        changes = (self._agenda.next_change_ns(now_ns), self.silences.next_change_ns(now_ns))
        return min((at_ns for at_ns in changes if at_ns is not None), default=None)

    def _decide(self, case: Case | None, now_ns: int) -> Iterator[AnyEntry]:
        """What is due for one case, and when to look at it again."""
        if case is None:
            return
        incident = self._incidents.get(case.incident)
        quiet_ns = self._quiet_ns(incident, now_ns) if case.owed else None
        if quiet_ns is None:
            yield from self._inform(case, incident, now_ns)
        if case.over and case.ended_ns is not None:
            self._keep(case, case.ended_ns, now_ns)
        elif not case.running or incident is None or not self._directory.pages:
            self._deadlines.set(case.incident, None)
        else:
            yield from self._mute(case, incident, now_ns)
            if case.muted is None:
                yield from self._escalate(case, incident, now_ns)
            self._deadlines.set(case.incident, self._next_ns(case, incident, now_ns))
        if quiet_ns is not None:
            self._deadlines.set(_TELL + case.incident, quiet_ns)

    def _keep(self, case: Case, ended_ns: int, now_ns: int) -> None:
        """Forget a case that has been over for long, but not before what explains it."""
        root = self._cases.by_incident.get(case.into) if case.into is not None else None
        if now_ns < ended_ns + KEEP_NS:
            self._deadlines.set(case.incident, ended_ns + KEEP_NS)
        elif root is not None and not root.over:
            self._deadlines.set(case.incident, now_ns + KEEP_NS)
        else:
            del self._cases.by_incident[case.incident]

    def _write(self, entry: AnyEntry) -> AnyEntry:
        self._cases.apply(entry)
        return entry

    def _inform(self, case: Case, incident: Incident | None, now_ns: int) -> Iterator[AnyEntry]:
        policy = self.terms.policy(incident, now_ns).id if case.owed and incident is not None else None
        for contact, news in tuple(case.owed.items()):
            yield self._write(
                Informed(
                    at_ns=now_ns,
                    incident=case.incident,
                    contact=contact,
                    kind=news.kind,
                    why=news.why,
                    policy=policy,
                )
            )

    def _quiet_ns(self, incident: Incident | None, now_ns: int) -> int | None:
        """When people may be told of it again, None: now."""
        if incident is None:
            return None
        return self.terms.quiet_ns(self.terms.policy(incident, now_ns), incident, now_ns)

    def _mute(self, case: Case, incident: Incident, now_ns: int) -> Iterator[AnyEntry]:
        links = [LinkId(incident.subject)] if incident.kind in OF_BANDWIDTH else incident.links
        covering = self.silences.covering(links, now_ns)
        if covering != case.muted:
            yield self._write(Muted(at_ns=now_ns, incident=case.incident, silence=covering))

    def _escalate(self, case: Case, incident: Incident, now_ns: int) -> Iterator[AnyEntry]:
        policy = self.terms.policy(incident, now_ns)
        if case.taken is not None:
            yield from self._watch(case, case.taken, policy, now_ns)
        if case.taken is not None:
            return
        why = self._why_now(case, incident, policy, now_ns)
        quiet_ns = self.terms.quiet_ns(policy, incident, now_ns)
        if why is not None and why is not Why.HELP_ASKED and quiet_ns is not None:
            if case.next_ns != quiet_ns:
                yield self._write(
                    PutOff(at_ns=now_ns, incident=case.incident, policy=policy.id, until_ns=quiet_ns)
                )
        elif why is not None:
            yield from self._step(case, incident, policy, why, now_ns)
        else:
            yield from self._hasten(case, incident, policy, now_ns)
        if case.dead:
            for entry in tuple(self._caller.lead(case, incident, now_ns)):
                yield self._write(entry)

    def _next_ns(self, case: Case, incident: Incident, now_ns: int) -> int | None:
        """When to look at a running case again, if nothing happens to it."""
        if case.muted is not None:
            return None
        if case.taken is None:
            return case.next_ns
        return self._raise_ns(case, case.taken, self.terms.policy(incident, now_ns))

    def _watch(self, case: Case, taken: Taken, policy: Policy, now_ns: int) -> Iterator[AnyEntry]:
        """Tell who has it that it grew worse; go on if they cannot be told, or if a site stays dark."""
        raise_ns = self._raise_ns(case, taken, policy)
        if taken.contact in case.lost:
            yield self._raise_again(case, Why.UNREACHED, now_ns)
        elif case.urgency > taken.urgency:
            holders = [taken.contact] if taken.contact is not None else list(case.told)
            holders = [contact for contact in holders if contact not in case.declined]
            for contact in holders:
                yield self._write(call_again(case, contact, now_ns))
            if not holders:
                yield self._raise_again(case, Why.GREW_WORSE, now_ns)
        elif raise_ns is not None and now_ns >= raise_ns:
            yield self._raise_again(case, Why.STILL_DARK, now_ns)

    @staticmethod
    def _raise_ns(case: Case, taken: Taken, policy: Policy) -> int | None:
        if case.urgency is not Urgency.DARK or policy.raise_again is None:
            return None
        return taken.told_ns + round(policy.raise_again * _SECOND_NS)

    def _raise_again(self, case: Case, why: Why, now_ns: int) -> AnyEntry:
        return self._write(RaisedAgain(at_ns=now_ns, incident=case.incident, why=why))

    def _why_now(self, case: Case, incident: Incident, policy: Policy, now_ns: int) -> Why | None:
        """Why the next step goes now, None if it does not."""
        if case.hurry is not None:
            return case.hurry
        last = len(self.terms.steps(policy, incident))
        # Beyond the policy's steps everybody was called in vain: then only time brings the next call.
        given_up = case.given_up_by_all() if case.step < last else None
        if given_up is not None:
            return given_up
        due_ns = min(case.next_ns or now_ns, self._sooner_ns(case, incident, policy, now_ns))
        if now_ns < due_ns:
            return None
        return Why.REPEATED if case.step >= last else Why.NO_ANSWER

    def _sooner_ns(self, case: Case, incident: Incident, policy: Policy, now_ns: int) -> int:
        """When the next step would go by the policy and urgency of now."""
        return self.terms.next_ns(policy, incident, case.urgency, case.step + 1, case.stepped_ns, now_ns)

    def _hasten(self, case: Case, incident: Incident, policy: Policy, now_ns: int) -> Iterator[AnyEntry]:
        """Bring the next step forward; it is never put off."""
        sooner_ns = self._sooner_ns(case, incident, policy, now_ns)
        if case.next_ns is not None and sooner_ns < case.next_ns:
            yield self._write(
                Hastened(
                    at_ns=now_ns,
                    incident=case.incident,
                    policy=policy.id,
                    next_ns=sooner_ns,
                    why=Why.HOLD_SHORTENED if policy.id != case.policy else Why.GREW_WORSE,
                )
            )

    def _step(
        self, case: Case, incident: Incident, policy: Policy, why: Why, now_ns: int
    ) -> Iterator[AnyEntry]:
        """Go to the next step, and at once to the ones after it while nobody is found."""
        passed = {case.helper} if case.helper is not None else set()
        stood_in = False
        last = len(self.terms.steps(policy, incident))
        event = self.terms.event(incident, now_ns)
        phase = self._agenda.phase(event, now_ns) if event is not None else Phase.NONE
        while True:
            step = case.step + 1
            next_ns = self.terms.next_ns(policy, incident, case.urgency, step + 1, now_ns, now_ns)
            yield self._write(
                Stepped(
                    at_ns=now_ns,
                    incident=case.incident,
                    step=step,
                    policy=policy.id,
                    next_ns=next_ns,
                    why=why,
                    event=event,
                    phase=phase,
                )
            )
            for entry in self._caller.step(case, incident, policy, case.declined | passed, now_ns):
                yield self._write(entry)
            if case.round or step >= last:
                return
            if not stood_in:
                stood_in = True
                for entry in self._caller.catch_all(case, case.declined | passed, now_ns):
                    yield self._write(entry)

    def _note_cuts(self, now_ns: int) -> Iterator[AnyEntry]:
        cuts = self._cases.cuts
        chosen, self._cases.cuts = cuts[: portion.INCIDENTS], cuts[portion.INCIDENTS :]
        for cut in chosen:
            incident = self._incidents.get(cut)
            if incident is not None and self._directory.pages:
                for entry in self._caller.notes(incident, now_ns):
                    yield self._write(entry)
