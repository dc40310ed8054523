"""The shape of every file, field by field. References between files are `references`' business.

Values arrive as the tree holds them: source text, never numbers or booleans.
"""

from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from bridgewatch.config.errors import mistake
from bridgewatch.config.hosts import family_of
from bridgewatch.config.scalars import (
    Address,
    Code,
    Delay,
    Dscp,
    FamilyNumber,
    Flag,
    Host,
    Id,
    Interface,
    Interval,
    LinkPath,
    Rate,
    Ratio,
    Socket,
    Text,
    Timeout,
    Whole,
)
from bridgewatch.model.words import Access, AdministrativeModel, CarriedBy, Family, Level, Network

TAG_MARK: Final = "~"
"""Begins the union tags below, so that an error's path can be told from the file's own keys."""

PacketSize = Annotated[int, Whole(16, 9000)]


class Document(BaseModel):
    """A mapping with a closed set of keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


class IcmpTarget(Document):
    """An address or name that answers ICMP echo."""

    icmp: Host = Field(description="address or name; a name is probed over IPv4 unless `family` says 6")
    family: FamilyNumber | None = None

    @model_validator(mode="after")
    def _family_fits(self) -> "IcmpTarget":
        _check_family(self.icmp, self.family)
        return self


class StampTarget(Document):
    """A STAMP reflector (RFC 8762)."""

    stamp: Socket = Field(description="host:port; the port is 862 unless given")
    family: FamilyNumber | None = None
    stateful: Flag = Field(default=False, description="it counts per session: loss is told by direction")

    @model_validator(mode="after")
    def _family_fits(self) -> "StampTarget":
        _check_family(self.stamp.host, self.family)
        return self


class DialInTarget(Document):
    """A site behind NAT: its own box calls in and is known by this key."""

    dialin: Id


def _check_family(host: str, family: Family | None) -> None:
    numeric = family_of(host)
    if family and numeric and family != numeric:
        raise mistake(f"{numeric.value}, which is what {host} is", str(family.value), "family")


def _target_kind(value: Any) -> str | None:
    if isinstance(value, str):
        return "~address"
    if isinstance(value, dict):
        return next((f"~{kind}" for kind in ("icmp", "stamp", "dialin") if kind in value), None)
    return None


def _source_kind(value: Any) -> str:
    return "~list" if isinstance(value, list) else "~address"


SourceField = Annotated[
    Annotated[Address, Tag("~address")] | Annotated[list[Address], Tag("~list")],
    Discriminator(_source_kind),
]
ReferenceField = Annotated[
    Annotated[Host, Tag("~address")]
    | Annotated[IcmpTarget, Tag("~icmp")]
    | Annotated[StampTarget, Tag("~stamp")],
    Discriminator(_target_kind),
]
TargetField = Annotated[
    Annotated[Host, Tag("~address")]
    | Annotated[IcmpTarget, Tag("~icmp")]
    | Annotated[StampTarget, Tag("~stamp")]
    | Annotated[DialInTarget, Tag("~dialin")],
    Discriminator(_target_kind),
]
TargetDocument = str | IcmpTarget | StampTarget | DialInTarget


class ContractDocument(Document):
    """What the carrier sold, seen from the site."""

    down: Rate
    up: Rate


class SnmpDocument(Document):
    """Where the interface counters of a link are read."""

    host: Host
    interface: Text


class LinkDocument(Document):
    """One circuit of a site. Give `target` or `targets`."""

    network: Network | None = Field(default=None, description="needed unless the link's name begins with it")
    carrier: Id | None = Field(default=None, description="an id of carriers.yaml; services may leave it out")
    circuit: Text | None = Field(default=None, description="the carrier's name of the circuit")
    access: Access | None = None
    contract: ContractDocument | None = None
    via: LinkPath | None = Field(default=None, description="site/link: a fault there explains a fault here")
    handover: Text | None = Field(default=None, description="a shared point of the carrier, by name")
    egress: Id | None = Field(default=None, description="the way out; by default the one of its network")
    profile: Id | None = Field(default=None, description="what good means; by default the daemon's")
    interval: Interval | None = Field(default=None, description="time between probes of one target")
    dscp: Dscp | None = None
    size: PacketSize | None = Field(default=None, description="octets of ICMP message or STAMP packet")
    snmp: SnmpDocument | None = None
    paused: Flag = False
    target: TargetField | None = None
    targets: list[TargetField] = Field(default=[], max_length=16)

    @model_validator(mode="after")
    def _has_targets(self) -> "LinkDocument":
        if (self.target is None) == (not self.targets):
            found = "both `target` and `targets`" if self.targets else "no target"
            raise mistake("either `target` or `targets`", found)
        if len(self.targets) > 1 and any(isinstance(target, DialInTarget) for target in self.targets):
            raise mistake("nothing beside it", "a dialin target among others", "targets")
        return self

    def all_targets(self) -> tuple[TargetDocument, ...]:
        """One or several targets, however they were written."""
        return tuple(self.targets) if self.target is None else (self.target,)


class ServiceDocument(Document):
    """An MCU, a gateway: what the rooms depend on."""

    id: Id
    name: Text
    level: Level = Level.PROVINCE
    unit: Code | None = Field(default=None, description="code of the administrative unit, in quotes")
    legacy_unit: Code | None = Field(default=None, description="its code before 1 July 2025")
    parent: Id | None = Field(default=None, description="the site above it; it explains no faults")
    carried_by: CarriedBy | None = Field(default=None, description="the network that carries its meetings")
    contacts: list[Text] = []
    links: dict[Id, LinkDocument] = {}


class RoomLinkDocument(LinkDocument):
    """A link of a room has a carrier."""

    carrier: Id = Field(description="an id of carriers.yaml")


class SiteDocument(ServiceDocument):
    """A room where people meet (điểm cầu)."""

    level: Level
    links: dict[Id, RoomLinkDocument] = {}  # type: ignore[assignment]  # narrower, and nobody writes to it


class SitesDocument(Document):
    """sites.d/*.yaml."""

    sites: list[SiteDocument] = []
    services: list[ServiceDocument] = []


class CarrierDocument(Document):
    """A telecom company."""

    name: Text


class CarriersDocument(Document):
    """carriers.yaml."""

    carriers: dict[Id, CarrierDocument] = {}


class DelayThresholdDocument(Document):
    """Two delays; reaching one is exceeding it."""

    warn: Delay
    critical: Delay

    @model_validator(mode="after")
    def _ordered(self) -> "DelayThresholdDocument":
        _check_order(self.warn, self.critical)
        return self


class RatioThresholdDocument(Document):
    """Two ratios; reaching one is exceeding it."""

    warn: Ratio
    critical: Ratio

    @model_validator(mode="after")
    def _ordered(self) -> "RatioThresholdDocument":
        _check_order(self.warn, self.critical)
        return self


def _check_order(warn: float, critical: float) -> None:
    if warn > critical:
        raise mistake("at least `warn`", "a `critical` below `warn`", "critical")


class ProfileDocument(Document):
    """Limits of quality; what is left out is taken from the shipped profile of that name, or `conference`."""

    rtt: DelayThresholdDocument | None = Field(default=None, description="median round-trip delay")
    jitter: DelayThresholdDocument | None = Field(default=None, description="jitter as of RFC 3550")
    pdv: DelayThresholdDocument | None = Field(default=None, description="p99 minus minimum of the delay")
    loss: RatioThresholdDocument | None = None


class ProfilesDocument(Document):
    """profiles.yaml."""

    profiles: dict[Id, ProfileDocument] = {}


class EgressDocument(Document):
    """A way out of this vantage."""

    networks: list[Network] = Field(min_length=1, description="the networks whose links are probed this way")
    interface: Interface | None = Field(default=None, description="probes leave and replies arrive by it")
    source: SourceField = Field(default=[], description="one source address per family")
    references: list[ReferenceField] = Field(
        default=[],
        max_length=16,
        description="hosts inside the building: they tell our own faults from the links'; two per family",
    )

    @model_validator(mode="after")
    def _one_source_a_family(self) -> "EgressDocument":
        families = [family_of(source) for source in self.sources()]
        if len(set(families)) < len(families):
            raise mistake("one a family", "two source addresses of one family", "source")
        return self

    def sources(self) -> list[str]:
        """The source addresses, however they were written."""
        return [self.source] if isinstance(self.source, str) else self.source


class DefaultsDocument(Document):
    """What links and sites have when they do not say it."""

    profile: Id = "conference"
    interval: Interval = 1.0
    dscp: Dscp = 0
    size: PacketSize = 64
    carried_by: CarriedBy = CarriedBy.ANY


class LimitsDocument(Document):
    """Bounds the daemon keeps to."""

    sends_per_second: Annotated[int, Whole(1, 1_000_000)] = 30_000
    in_flight: Annotated[int, Whole(1, 16_777_216)] = 262_144
    suspect_probes_per_second: Annotated[int, Whole(1, 100_000)] = 2_000
    tmax: Timeout = 3.0


class DaemonDocument(Document):
    """bridgewatch.yaml."""

    vantage: Id = Field(default="main", description="the name of this observation point")
    administrative_model: AdministrativeModel = AdministrativeModel.TWO_TIER
    timezone: Text = "Asia/Ho_Chi_Minh"
    defaults: DefaultsDocument = DefaultsDocument()
    limits: LimitsDocument = LimitsDocument()
    egresses: dict[Id, EgressDocument] = {}

    @model_validator(mode="after")
    def _timezone_exists(self) -> "DaemonDocument":
        try:
            ZoneInfo(self.timezone)
        except (ValueError, OSError, KeyError):
            if not available_timezones():  # a machine without a time zone database cannot judge
                return self
            raise mistake("a time zone such as Asia/Ho_Chi_Minh", repr(self.timezone), "timezone") from None
        return self
