"""What people ask for. Every command says who asks, and goes through one door.

A command that was carried out before is carried out again without harm: the second press of a button changes
nothing and is told who has it.
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from bridgewatch.model.bandwidth import Direction, Hindrance, Method
from bridgewatch.model.ids import (
    CarrierId,
    ContactId,
    EventId,
    IncidentId,
    LinkId,
    MessageId,
    SilenceId,
    SiteId,
    TestId,
)
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.paging import AckWay


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command has. `actor`: who asks, as people know them."""

    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Command):
    """An answer to incidents. `incidents` are ids; those of a message, if it answers one, and no others.

    `contact`: on whose behalf, None for the desk itself.
    """

    incidents: tuple[IncidentId, ...]
    way: AckWay
    contact: ContactId | None = None
    message: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge(Answer):
    """I have it: the escalation stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskHelp(Answer):
    """The next step is to go now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(Answer):
    """Not mine: `contact` is not called for it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolve(Command):
    """It is over, whatever is measured; what is still broken begins a new incident only by a new change."""

    incidents: tuple[IncidentId, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSilence(Command):
    """Planned work. One of link, site, carrier and area; `forced` where a live event is among what it covers.

    `carrier` and `area` may stand together: that carrier's links there.
    """

    starts_ns: int
    ends_ns: int
    note: str
    link: LinkId | None = None
    site: SiteId | None = None
    carrier: CarrierId | None = None
    area: SiteId | None = None
    forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftSilence(Command):
    """It ends now."""

    silence: SilenceId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent(Command):
    """Close a live event, or let it end later."""

    event: EventId
    close: bool = False
    ends_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskThroughput(Command):
    """Test links, between `earliest_ns` and `latest_ns`; what None leaves open is as each link's terms say.

    `forced`: sites on their paths may be in freeze; `note` then says why.
    """

    links: tuple[LinkId, ...]
    earliest_ns: int
    latest_ns: int
    methods: tuple[Method, ...] | None = None
    directions: tuple[Direction, ...] = (Direction.DOWN, Direction.UP)
    seconds: float | None = None
    rate: int | None = None
    note: str = ""
    forced: bool = False
    plan: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelThroughput(Command):
    """Stop those tests, or never begin them."""

    tests: tuple[TestId, ...]


AnyCommand = (
    Acknowledge
    | AskHelp
    | Decline
    | Resolve
    | SetSilence
    | LiftSilence
    | OrderEvent
    | AskThroughput
    | CancelThroughput
)


@unique
class Refusal(StrEnum):
    """Why a command was not carried out."""

    UNKNOWN_INCIDENT = "unknown-incident"
    ALREADY_TAKEN = "already-taken"  # somebody has it; said with whom
    ALREADY_OVER = "already-over"
    UNKNOWN_CONTACT = "unknown-contact"
    NOT_CALLED = "not-called"  # only who was called can decline
    UNKNOWN_SILENCE = "unknown-silence"
    UNKNOWN_SUBJECT = "unknown-subject"
    NO_END = "no-end"  # a silence ends after it begins, and in the future
    OVER_LIVE_EVENT = "over-live-event"  # only with force
    UNKNOWN_EVENT = "unknown-event"
    EVENT_NOT_LIVE = "event-not-live"
    NOT_LATER = "not-later"  # the event goes on until then as it is; said until when
    UNKNOWN_TEST = "unknown-test"
    HINDERED = "hindered"  # something is in its way: said with what
    NO_REASON = "no-reason"  # in freeze a test wants a name and a reason


@dataclass(frozen=True, slots=True)
class Hindered:
    """Why a link is not tested, and whose that is: a site in its meeting, another link's test, an egress.

    `until_ns`: when that ends; None: nobody knows, or nobody asked.
    """

    link: LinkId
    hindrance: Hindrance
    subject: str = ""
    until_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a command. `refusals` by subject (an incident, a silence, an event ...).

    `entries` are what it wrote; none where nothing was changed. `taken_by` is who has the incidents that were
    taken already, by incident.
    """

    entries: tuple[AnyEntry, ...] = ()
    refusals: tuple[tuple[str, Refusal], ...] = ()
    taken_by: tuple[tuple[IncidentId, str], ...] = ()
    created: SilenceId | None = None
    stopping: tuple[TestId, ...] = ()  # running tests that end as soon as they can
    ends_ns: int | None = None  # the present end of an event whose refusal is NOT_LATER
    hindered: tuple[Hindered, ...] = ()  # of the links whose refusal is HINDERED

    @property
    def accepted(self) -> bool:
        """Whether anything was done."""
        return bool(self.entries or self.stopping)
