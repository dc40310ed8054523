"""The escalation of one incident: which step it is at, who was called, who answered what."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bridgewatch.model.ids import ContactId, EventId, IncidentId, MessageId, PolicyId, SilenceId
from bridgewatch.model.log import Called
from bridgewatch.model.paging import MessageKind, Urgency, Why


@dataclass(slots=True)
class Taken:
    """Who has it, and how bad it was when they were last told. `contact` None: the desk itself."""

    actor: str
    contact: ContactId | None
    at_ns: int
    told_ns: int
    urgency: Urgency


class News(NamedTuple):
    """What somebody who was called is still to be told."""

    kind: MessageKind
    why: Why


class Before(NamedTuple):
    """Why a step went. `who` asked for help or declined; so many were `called` until then."""

    why: Why
    who: tuple[str, ...]  # contacts, or a person at the desk
    called: int


@dataclass(slots=True)
class Case:
    """One incident from the moment it was noticed. Instants are wall-clock ns.

    `step` counts from 0; -1: nobody was called since it opened, or since a silence over it ended. `hurry` is
    why the next step goes now whatever `next_ns` says. `round` are those called at this step, `lost` those of
    them whom no channel reaches, `dead` those whose page is a dead letter of which a lead is still to hear.
    `asked` is the last page of each. `concerned` were called for what was folded into it. `ended_ns`: all is
    well, or it is folded or closed; the latter two are `over` for good.
    """

    incident: IncidentId
    urgency: Urgency = Urgency.NOTE
    opened: bool = False
    step: int = -1
    stepped_ns: int = 0
    next_ns: int | None = None
    policy: PolicyId | None = None
    event: EventId | None = None  # the last one in which people were called for it
    hurry: Why | None = None
    taken: Taken | None = None
    muted: SilenceId | None = None
    called: dict[ContactId, Called] = field(default_factory=dict)
    concerned: set[ContactId] = field(default_factory=set)
    round: set[ContactId] = field(default_factory=set)
    lost: set[ContactId] = field(default_factory=set)
    dead: set[ContactId] = field(default_factory=set)
    declined: set[ContactId] = field(default_factory=set)
    helper: ContactId | None = None
    mover: str | None = None  # who asked for help or handed it back last: a contact, or a person at the desk
    before: Before | None = None  # of the present step
    before_call: dict[ContactId, Before | None] = field(default_factory=dict)  # of the step of each last call
    helped: dict[str, int] = field(default_factory=dict)  # who asked for help, and to which step it led
    asked: dict[ContactId, MessageId] = field(default_factory=dict)
    owed: dict[ContactId, News] = field(default_factory=dict)
    into: IncidentId | None = None
    ended_ns: int | None = None
    over: bool = False

    @property
    def running(self) -> bool:
        """Whether somebody is to be called for it as long as nobody has it."""
        return self.opened and self.ended_ns is None

    @property
    def told(self) -> Iterator[ContactId]:
        """Everybody who was called, for it or for what was folded into it."""
        yield from self.called
        yield from sorted(self.concerned - self.called.keys())

    def owe(self, kind: MessageKind, why: Why, *, but: ContactId | None = None) -> None:
        """Everybody who was called is to be told this, instead of what they were still to be told."""
        self.owed = {contact: News(kind, why) for contact in self.told if contact != but}

    def start_over(self, why: Why) -> None:
        """The next step is the first one, and it goes now."""
        self.step = -1
        self.next_ns = None
        self.hurry = why
        self.round.clear()
        self.lost.clear()
        self.dead.clear()
        self.helped.clear()
        self.helper = None

    def given_up_by_all(self) -> Why | None:
        """Why nobody called at this step will answer, None while somebody may."""
        if not self.round or not self.round <= self.lost | self.declined:
            return None
        return Why.ALL_DECLINED if self.round <= self.declined else Why.UNREACHED

    def shift(self, by_ns: int) -> None:
        """Move along with the wall clock."""
        self.stepped_ns += by_ns
        if self.next_ns is not None:
            self.next_ns += by_ns
        if self.ended_ns is not None:
            self.ended_ns += by_ns
        if self.taken is not None:
            self.taken.at_ns += by_ns
            self.taken.told_ns += by_ns
