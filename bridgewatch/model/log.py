"""The log: what was seen, decided, sent, answered and ordered, one immutable entry each.

The log is the truth: every state of the incidents, escalation and outbox rooms is a fold over it, so a
restart replays it and a person can be told the whole story. Instants are nanoseconds since 1970 in UTC, as
the wall clock had it; when it steps, ClockStepped moves every instant that is still waited for.

An entry's class is its kind. Stored are its fields as JSON beside kind, instant, incident and message;
fields are added with defaults, never renamed and never removed. `actor` is who did it: a contact, a person
at the desk, or None for bridgewatch itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, dataclass_transform

from bridgewatch.model.bandwidth import Direction, Hindrance, Method, Throughput, ThroughputEnd
from bridgewatch.model.calendar import EventOrder
from bridgewatch.model.ids import (
    CarrierId,
    ContactId,
    EgressId,
    EventId,
    GatewayId,
    IncidentId,
    LinkId,
    MessageId,
    PolicyId,
    RosterId,
    SilenceId,
    SiteId,
    TestId,
)
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
from bridgewatch.model.words import Level, Reason, Severity

_Kind = TypeVar("_Kind")


@dataclass_transform(frozen_default=True)
def _immutable(*, kw_only: bool = False) -> Callable[[type[_Kind]], type[_Kind]]:
    """A class of which nobody may change an instance, and the type checker sees to it.

    At run time it is a plain one: setting the fields of frozen ones would take a fifth of the time in which a
    storm of ten thousand faults is decided.
    """
    return dataclass(slots=True, kw_only=kw_only, unsafe_hash=True)


@_immutable()
class Proof:
    """The evidence of a link's change: health's Evidence in wall time, kept for `explain`.

    Of a target that refuses, `unanswered` and `since_ns` are about what it refused.
    """

    reason: Reason
    unanswered: int = 0
    needed: int = 0
    since_ns: int = 0  # when the first unanswered probe was sent
    witness_ns: int | None = None  # when the latest answered probe of others was sent
    loss: float | None = None  # the ratio its worst path usually loses
    severity: Severity = Severity.OK
    router: str = ""  # UNREACHABLE: the address of who said so


@_immutable(kw_only=True)
class Entry:
    """What every entry has."""

    at_ns: int


@_immutable(kw_only=True)
class IncidentEntry(Entry):
    """Of one incident."""

    incident: IncidentId


# Written by the incidents room.


@_immutable(kw_only=True)
class Noticed(IncidentEntry):
    """A fault began. `code` is the short word people answer with, unique among incidents not closed.

    `subject` by kind: link, site, `carrier/handover`, `carrier@area`, egress, event, a gateway or `store`, or
    a daemon's vantage. `audience`: whose fault it looks like. `suspected`: inferred from many links, not
    measured at one place. `area`: the site below which it is, for rosters.
    """

    code: str
    kind: FaultKind
    subject: str
    audience: Audience
    began_ns: int
    carrier: CarrierId | None = None
    site: SiteId | None = None
    area: SiteId | None = None
    suspected: bool = False


@_immutable(kw_only=True)
class Grew(IncidentEntry):
    """Links that it explains went down."""

    links: tuple[tuple[LinkId, Proof], ...]
    why: Why


@_immutable(kw_only=True)
class Shrank(IncidentEntry):
    """Links of it answer again, or left the configuration."""

    links: tuple[LinkId, ...]
    why: Why


@_immutable(kw_only=True)
class InterfaceTold(IncidentEntry):
    """What the router says of the interface of a link that is broken: evidence of whose side it is.

    `errors` and `discards` are packets per second; None: it does not say. `admin_up` False: somebody of the
    router's own people shut it down.
    """

    link: LinkId
    oper_up: bool | None
    errors: float | None = None
    discards: float | None = None
    admin_up: bool | None = None


@_immutable(kw_only=True)
class BandwidthTold(IncidentEntry):
    """By how much the bandwidth of a link misses what it should be, in the direction that is worse.

    `rate` is what there is and `limit` what it is held against, both bit/s of IP packets: of USE the traffic
    and what was bought, of CAPACITY what tests measured and what was promised, of NEED what was bought or
    measured and what `event` needs.
    """

    link: LinkId
    direction: Direction
    rate: int
    limit: int
    event: EventId | None = None


@_immutable(kw_only=True)
class DeliveryTold(IncidentEntry):
    """Why no message leaves: what the last failed attempt came to, or which secret of a gateway is missing.

    `detail` and `lapse` as in `Attempted`.
    """

    detail: str
    lapse: Lapse | None = None


@_immutable(kw_only=True)
class Weighed(IncidentEntry):
    """What it does to meetings changed: sites dark, impaired, or left without a spare through it."""

    urgency: Urgency
    dark: tuple[SiteId, ...] = ()
    impaired: tuple[SiteId, ...] = ()
    reduced: tuple[SiteId, ...] = ()


@_immutable(kw_only=True)
class Folded(IncidentEntry):
    """Another incident explains it: its links go there, and it pages nobody any more."""

    into: IncidentId
    why: Why


@_immutable(kw_only=True)
class Opened(IncidentEntry):
    """It outlasted its hold: from now on people are paged."""

    phase: Phase
    policy: PolicyId
    hold: float
    why: Why
    event: EventId | None = None


@_immutable(kw_only=True)
class Recovered(IncidentEntry):
    """Nothing of it is broken any more."""


@_immutable(kw_only=True)
class Closed(IncidentEntry):
    """The end: recovered, resolved by a person, folded or too short to page."""

    why: Why
    actor: str | None = None
    note: str = ""


# Written by the escalation room.


@_immutable(kw_only=True)
class Stepped(IncidentEntry):
    """The escalation went to step `step` (0 first) of `policy`; the next follows at `next_ns`.

    Beyond the policy's last step that one is called again, with the catch-all, and `step` goes on counting.
    What it means for people follows as Called and GapFound entries of the same instant. `event`: the one
    whose meeting it disturbs now, and `phase` what that is in.
    """

    step: int
    policy: PolicyId
    next_ns: int
    why: Why
    event: EventId | None = None
    phase: Phase = Phase.NONE


@_immutable(kw_only=True)
class Hastened(IncidentEntry):
    """The next step comes sooner, at `next_ns`: a stricter policy came into force, or it grew worse."""

    policy: PolicyId
    next_ns: int
    why: Why


@_immutable(kw_only=True)
class PutOff(IncidentEntry):
    """The step that is due waits for `until_ns`, the end of the quiet hours of `policy`."""

    policy: PolicyId
    until_ns: int


@_immutable(kw_only=True)
class Called(IncidentEntry):
    """`contact` is to be told, as this role of this roster; `climbed` says that nobody lower covers it."""

    contact: ContactId
    step: int
    audience: Audience
    role: Role
    why: Why
    roster: RosterId | None = None
    level: Level | None = None
    climbed: bool = False


@_immutable(kw_only=True)
class GapFound(IncidentEntry):
    """Nobody was on duty where a step looked."""

    step: int
    audience: Audience
    role: Role
    area: SiteId | None
    level: Level | None


@_immutable(kw_only=True)
class Acknowledged(IncidentEntry):
    """Somebody has it: the escalation stops."""

    actor: str
    way: AckWay
    contact: ContactId | None = None
    message: MessageId | None = None


@_immutable(kw_only=True)
class HelpAsked(IncidentEntry):
    """Somebody needs help: the next step goes now."""

    actor: str
    way: AckWay
    contact: ContactId | None = None
    message: MessageId | None = None


@_immutable(kw_only=True)
class Declined(IncidentEntry):
    """`contact` says that it is not theirs; they are not called for it again."""

    actor: str
    way: AckWay
    contact: ContactId
    message: MessageId | None = None


@_immutable(kw_only=True)
class RaisedAgain(IncidentEntry):
    """Acknowledged, and after the policy's time the site is still dark: paging goes on."""

    why: Why


@_immutable(kw_only=True)
class Muted(IncidentEntry):
    """A silence covers it: nobody is called until it ends. `silence` None: no silence does any more."""

    silence: SilenceId | None


@_immutable(kw_only=True)
class Informed(IncidentEntry):
    """`contact`, called before, is to be told what became of it: taken, folded, recovered, resolved.

    NOTES are for our own duty and ask for nothing. `policy`: the one by which it is grouped.
    """

    contact: ContactId
    kind: MessageKind
    why: Why
    policy: PolicyId | None = None


# Written by the outbox room.


@_immutable(kw_only=True)
class MessageEntry(Entry):
    """Of one message. Its id never changes over retries: a receiver can tell a repetition."""

    message: MessageId


@_immutable(kw_only=True)
class Composed(MessageEntry):
    """A message to one contact, for these incidents; it leaves at once. An answer is for all of them."""

    contact: ContactId
    kind: MessageKind
    incidents: tuple[IncidentId, ...]
    urgency: Urgency


@_immutable(kw_only=True)
class Attempted(MessageEntry):
    """How one attempt through one gateway went. `retry_ns`: when the same channel is tried again, or None.

    `channel`: which of the contact's channels that can carry a page it was, 0 first. `dark`: the egress, dark
    then, that the channel needs whose turn it had been. `crowded`: it was not made, for want of a place among
    those who wait for the gateway, and counts as no failure. `lapse`: it was not made for a mistake of our
    own, and `detail` is what that is about.
    """

    gateway: GatewayId
    attempt: int
    delivered: bool
    permanent: bool = False  # trying again through this gateway is in vain
    detail: str = ""  # what the gateway said, without secrets
    retry_ns: int | None = None
    channel: int = 0
    dark: EgressId | None = None
    crowded: bool = False
    lapse: Lapse | None = None


@_immutable(kw_only=True)
class Unreached(MessageEntry):
    """Every channel of the contact failed once; it is tried again, and meanwhile the next step goes."""

    contact: ContactId
    incidents: tuple[IncidentId, ...]


@_immutable(kw_only=True)
class DeadLetter(MessageEntry):
    """No channel of the contact took it, and none is tried any more."""

    contact: ContactId
    incidents: tuple[IncidentId, ...]


# Written by the command door.


@_immutable(kw_only=True)
class SilenceSet(Entry):
    """Planned work or a silence. One of link, site, carrier and area names what is covered."""

    silence: SilenceId
    starts_ns: int
    ends_ns: int
    actor: str
    note: str
    link: LinkId | None = None
    site: SiteId | None = None
    carrier: CarrierId | None = None
    area: SiteId | None = None
    forced: bool = False


@_immutable(kw_only=True)
class SilenceLifted(Entry):
    """It ends now."""

    silence: SilenceId
    actor: str


@_immutable(kw_only=True)
class EventOrdered(Entry):
    """An event was closed or moved while it ran."""

    order: EventOrder


# Written by the bandwidth room.


@_immutable(kw_only=True)
class ThroughputEntry(Entry):
    """Of one throughput test."""

    test: TestId


@_immutable(kw_only=True)
class ThroughputAsked(ThroughputEntry):
    """A test is to run between `earliest_ns` and `latest_ns`. `actor` None: by itself, as it is configured.

    `forced`: a site on its path may be in freeze; then `actor` and `note` say who wants it and why. `rate` is
    the most it may ask for, bit/s, beside what the link's terms say. Tests of one plan bear its name.
    """

    link: LinkId
    methods: tuple[Method, ...]
    directions: tuple[Direction, ...]
    earliest_ns: int
    latest_ns: int
    seconds: float
    streams: int
    rate: int | None = None
    actor: str | None = None
    note: str = ""
    forced: bool = False
    plan: str = ""


@_immutable(kw_only=True)
class ThroughputBegan(ThroughputEntry):
    """It runs; `octets` are booked for it until it is known what it took."""

    octets: int


@_immutable(kw_only=True)
class ThroughputEnded(ThroughputEntry):
    """It is over. `octets` is what it took; `hindrance` and `subject` (site or link): what was in its way.

    `detail` is a packed phrase: why it failed.
    """

    end: ThroughputEnd
    results: tuple[Throughput, ...] = ()
    octets: int = 0
    hindrance: Hindrance | None = None
    subject: str = ""
    actor: str | None = None
    detail: str = ""


# Written by whoever keeps the time.


@_immutable(kw_only=True)
class ClockStepped(Entry):
    """The wall clock was set, by `by_ns` forward: what is waited for moves along. `at_ns` is the new time."""

    by_ns: int


AnyEntry: TypeAlias = (
    Noticed
    | Grew
    | Shrank
    | InterfaceTold
    | BandwidthTold
    | DeliveryTold
    | Weighed
    | Folded
    | Opened
    | Recovered
    | Closed
    | Stepped
    | Hastened
    | PutOff
    | Called
    | GapFound
    | Acknowledged
    | HelpAsked
    | Declined
    | RaisedAgain
    | Muted
    | Informed
    | Composed
    | Attempted
    | Unreached
    | DeadLetter
    | SilenceSet
    | SilenceLifted
    | EventOrdered
    | ThroughputAsked
    | ThroughputBegan
    | ThroughputEnded
    | ClockStepped
)
