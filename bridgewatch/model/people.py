"""People: who they are, how they are reached, when they are on duty. Immutable, made by the config room.

Instants are nanoseconds since 1970 in UTC. Local times of day are minutes since midnight in a roster's zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridgewatch.model.ids import CarrierId, ContactId, EgressId, GatewayId, PolicyId, RosterId, SiteId
from bridgewatch.model.paging import AckWay, GatewayKind, Phase, Role, TextForm
from bridgewatch.model.policy import Policy
from bridgewatch.model.secret import Secret
from bridgewatch.model.words import Language


@dataclass(frozen=True, slots=True)
class Gateway:
    """A way messages leave: one account at one provider.

    `egress` is the monitored egress it runs over, None for one that is independent of all that is watched (a
    modem, another building). `settings` are the plain keys of its kind, `secrets` the names of its secrets.
    `answers` are the ways in which somebody reached through it can answer; none: it is one-way.
    `free_text` False: it takes registered templates only, and `template` is the one that pages go through.
    """

    id: GatewayId
    kind: GatewayKind
    form: TextForm
    answers: frozenset[AckWay]
    egress: EgressId | None = None
    timeout: float = 10.0  # seconds for one attempt
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    free_text: bool = True
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to reach one contact: an address at a gateway, by the gateway's own rules."""

    gateway: GatewayId
    address: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or a desk (đầu mối liên hệ). `carrier` None: our own staff, or the room's people.

    `channels` in the order they are tried.
    """

    id: ContactId
    name: str
    language: Language
    channels: tuple[Channel, ...]
    carrier: CarrierId | None = None
    phone: str | None = None  # for people to call, and whence answers by SMS come


@dataclass(frozen=True, slots=True)
class Shift:
    """A weekly shift, on duty all together; one whose end is not after its start ends the next day.

    Local times that a change of clocks skips are the instant of the change; of those that come twice, the
    first.
    """

    days: frozenset[int]  # ISO weekdays of its start, 1 is Monday
    starts: int
    ends: int
    who: tuple[ContactId, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """Teams in turn: the first from `first_day` at `handover`, each for `days` days. Before it, nobody."""

    first_day: str  # ISO date
    handover: int
    days: int
    teams: tuple[tuple[ContactId, ...], ...]


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody stands in from `starts_ns` up to `ends_ns`.

    For one person, where that one would be on duty; `instead_of` None, for everybody. A swap is two of them.
    Of several that overlap the later in the file wins.
    """

    starts_ns: int
    ends_ns: int
    who: tuple[ContactId, ...]
    instead_of: ContactId | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is on duty (lịch trực) as one role, for one carrier (None: our own staff), in one area.

    The area is a site and everything administratively below it, None everywhere; its level is the roster's.
    Its id is `NAME/ROLE` as operators write it. `always` are on duty at any time; shifts and rotation add up.
    """

    id: RosterId
    role: Role
    timezone: str
    carrier: CarrierId | None = None
    area: SiteId | None = None
    always: tuple[ContactId, ...] = ()
    shifts: tuple[Shift, ...] = ()
    rotation: Rotation | None = None
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything that decides who is told.

    `policies` contains the shipped ones; `policy_of_phase` is complete. `catch_all` are our own contacts who
    are called when nobody else can be, never empty where anybody is paged. `public_url` is where the links in
    messages lead, None where phones cannot reach this daemon.
    """

    gateways: Mapping[GatewayId, Gateway] = field(default_factory=dict)
    contacts: Mapping[ContactId, Contact] = field(default_factory=dict)
    rosters: tuple[Roster, ...] = ()
    policies: Mapping[PolicyId, Policy] = field(default_factory=dict)
    policy_of_phase: Mapping[Phase, PolicyId] = field(default_factory=dict)
    catch_all: tuple[ContactId, ...] = ()
    public_url: str | None = None

    @property
    def pages(self) -> bool:
        """Whether anybody can be paged at all; without contacts bridgewatch watches and keeps incidents."""
        return bool(self.contacts)
