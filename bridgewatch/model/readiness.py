"""Whether a site is ready for an event, and why not. Instants are ns since 1970 in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum, unique

from bridgewatch.model.bandwidth import CapacityState, Direction, NeedState, UseState
from bridgewatch.model.coverage import Gap
from bridgewatch.model.ids import CarrierId, EventId, LinkId, SiteId
from bridgewatch.model.paging import Phase
from bridgewatch.model.words import Level, LinkState, Reason, SiteKind


@unique
class Readiness(IntEnum):
    """The judgement; the number is the exit code of `bridgewatch readiness`."""

    GO = 0
    NO_GO = 1
    UNKNOWN = 2


@unique
class ReadyReason(StrEnum):
    """What a judgement rests on, of a link unless it says another thing."""

    UP = "up"  # up long enough, of good quality, by a proven path
    DOWN = "down"
    FLAPPING = "flapping"
    POOR_QUALITY = "poor-quality"
    TOO_SHORT = "too-short"  # up, but not yet for as long as is asked
    IN_DOUBT = "in-doubt"  # silent just now
    NOT_KNOWN = "not-known"  # not measured yet, or its target refuses
    NOT_SEEN = "not-seen"  # nothing on its egress answers
    PAUSED = "paused"
    PATH_UNPROVEN = "path-unproven"  # no probe through its egress was ever answered
    NOT_WATCHED = "not-watched"  # the daemon does not know it
    NO_DAEMON = "no-daemon"
    NO_CARRYING_LINK = "no-carrying-link"  # of a site: nothing there carries the meeting
    ROSTER_GAP = "roster-gap"  # of a site or of the event
    NOBODY_PAGED = "nobody-paged"  # of the event: there is no contact at all
    CONTRACT_SMALL = "contract-small"  # up, and what was bought is less than the event needs
    DELIVERY_SMALL = "delivery-small"  # up, and what was measured is less than the event needs


@dataclass(frozen=True, slots=True)
class BandwidthSight:
    """What the daemon knows of a link's bandwidth.

    By direction, bit/s of IP packets: tests proved that it carries `least` and no more than `most`; absent
    where nothing was measured. `tested_ns`: the newest of them.
    """

    use: UseState = UseState.UNKNOWN
    capacity: CapacityState = CapacityState.UNKNOWN
    tested_ns: int = 0
    least: Mapping[Direction, float] = field(default_factory=dict)
    most: Mapping[Direction, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LinkSight:
    """What the daemon sees of a link. `answered`: probes of it that were answered since it was learnt."""

    state: LinkState
    reason: Reason
    since_ns: int
    answered: int
    bandwidth: BandwidthSight = BandwidthSight()


@dataclass(frozen=True, slots=True)
class LinkBandwidth:
    """Whether a link has what the event needs of it, and what else there is to say of its bandwidth.

    `link` is the narrowest on the way, itself or one that it runs via, and all the rest is about that one.
    Rates in bit/s each way: of both directions the worse; `bought` is what is promised while the event meets.
    """

    link: LinkId
    need: NeedState
    needed: int
    direction: Direction
    bought: int | None = None
    measured: float | None = None
    tested_ns: int = 0
    capacity: CapacityState = CapacityState.UNKNOWN
    use: UseState = UseState.UNKNOWN


@dataclass(frozen=True, slots=True)
class LinkReadiness:
    """One link. A spare (not `carrying`) is told of and decides nothing."""

    link: LinkId
    carrier: CarrierId
    carrying: bool
    verdict: Readiness
    reason: ReadyReason
    seconds: float | None = None  # how long its state has lasted
    state_reason: Reason = Reason.NONE
    bandwidth: LinkBandwidth | None = None  # None: the event needs nothing of it


@dataclass(frozen=True, slots=True)
class SiteReadiness:
    """One site: its best carrying link, and the gaps of those who would be called for it.

    `reason` is what decided.
    """

    site: SiteId
    kind: SiteKind
    level: Level
    verdict: Readiness
    reason: ReadyReason
    links: tuple[LinkReadiness, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class EventReadiness:
    """An event. `own`: what is missing for faults of our own. `early` gaps, before the check, decide nothing.

    Counts are rooms by level, the services that they depend on, and links by carrier. Of `unmeasured` links,
    which carry the meeting, neither contract nor test says whether they have what it needs: that decides
    nothing.
    """

    event: EventId
    phase: Phase
    at_ns: int
    required: float  # seconds a link has to be up
    verdict: Readiness
    sites: tuple[SiteReadiness, ...]
    own: tuple[Gap, ...]
    early: tuple[Gap, ...]
    nobody_paged: bool
    by_level: Mapping[Level, Mapping[Readiness, int]]
    services: Mapping[Readiness, int]
    by_carrier: Mapping[CarrierId, Mapping[Readiness, int]]
    unmeasured: int = 0
