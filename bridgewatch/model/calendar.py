"""Conference events as operators plan them. Instants are nanoseconds since 1970 in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridgewatch.model.bandwidth import RoomType
from bridgewatch.model.ids import EventId, PolicyId, SiteId
from bridgewatch.model.paging import Phase
from bridgewatch.model.words import CarriedBy


@dataclass(frozen=True, slots=True)
class Wave:
    """A rehearsal (đợt chạy thử)."""

    id: str
    name: str
    starts_ns: int
    ends_ns: int


@dataclass(frozen=True, slots=True)
class PhaseSettings:
    """What an event asks for during one phase; None leaves the shipped default of the phase."""

    interval: float | None = None  # seconds between probes
    profile: str | None = None
    policy: PolicyId | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A conference. Freeze and check end when it starts; it is live until closed, or `overrun` past its end.

    `sites` are resolved: rooms and services that take part, in inventory order.
    """

    id: EventId
    name: str
    sites: tuple[SiteId, ...]
    starts_ns: int
    ends_ns: int
    draft: bool = False
    cancelled: bool = False
    carried_by: CarriedBy | None = None
    contacts_due_ns: int | None = None
    waves: tuple[Wave, ...] = ()
    freeze_ns: int = 24 * 3600 * 10**9  # before the start
    check_ns: int = 3600 * 10**9  # before the start
    overrun_ns: int = 3600 * 10**9  # after the end
    report_ns: int = 7 * 24 * 3600 * 10**9  # how long it is written up
    settings: Mapping[Phase, PhaseSettings] = field(default_factory=dict)
    room: RoomType | None = None  # what its rooms show, where they do not say it themselves
    hubs: tuple[SiteId, ...] = ()  # the services that every room sends to; none: all services among `sites`


@dataclass(frozen=True, slots=True)
class EventOrder:
    """What an operator ordered while an event ran: close it, or let it end later. The last order holds."""

    event: EventId
    at_ns: int
    actor: str
    close: bool = False
    ends_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What holds for one site at one instant, over all the events it takes part in.

    `phase` is the most demanding one and `event` the event it is of. `policy` is the fastest. None leaves
    what the inventory says.
    """

    phase: Phase
    policy: PolicyId
    event: EventId | None = None
    interval: float | None = None  # seconds between probes, the shortest
    profile: str | None = None
    carried_by: CarriedBy | None = None  # for sites that do not say it themselves
