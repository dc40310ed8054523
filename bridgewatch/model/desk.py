"""The desk: what those who answer see of the incidents, and the one door their commands go through.

The web page behind a link, inbound messages, the HTTP API and the commands of the NOC all stand before it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Protocol

from bridgewatch.model.bandwidth import Leg, Throughput
from bridgewatch.model.commands import AnyCommand, Hindered, Verdict
from bridgewatch.model.delivery import BriefIncident
from bridgewatch.model.ids import ContactId, IncidentId, LinkId, MessageId, SilenceId, TestId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, Composed, SilenceSet, ThroughputAsked, ThroughputEnded
from bridgewatch.model.paging import PastIncident
from bridgewatch.model.ports import ThroughputProgress


@unique
class Stage(StrEnum):
    """How far an incident has come."""

    HELD = "held"  # its hold is not over: nobody is called yet
    CALLING = "calling"  # people are called until somebody has it
    TAKEN = "taken"  # somebody has it
    MUTED = "muted"  # a silence covers it
    FOLDED = "folded"  # another incident explains it
    OVER = "over"  # recovered, or resolved by a person

    @property
    def attended(self) -> bool:
        """Somebody saw to it, so what nobody has comes before it wherever incidents are listed."""
        return self in {Stage.TAKEN, Stage.MUTED}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an incident stands. `called` in the order of their first calls, those who declined among them.

    `step` is the last one that was called, 0 first, of the `steps` of its policy, and `next_ns` when the
    next follows; beyond the last that one is called again, and `step` goes on counting. `taken_contact` is
    None where the desk itself has it; `told.taken_by` names who has it either way. `handed_back`: who had it
    until they declined, whereupon the present step was called.
    """

    told: BriefIncident
    stage: Stage
    step: int | None = None
    next_ns: int | None = None
    called: tuple[ContactId, ...] = ()
    declined: tuple[ContactId, ...] = ()
    taken_contact: ContactId | None = None
    taken_ns: int | None = None
    silence: SilenceId | None = None
    steps: int | None = None
    handed_back: ContactId | None = None


@dataclass(frozen=True, slots=True)
class LinkTest:
    """A throughput test as it stands: it waits, runs since `began_ns`, or `ended`.

    `hindered`: what one that waits is kept by now. `leg` and `progress` of one that runs are of the direction
    and method that is on the link; `results` are those there are.
    """

    asked: ThroughputAsked
    hindered: Hindered | None = None
    began_ns: int | None = None
    leg: Leg | None = None
    progress: ThroughputProgress | None = None
    results: tuple[Throughput, ...] = ()
    ended: ThroughputEnded | None = None


class Desk(Protocol):
    """One daemon's incidents. Reading changes nothing; instants are wall-clock nanoseconds."""

    @property
    def inventory(self) -> Inventory:
        """What is in force now."""
        ...

    def now_ns(self) -> int:
        """The present."""
        ...

    async def command(self, command: AnyCommand) -> Verdict:
        """Carry out what somebody asks for; answered once it is stored."""
        ...

    async def incidents(self, *, over: bool = False) -> Sequence[Standing]:
        """Those that are not over, as in a snapshot; `over`: the latest of those that are too, after them."""
        ...

    async def incident(self, name: str) -> Standing | None:
        """One incident by its id, or by its code where that is not over; with what is seen of its links."""
        ...

    async def message(self, message: MessageId) -> Composed | None:
        """A message, known for at least as long as it can be answered through its link."""
        ...

    async def silences(self) -> Sequence[SilenceSet]:
        """Those that hold or are yet to come, by their beginning."""
        ...

    async def tests(self, links: Collection[LinkId] | None = None) -> Sequence[LinkTest]:
        """Throughput tests of `links`, or all: running, waiting in their order, then over, newest first."""
        ...

    async def test(self, test: TestId) -> LinkTest | None:
        """One test, known for two days after its end, and longer where it measured something."""
        ...

    async def history(self, since_ns: int | None, until_ns: int | None, most: int) -> Sequence[PastIncident]:
        """Those that were there in a time, the latest first. Raises StoreUnavailableError."""
        ...

    async def past(self, name: str) -> IncidentId | None:
        """An incident by its id or its code, however long it is over; of a code the latest.

        Raises StoreUnavailableError.
        """
        ...

    async def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        """Everything about one incident with its messages, in order. Raises StoreUnavailableError."""
        ...
