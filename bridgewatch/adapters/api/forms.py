"""What the API takes and gives, as JSON: the shapes that the OpenAPI document promises."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bridgewatch.adapters.api.silence_forms import SilenceTold
from bridgewatch.adapters.api.times import at
from bridgewatch.model import log
from bridgewatch.model.bandwidth import Direction
from bridgewatch.model.commands import Refusal
from bridgewatch.model.delivery import BriefLink
from bridgewatch.model.desk import Stage, Standing
from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.ids import ContactId
from bridgewatch.model.paging import AckWay, Audience, FaultKind, PastIncident, Why
from bridgewatch.model.people import Contact
from bridgewatch.model.phrases import phrase
from bridgewatch.texts.names import Names

Name = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(max_length=500)]


class Given(BaseModel):
    """What a request brings."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class AnswerGiven(Given):
    """An answer to an incident."""

    contact: Name | None = Field(
        default=None, alias="for", description="on whose behalf: a contact's id or name"
    )
    via: AckWay | None = Field(default=None, description="how that person told you; phone by default")


class ResolveGiven(Given):
    """It is over, whatever is measured."""

    note: Note = Field(default="", description="why; it stands in the incident's story")


class SilenceGiven(Given):
    """Planned work. Link, site, carrier or area; carrier and area may stand together."""

    link: Name | None = None
    site: Name | None = None
    carrier: Name | None = None
    area: Name | None = Field(default=None, description="a site and everything administratively below it")
    starts: Name | None = Field(default=None, description="now by default; local to the daemon's zone")
    ends: Name | None = Field(default=None, description="a time; this or `lasts` is a must")
    lasts: Name | None = Field(default=None, description="such as 30m, 2h or 1h30m")
    note: Annotated[str, Field(min_length=1, max_length=500, description="why")]
    force: bool = Field(default=False, description="also over a live event")

    @model_validator(mode="after")
    def _names_one_thing_and_ends(self) -> Self:
        given = {name for name in ("link", "site", "carrier", "area") if getattr(self, name) is not None}
        if len(given) != 1 and given != {"carrier", "area"}:
            raise ValueError(phrase("name one of link, site, carrier and area, or carrier and area together"))
        if (self.ends is None) == (self.lasts is None):
            raise ValueError(phrase("say either an end or a duration: a silence without an end is forgotten"))
        return self


class ExtendGiven(Given):
    """A live event that goes on for longer."""

    ends: Name = Field(description="the new end")


class InterfaceTold(BaseModel):
    """What a router says of the interface of a broken link. Null: it does not say."""

    up: bool | None
    admin_up: bool | None = Field(description="false: somebody shut it down")
    errors: float | None = Field(description="packets per second")
    discards: float | None = Field(description="packets per second")


class ShortfallTold(BaseModel):
    """By how much the bandwidth of a link is too little, in the worse direction; bit/s of IP packets."""

    link: str
    direction: Direction
    rate: int = Field(description="what goes over it, was measured, or was bought")
    limit: int = Field(description="what was bought or promised, or what the event needs")


class BoxTold(BaseModel):
    """The box of a site that dials in: it has called `since` then or, if not `calling`, was last heard."""

    address: str
    calling: bool
    since: datetime
    awaited: bool = Field(description="it was heard before the daemon started, and has not called since")


class LinkTold(BaseModel):
    """One link of an incident. `box`: where this one incident is asked for, of a link that dials in."""

    id: str
    site: str
    network: str
    carrier: str
    circuit: str | None
    since: datetime
    interface: InterfaceTold | None = None
    box: BoxTold | None = None


class PersonTold(BaseModel):
    """A contact."""

    id: str
    name: str
    phone: str | None = Field(default=None, description="for people to call")


class TakenTold(BaseModel):
    """Who has it. `contact` is null where the desk itself has it."""

    by: str
    contact: str | None
    at: datetime | None
    phone: str | None = Field(default=None, description="for people to call")


class EventTold(BaseModel):
    """An event."""

    id: str
    name: str | None


class IncidentTold(BaseModel):
    """One incident. `subject` and sites are names; `links` are the worst few of `links_total`."""

    id: str
    code: str
    stage: Stage
    kind: FaultKind
    subject: str
    suspected: bool
    audience: Audience
    urgency: str
    why: Why
    phase: str
    began: datetime
    ended: datetime | None
    carrier: str | None
    event: EventTold | None
    dark: list[str]
    impaired: list[str]
    reduced: list[str]
    links: list[LinkTold]
    links_total: int
    shortfall: ShortfallTold | None = None
    taken: TakenTold | None
    step: int | None = Field(
        description="the last step that was called, 0 first; from `steps` on the last is called again"
    )
    steps: int | None = Field(default=None, description="how many steps the policy has")
    next: datetime | None = Field(description="when the next step is called")
    called: list[PersonTold]
    declined: list[PersonTold]
    silence: str | None
    into: str | None = Field(description="the code of the incident that explains it")


class IncidentsTold(BaseModel):
    """Incidents, the most urgent first."""

    at: datetime
    incidents: list[IncidentTold]


class PastIncidentTold(BaseModel):
    """One line about an incident, as the log has it."""

    id: str
    code: str
    kind: FaultKind
    subject: str = Field(description="the id of what it was about")
    name: str = Field(description="what people call it; its id, if it has left the configuration")
    began: datetime
    paged: datetime | None = Field(description="when people were called first")
    recovered: datetime | None
    closed: datetime | None
    into: str | None = Field(description="the id of the incident that explains it")
    into_code: str | None = Field(default=None, description="its code, where it is known")


class PastTold(BaseModel):
    """Incidents of a time, the latest first. `more`: there are earlier ones, too."""

    at: datetime
    since: datetime | None = Field(description="as it was read")
    until: datetime | None = Field(description="as it was read")
    incidents: list[PastIncidentTold]
    more: bool


class LineTold(BaseModel):
    """One line of a story: what happened, in the language asked for, and the entry of the log behind it."""

    at: datetime
    entry: str
    text: str
    message: str | None
    fields: dict[str, Any]


class StoryTold(BaseModel):
    """Everything about one incident, in order."""

    at: datetime
    incident: IncidentTold | None
    lines: list[LineTold]


class RefusedTold(BaseModel):
    """Why something was not done. `taken_by` names who has it."""

    subject: str
    code: Refusal
    why: str
    taken_by: str | None = None


class OutcomeTold(BaseModel):
    """What a command came to: done at least in part. `changed` is false where all was so already.

    `not_called`: the contact who answers was not called for it. `handed_back`: who declined had it until now;
    nobody has it any more, and the next step was called.
    """

    changed: bool
    actor: str
    incidents: list[IncidentTold] = []
    refused: list[RefusedTold] = []
    silence: str | None = None
    planned: SilenceTold | None = Field(default=None, description="the silence that was set, as it was read")
    ends: datetime | None = Field(default=None, description="the new end of the event, as it was read")
    not_called: PersonTold | None = None
    handed_back: bool = False


class KeysTold(BaseModel):
    """How many keys verify links now."""

    keys: int


class ProblemTold(BaseModel):
    """An error (RFC 9457). `code` is for programs, `detail` for people."""

    title: str
    status: int
    detail: str
    code: str
    refused: list[RefusedTold] = []


def past_told(past: PastIncident, names: Names, codes: Mapping[str, str], zone: tzinfo) -> PastIncidentTold:
    """An incident of the past as JSON, with the name that its subject has today. `codes`: by incident."""

    def when(wall_ns: int | None) -> datetime | None:
        return None if wall_ns is None else at(wall_ns, zone)

    return PastIncidentTold(
        id=past.id,
        code=past.code,
        kind=past.kind,
        subject=past.subject,
        name=names.subject(past.kind, past.subject),
        began=at(past.began_ns, zone),
        paged=when(past.opened_ns),
        recovered=when(past.recovered_ns),
        closed=when(past.closed_ns),
        into=past.folded_into,
        into_code=codes.get(past.folded_into) if past.folded_into is not None else None,
    )


def incident_told(standing: Standing, contacts: Mapping[ContactId, Contact], zone: tzinfo) -> IncidentTold:
    """An incident as JSON."""
    told = standing.told
    taken = None
    if told.taken_by is not None:
        taken_at = at(standing.taken_ns, zone) if standing.taken_ns is not None else None
        taker = contacts.get(standing.taken_contact) if standing.taken_contact is not None else None
        phone = taker.phone if taker is not None else None
        taken = TakenTold(by=told.taken_by, contact=standing.taken_contact, at=taken_at, phone=phone)
    return IncidentTold(
        id=told.id,
        code=told.code,
        stage=standing.stage,
        kind=told.kind,
        subject=told.subject,
        suspected=told.suspected,
        audience=told.audience,
        urgency=told.urgency.name.lower(),
        why=told.why,
        phase=told.phase.name.lower(),
        began=at(told.began_ns, zone),
        ended=at(told.ended_ns, zone) if told.ended_ns is not None else None,
        carrier=told.carrier,
        event=EventTold(id=told.event, name=told.event_name) if told.event is not None else None,
        dark=list(told.dark),
        impaired=list(told.impaired),
        reduced=list(told.reduced),
        links=[_link_told(link, zone) for link in told.links],
        links_total=told.links_total,
        shortfall=_shortfall_told(told.link.shortfall) if told.link and told.link.shortfall else None,
        taken=taken,
        step=standing.step,
        steps=standing.steps,
        next=at(standing.next_ns, zone) if standing.next_ns is not None else None,
        called=[person_told(contact, contacts) for contact in standing.called],
        declined=[person_told(contact, contacts) for contact in standing.declined],
        silence=standing.silence,
        into=told.into,
    )


def _link_told(link: BriefLink, zone: tzinfo) -> LinkTold:
    return LinkTold(
        id=link.id,
        site=link.site,
        network=link.network,
        carrier=link.carrier,
        circuit=link.circuit,
        since=at(link.since_ns, zone),
        interface=_interface_told(link.interface) if link.interface is not None else None,
        box=_box_told(link.figures.call, zone) if link.figures and link.figures.call else None,
    )


def _box_told(call: CalledIn, zone: tzinfo) -> BoxTold:
    return BoxTold(
        address=call.address,
        calling=not call.silent,
        since=at(call.at_wall_ns, zone),
        awaited=call.awaited,
    )


def _interface_told(told: log.InterfaceTold) -> InterfaceTold:
    return InterfaceTold(up=told.oper_up, admin_up=told.admin_up, errors=told.errors, discards=told.discards)


def _shortfall_told(told: log.BandwidthTold) -> ShortfallTold:
    return ShortfallTold(link=told.link, direction=told.direction, rate=told.rate, limit=told.limit)


def person_told(contact: ContactId, contacts: Mapping[ContactId, Contact]) -> PersonTold:
    """A contact as JSON."""
    known = contacts.get(contact)
    return PersonTold(id=contact, name=known.name if known else contact, phone=known.phone if known else None)
