"""What leaves the outbox, and what comes back of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.ids import CarrierId, ContactId, EventId, GatewayId, IncidentId, LinkId, MessageId
from bridgewatch.model.log import BandwidthTold, InterfaceTold, Proof
from bridgewatch.model.paging import (
    AckWay,
    Audience,
    FaultKind,
    Lapse,
    MessageKind,
    Phase,
    Role,
    Urgency,
    Why,
)
from bridgewatch.model.words import Language, LinkState


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of one message through one channel. `number` counts the tries of this message, 1 first.

    The message's id is the same at every try, so that a receiver can tell a repetition.
    """

    message: MessageId
    number: int
    kind: MessageKind
    contact: ContactId
    gateway: GatewayId
    address: str
    incidents: tuple[IncidentId, ...]
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an attempt. `permanent`: trying again through this channel is in vain.

    `crowded`: it was not made, because more messages wait for the gateway than it takes; that is no fault of
    the channel. `detail` is what the gateway said, in its words, without secrets and at most 200 characters.
    `lapse`: it was not made for a mistake of our own, and `detail` is what that is about.
    """

    delivered: bool
    permanent: bool = False
    detail: str = ""
    crowded: bool = False
    lapse: Lapse | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """What a gateway is handed. `title` is '' for forms that have none.

    `codes` are those of the incidents it is about, for receivers that are machines and for templates.
    `fields` are its parts, by the names in FIELDS, for templates that take them one by one.
    """

    title: str
    body: str
    codes: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


FIELDS = ("code", "what", "where", "circuit", "since", "event", "name", "link", "text")
"""What a template may be filled in with; `text` is the body itself. What there is nothing of is a dash."""


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """What is seen of a link at the moment: its state, and its last window where it answers.

    Ratios and seconds; None where nothing was measured. `call` is that of its site's box, if there is one.
    """

    state: LinkState
    since_ns: int
    loss: float | None = None
    rtt: float | None = None  # the median
    jitter: float | None = None  # rfc3550
    call: CalledIn | None = None


Figures = Callable[[LinkId], LinkFigures | None]
"""Looks at a link now; None for one that nobody watches."""


@dataclass(frozen=True, slots=True)
class BriefLink:
    """A link as a message names it.

    `address` is the host and port of its reflector, None where it has none or its box says so when it calls.
    `limit` is the one that its proof says was passed, a ratio or seconds. `figures` are as of now, where they
    are known. `interface` is what its router said last of it while it was broken. `shortfall`: by how much
    its bandwidth is too little, and `needed_by` the name of the event that needs it.
    """

    id: LinkId
    site: str  # its site's name
    network: str
    carrier: str  # the carrier's name
    circuit: str | None
    since_ns: int
    proof: Proof
    limit: float | None = None
    figures: LinkFigures | None = None
    interface: InterfaceTold | None = None
    shortfall: BandwidthTold | None = None
    needed_by: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class BriefBefore:
    """What went before the present calls: who asked for help or declined, and how many were called."""

    why: Why
    who: tuple[str, ...] = ()  # names
    called: int = 0


@dataclass(frozen=True, slots=True)
class BriefIncident:
    """An incident as a message tells it. Names are what people call things, not ids.

    `links` are the worst few of `links_total`, and `link` the one that it is about, if it is about one.
    `dark`, `impaired` and `reduced` are names of sites. `began_ns` is of the present spell, or the latest: an
    incident that recovers and breaks again within minutes is the same one, `spells` counts how often it
    broke, and `first_ns` is when it first did.
    """

    id: IncidentId
    code: str
    kind: FaultKind
    subject: str  # the name of the link's or site's place, the handover, the carrier and area, the egress
    suspected: bool
    audience: Audience
    urgency: Urgency
    why: Why
    phase: Phase
    began_ns: int
    links: tuple[BriefLink, ...]
    links_total: int
    dark: tuple[str, ...]
    impaired: tuple[str, ...]
    reduced: tuple[str, ...]
    carrier: CarrierId | None = None
    event: EventId | None = None
    event_name: str | None = None
    ended_ns: int | None = None
    taken_by: str | None = None  # the name of who has it
    into: str | None = None  # the code of the incident that explains it
    spells: int = 1
    first_ns: int | None = None  # None: this is the first time
    link: BriefLink | None = None
    before: BriefBefore | None = None
    closed_by: str | None = None  # the name of who closed it while it was broken
    area: str | None = None  # of a carrier's fault in one: its name, as it stands in `subject`


def with_figures(incident: BriefIncident, figures: Figures) -> BriefIncident:
    """The incident with what is seen now of the links that it names."""
    link = incident.link
    return replace(
        incident,
        links=tuple(replace(one, figures=figures(one.id)) for one in incident.links),
        link=replace(link, figures=figures(link.id)) if link is not None else None,
    )


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything a message needs to be written: no id of anything has to be looked up."""

    message: MessageId
    kind: MessageKind
    at_ns: int
    language: Language
    timezone: str
    vantage: str
    contact_name: str
    incidents: tuple[BriefIncident, ...]
    role: Role | None = None  # as what the contact is called, for the first incident
    why: Why | None = None  # why this contact
    step: int = 0
    link: str | None = None  # where to answer; None where there is no such page
    answers: frozenset[AckWay] = frozenset()  # how one can answer through this gateway
    steps: int | None = None  # that the policy has; None where that is not known
    keyword: str = ""  # the word that an answer to a shared number begins with
