"""What messages, pages and lists tell of incidents: everything looked up, nothing left to be looked up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import Final

from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.escalation.answers import taken_by
from bridgewatch.core.escalation.case import Before, Case
from bridgewatch.core.escalation.cases import Cases
from bridgewatch.core.escalation.terms import Known
from bridgewatch.core.incidents.incident import Incident, Member
from bridgewatch.core.oncall.reach import answers
from bridgewatch.model.delivery import Attempt, Brief, BriefBefore, BriefIncident, BriefLink
from bridgewatch.model.desk import Stage, Standing
from bridgewatch.model.hosts import with_port
from bridgewatch.model.ids import CarrierId, ContactId, EventId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory, Link, Profile
from bridgewatch.model.log import Proof
from bridgewatch.model.paging import ABOUT_A_LINK, STORE, FaultKind, Phase, Why
from bridgewatch.model.snapshot import OpenIncident, ResolvedIncident
from bridgewatch.model.words import Language, Reason, Severity

_OF_A_LINK: Final = ABOUT_A_LINK | {FaultKind.TARGET}
_WORST: Final = 5  # links that are told by name
_WHY: Final[Mapping[FaultKind, Why]] = {
    FaultKind.LINK: Why.LINK_DOWN,
    FaultKind.SITE: Why.SITE_POWER,
    FaultKind.HANDOVER: Why.BEHIND_HANDOVER,
    FaultKind.AREA: Why.CARRIER_AREA,
    FaultKind.EGRESS: Why.EGRESS_DARK,
    FaultKind.SERVICE: Why.LINK_DOWN,
    FaultKind.QUALITY: Why.QUALITY_CRITICAL,
    FaultKind.TARGET: Why.TARGET_REFUSES,
    FaultKind.CONTACTS: Why.CONTACTS_MISSING,
    FaultKind.DELIVERY: Why.DEAD_LETTERS,
    FaultKind.HEARTBEAT: Why.HEARTBEAT_MISSING,
    FaultKind.USE: Why.OVER_USED,
    FaultKind.CAPACITY: Why.LESS_THAN_CONTRACT,
    FaultKind.NEED: Why.CONTRACT_TOO_SMALL,
}
"""What it is about, as long as no link of it is known."""


@dataclass(frozen=True, slots=True)
class Briefs:
    """Reads incidents and their cases; changes neither."""

    inventory: Inventory
    agenda: Agenda
    incidents: Known
    cases: Cases

    def message(self, attempt: Attempt, now_ns: int) -> Brief:
        """What the message of an attempt says. Incidents that are long over and forgotten are left out."""
        directory = self.inventory.directory
        contact = directory.contacts.get(attempt.contact)
        gateway = directory.gateways.get(attempt.gateway)
        incidents = [incident for name in attempt.incidents if (incident := self.incidents.get(name))]
        case = self.cases.by_incident.get(incidents[0].id) if incidents else None
        called = case.called.get(attempt.contact) if case is not None else None
        return Brief(
            message=attempt.message,
            kind=attempt.kind,
            at_ns=now_ns,
            language=contact.language if contact is not None else Language.VI,
            timezone=self.inventory.timezone,
            vantage=self.inventory.vantage,
            contact_name=contact.name if contact is not None else attempt.contact,
            incidents=tuple(self._told_to(attempt.contact, incident, now_ns) for incident in incidents),
            role=called.role if called is not None else None,
            why=called.why if called is not None else None,
            step=called.step if called is not None else 0,
            steps=self._steps(incidents[0], case) if case is not None else None,
            answers=answers(gateway, directory) if gateway is not None else frozenset(),
            keyword=gateway.settings.get("inbound_keyword", "") if gateway is not None else "",
        )

    def _told_to(self, contact: ContactId, incident: Incident, now_ns: int) -> BriefIncident:
        """What a message tells of one incident: of what went before, that of the step that called `contact`.

        A message may leave only when later steps have gone.
        """
        told, case = self.incident(incident, now_ns), self.cases.by_incident.get(incident.id)
        return replace(told, before=self._before(case.before_call.get(contact) if case is not None else None))

    def incident(self, incident: Incident, now_ns: int) -> BriefIncident:
        """What is told of one incident."""
        case = self.cases.by_incident.get(incident.id)
        event = self._event(incident, now_ns)
        planned = self.inventory.events.get(event) if event is not None else None
        root = self.incidents.get(incident.into) if incident.into is not None else None
        return BriefIncident(
            id=incident.id,
            code=incident.code,
            kind=incident.kind,
            subject=self._subject(incident),
            suspected=incident.suspected,
            audience=incident.audience,
            urgency=incident.urgency,
            why=incident.why or _WHY[incident.kind],
            phase=self.agenda.phase(event, now_ns) if event is not None else Phase.NONE,
            began_ns=incident.spell_ns,
            links=self._worst_links(incident),
            links_total=len(incident.links) if incident.broken else incident.fell,
            dark=self._site_names(incident.dark),
            impaired=self._site_names(incident.impaired),
            reduced=self._site_names(incident.reduced),
            carrier=incident.carrier,
            event=event,
            event_name=planned.name if planned is not None else event,
            ended_ns=incident.recovered_ns if incident.recovered_ns is not None else incident.closed_ns,
            taken_by=taken_by(case, self.inventory.directory) if case is not None else None,
            into=root.code if root is not None else None,
            spells=incident.spells,
            first_ns=incident.began_ns if incident.spells > 1 else None,
            link=self._own_link(incident),
            before=self._before(case.before if case is not None else None),
            closed_by=incident.closed_by if incident.recovered_ns is None else None,
            area=self._area(incident),
        )

    def standing(self, incident: Incident, now_ns: int) -> Standing:
        """How an incident stands."""
        case = self.cases.by_incident.get(incident.id)
        told, stage = self.incident(incident, now_ns), self.stage(incident)
        if case is None:
            return Standing(told, stage)
        taken = case.taken
        return Standing(
            told=told,
            stage=stage,
            step=case.step if case.step >= 0 else None,
            next_ns=case.next_ns if stage is Stage.CALLING else None,
            called=tuple(case.called),
            declined=tuple(sorted(case.declined)),
            taken_contact=taken.contact if taken is not None else None,
            taken_ns=taken.at_ns if taken is not None else None,
            silence=case.muted if stage is Stage.MUTED else None,
            steps=self._steps(incident, case),
            handed_back=_handed_back(case),
        )

    def row(self, incident: Incident) -> OpenIncident:
        """An incident as a row of the snapshot."""
        case, stage = self.cases.by_incident.get(incident.id), self.stage(incident)
        return OpenIncident(
            id=incident.id,
            code=incident.code,
            kind=incident.kind,
            subject=incident.subject,
            urgency=incident.urgency,
            stage=stage,
            began_ns=incident.began_ns,
            links=len(incident.links),
            dark=len(incident.dark),
            carrier=incident.carrier,
            event=self._called_in(incident),
            taken_by=taken_by(case, self.inventory.directory) if case is not None else None,
            step=case.step if case is not None and case.step >= 0 else None,
            next_ns=case.next_ns if case is not None and stage is Stage.CALLING else None,
            why=incident.why,
            called=tuple(case.called) if case is not None else (),
            taken_contact=case.taken.contact if case is not None and case.taken is not None else None,
            suspected=incident.suspected,
            link=_only_link(incident),
        )

    def _steps(self, incident: Incident, case: Case) -> int | None:
        """How many steps the policy of its last one has for it; None where there is no such policy now."""
        policy = self.inventory.directory.policies.get(case.policy) if case.policy is not None else None
        return len(policy.steps.get(incident.audience, ())) if policy is not None else None

    def stage(self, incident: Incident) -> Stage:
        """How far an incident has come."""
        case = self.cases.by_incident.get(incident.id)
        if incident.into is not None:
            return Stage.FOLDED
        if not incident.broken:
            return Stage.OVER
        if case is not None and case.muted is not None:
            return Stage.MUTED
        if case is not None and case.taken is not None:
            return Stage.TAKEN
        return Stage.CALLING if incident.opened is not None else Stage.HELD

    def _event(self, incident: Incident, now_ns: int) -> EventId | None:
        """The event whose meeting it hurts: the one people were called in last, else the one there now."""
        if incident.told is not None and incident.told.event is not None:
            return incident.told.event
        if (event := self._called_in(incident)) is not None:
            return event
        if incident.kind is FaultKind.CONTACTS:
            return EventId(incident.subject)
        rulings = self.agenda.rulings(now_ns)
        sites = (SiteId(incident.subject),) if incident.kind is FaultKind.TARGET else incident.weights
        return next((rulings[site].event for site in sites if site in rulings), None)

    def _before(self, before: Before | None) -> BriefBefore | None:
        if before is None:
            return None
        contacts = self.inventory.directory.contacts
        known = (contacts.get(ContactId(who)) for who in before.who)
        names = tuple(one.name if one else who for one, who in zip(known, before.who, strict=True))
        return BriefBefore(before.why, names, before.called)

    def _called_in(self, incident: Incident) -> EventId | None:
        """The event in which people were called for it last."""
        case = self.cases.by_incident.get(incident.id)
        if case is not None and case.event is not None:
            return case.event
        return incident.opened.event if incident.opened is not None else None

    def _subject(self, incident: Incident) -> str:
        """What people call the place or thing that it is about."""
        subject = incident.subject
        if incident.kind in ABOUT_A_LINK:
            link = self.inventory.links.get(LinkId(subject))
            return self._site_name(link.site) if link is not None else subject
        match incident.kind:
            case FaultKind.SITE | FaultKind.SERVICE | FaultKind.TARGET:
                return self._site_name(SiteId(subject))
            case FaultKind.HANDOVER:
                carrier, _, handover = subject.partition("/")
                return f"{self._carrier_name(CarrierId(carrier))} {handover}"
            case FaultKind.AREA:
                carrier, _, area = subject.partition("@")
                return f"{self._carrier_name(CarrierId(carrier))}, {self._site_name(SiteId(area))}"
            case FaultKind.DELIVERY:
                vantage = self.inventory.vantage  # whose store or gateway it is
                subject = vantage if subject == STORE else f"{vantage}, {subject}"
            case FaultKind.CONTACTS:
                event = self.inventory.events.get(EventId(subject))
                return event.name if event is not None else subject
        return subject

    def _area(self, incident: Incident) -> str | None:
        """The name of the area that a carrier's fault is in, if it is one."""
        if incident.kind is not FaultKind.AREA:
            return None
        return self._site_name(SiteId(incident.subject.partition("@")[2]))

    def _worst_links(self, incident: Incident) -> tuple[BriefLink, ...]:
        """The links that hurt meetings most, of those the ones that have been broken longest."""
        links, members = self.inventory.links, incident.links

        def rank(name: LinkId) -> tuple[int, int, LinkId]:
            return -incident.weights.get(links[name].site, 0), members[name].since_ns, name

        worst = nsmallest(_WORST, (name for name in members if name in links), key=rank)
        return tuple(self._member(links[name], incident, members[name]) for name in worst)

    def _own_link(self, incident: Incident) -> BriefLink | None:
        """The link that it is about, if it is about one: of a box that does not answer, the only one."""
        name = _only_link(incident) if incident.kind in _OF_A_LINK else None
        link = self.inventory.links.get(name) if name is not None else None
        if name is None or link is None:
            return None
        member = incident.links.get(name)
        if member is not None:
            return self._member(link, incident, member)
        told = incident.told
        event = self.inventory.events.get(told.event) if told is not None and told.event is not None else None
        return replace(
            self._link(link, Proof(Reason.NONE), incident.spell_ns),
            shortfall=told,
            needed_by=event.name if event is not None else None,
        )

    def _member(self, link: Link, incident: Incident, member: Member) -> BriefLink:
        """A link that is broken."""
        told = self._link(link, member.proof, member.since_ns)
        return replace(told, interface=incident.interfaces.get(link.id))

    def _link(self, link: Link, proof: Proof, since_ns: int) -> BriefLink:
        return BriefLink(
            id=link.id,
            site=self._site_name(link.site),
            network=link.network,
            carrier=self._carrier_name(link.carrier),
            circuit=link.circuit,
            since_ns=since_ns,
            proof=proof,
            limit=_limit(link.profile, proof),
            address=_reflector(link),
        )

    def _site_names(self, sites: tuple[SiteId, ...]) -> tuple[str, ...]:
        return tuple(self._site_name(site) for site in sites)

    def _site_name(self, site: SiteId) -> str:
        known = self.inventory.sites.get(site)
        return known.name if known is not None else site

    def _carrier_name(self, carrier: CarrierId) -> str:
        known = self.inventory.carriers.get(carrier)
        return known.name if known is not None else carrier


def resolved_row(incident: Incident) -> ResolvedIncident | None:
    """An incident that a person closed, as a row of the snapshot."""
    if incident.closed_ns is None or incident.closed_by is None:
        return None
    return ResolvedIncident(
        id=incident.id,
        code=incident.code,
        kind=incident.kind,
        subject=incident.subject,
        closed_ns=incident.closed_ns,
        by=incident.closed_by,
        sites=(*incident.dark, *incident.impaired, *incident.reduced),
    )


def _only_link(incident: Incident) -> LinkId | None:
    if incident.kind in ABOUT_A_LINK:
        return LinkId(incident.subject)
    return next(iter(incident.links)) if len(incident.links) == 1 else None


def _handed_back(case: Case) -> ContactId | None:
    """Who had it and declined, as long as what followed is that step."""
    if case.before is None or case.before.why is not Why.HANDED_BACK or case.taken is not None:
        return None
    return next((ContactId(who) for who in case.before.who), None)


def _reflector(link: Link) -> str | None:
    """Where the reflector of a link is asked; None where there is none, or where its box calls from."""
    target = next((target for target in link.targets if target.port), None)
    return with_port(target.host, target.port) if target is not None else None


def _limit(profile: Profile, proof: Proof) -> float | None:
    """The limit of the profile that was passed, in its unit; None where it is none of quality."""
    threshold = {
        Reason.LOSS: profile.loss,
        Reason.RTT: profile.rtt,
        Reason.JITTER: profile.jitter,
        Reason.PDV: profile.pdv,
    }.get(proof.reason)
    if threshold is None or proof.severity is Severity.OK:
        return None
    return threshold.critical if proof.severity is Severity.CRITICAL else threshold.warn
