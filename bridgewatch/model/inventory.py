"""What is watched: one immutable value, made by the config room and replaced whole on reload."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bridgewatch.model.bandwidth import BandwidthSettings, Contract, RoomType, Snmp, ThroughputTerms
from bridgewatch.model.calendar import Event
from bridgewatch.model.heartbeats import Heartbeats
from bridgewatch.model.ids import CarrierId, ContactId, EgressId, EventId, KeyId, LinkId, PathKey, SiteId
from bridgewatch.model.mistakes import ConfigWarning
from bridgewatch.model.people import Directory
from bridgewatch.model.secret import Secret
from bridgewatch.model.words import (
    Access,
    AdministrativeModel,
    CarriedBy,
    Family,
    Level,
    Network,
    ProbeKind,
    SiteKind,
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A pair of limits in the quantity's base unit (seconds or ratio); reaching one is exceeding it."""

    warn: float
    critical: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What good means for the traffic a link carries.

    Delays in seconds, loss as a ratio. `rtt` is judged on the median, `jitter` on the rfc3550 series, `pdv`
    on p99 - min.
    """

    name: str
    rtt: Threshold = Threshold(0.100, 0.300)
    jitter: Threshold = Threshold(0.030, 0.050)
    pdv: Threshold = Threshold(0.050, 0.100)
    loss: Threshold = Threshold(0.01, 0.03)


@dataclass(frozen=True, slots=True)
class Target:
    """One address or name that a link or an egress is probed at.

    `family` None means: the address says it, or a name's IPv4 first. `stateful` says that a STAMP reflector
    counts per session, which separates forward from return loss.
    """

    name: str
    kind: ProbeKind
    host: str
    port: int = 0
    family: Family | None = None
    stateful: bool = False
    key: KeyId | None = None  # packets are authenticated with it (RFC 8762 section 4.4)


@dataclass(frozen=True, slots=True)
class Egress:
    """A way out of this vantage: an interface, source addresses, and references inside the building."""

    id: EgressId
    networks: frozenset[Network]
    interface: str | None = None
    source_v4: str | None = None
    source_v6: str | None = None
    references: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Carrier:
    """A telecom company whose circuits are watched."""

    id: CarrierId
    name: str


@dataclass(frozen=True, slots=True)
class Link:
    """One circuit of one site."""

    id: LinkId
    site: SiteId
    name: str
    network: Network
    carrier: CarrierId
    egress: EgressId
    profile: Profile
    targets: tuple[Target, ...]
    interval: float = 1.0  # seconds between probes of one path
    dscp: int = 0
    size: int = 64  # octets of ICMP message, or of STAMP packet beyond its base
    access: Access | None = None
    circuit: str | None = None
    contract: Contract | None = None
    via: LinkId | None = None
    handover: str | None = None
    dial_in: KeyId | None = None
    snmp: Snmp | None = None
    paused: bool = False
    throughput: ThroughputTerms = field(default_factory=ThroughputTerms)


@dataclass(frozen=True, slots=True)
class Site:
    """A place: a room or a service. `province` is the id of its topmost ancestor of that level, or ''.

    `carried_by_default` says that `carried_by` is nobody's word about this site: an event may say another.
    """

    id: SiteId
    name: str
    level: Level
    kind: SiteKind
    province: str
    carried_by: CarriedBy
    unit: str | None = None
    legacy_unit: str | None = None
    parent: SiteId | None = None
    contacts: tuple[ContactId, ...] = ()
    links: tuple[LinkId, ...] = ()
    carried_by_default: bool = False
    room: RoomType | None = None  # None: a service, or a room nobody said the type of


@dataclass(frozen=True, slots=True)
class PathSpec:
    """Everything the prober needs to know of one path; two equal specs are the same work.

    `link` is None for a reference of an egress. Of a path whose site dials in, `host` is the id of its key
    and `port` is 0: where it is, and over which family, its box says when it calls.
    """

    key: PathKey
    link: LinkId | None
    egress: EgressId
    kind: ProbeKind
    family: Family
    host: str
    port: int
    source: str | None
    interface: str | None
    dscp: int
    size: int
    interval_ns: int
    stateful: bool = False
    stamp_key: KeyId | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds the daemon keeps to: slower, counted and said, never a crash."""

    sends_per_second: int = 30_000
    in_flight: int = 262_144
    suspect_probes_per_second: int = 2_000
    tmax: float = 3.0  # RFC 7680: past this a probe is late or lost


KEEP: float = 400 * 86_400.0


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the log lies: at the PostgreSQL `url`, None: in a file of the state directory.

    `keep`: how many seconds an incident stays in it after its end, before it is moved to the archive.
    """

    keep: float = KEEP
    url: str | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class DialInSettings:
    """Where the boxes of sites that dial in call this daemon: numeric addresses and UDP ports.

    A box that was not heard for `dead_after` seconds is gone.
    """

    listen: tuple[tuple[str, int], ...] = ()
    dead_after: float = 45.0


@dataclass(frozen=True, slots=True)
class Inventory:
    """The whole watched world, in the order operators wrote it."""

    vantage: str
    model: AdministrativeModel
    timezone: str
    limits: Limits
    egresses: Mapping[EgressId, Egress]
    carriers: Mapping[CarrierId, Carrier]
    sites: Mapping[SiteId, Site]
    links: Mapping[LinkId, Link]
    paths: tuple[PathSpec, ...]
    warnings: tuple[ConfigWarning, ...] = field(default=())
    profiles: Mapping[str, Profile] = field(default_factory=dict)  # events may choose among them
    directory: Directory = field(default_factory=Directory)
    events: Mapping[EventId, Event] = field(default_factory=dict)
    heartbeats: Heartbeats = field(default_factory=Heartbeats)
    store: StoreSettings = field(default_factory=StoreSettings)
    bandwidth: BandwidthSettings = field(default_factory=BandwidthSettings)
    keys: Mapping[KeyId, Secret] = field(default_factory=dict)  # of authenticated STAMP and of dial-in
    dial_in: DialInSettings = field(default_factory=DialInSettings)
