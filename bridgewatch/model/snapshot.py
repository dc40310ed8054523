"""What readers see: columns taken at one instant, in inventory order. Readers change nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.bandwidth import AgentState, CounterGap, ThroughputEnd
from bridgewatch.model.desk import Stage
from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.heartbeats import Heard
from bridgewatch.model.ids import CarrierId, ContactId, EventId, GatewayId, IncidentId, LinkId, SiteId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import SilenceSet
from bridgewatch.model.mistakes import ConfigError
from bridgewatch.model.observations import Int8, Int64, Real
from bridgewatch.model.paging import Delivery, FaultKind, Phase, Urgency, Why
from bridgewatch.model.snmp import Dropped
from bridgewatch.model.words import EgressState

QUANTILES = (0.5, 0.95, 0.99)
CARRIER_RTT_BUCKETS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.02,
    0.03,
    0.05,
    0.075,
    0.1,
    0.15,
    0.2,
    0.3,
    0.5,
    1.0,
    3.0,
)


@dataclass(frozen=True, slots=True)
class LinkColumns:
    """One row per link of `Snapshot.inventory.links`, in its order. NaN means absent.

    Counters are cumulative since the daemon learnt the link, summed over its paths; the gauges describe the
    last window of its leading path (the first one that answers). Seconds and ratios.
    """

    sent: Int64
    received: Int64
    lost: Int64
    late: Int64
    unreachable: Int64
    duplicate: Int64
    reordered: Int64
    local_error: Int64
    loss_ratio: Real
    loss_burst: Real
    rtt: Real  # [n, len(QUANTILES)]
    rtt_sum: Real
    rtt_count: Int64
    rtt_min: Real
    jitter_rfc3550: Real
    jitter_ipdv: Real
    jitter_pdv_p99: Real
    forward_jitter: Real
    backward_jitter: Real
    forward_loss: Real
    backward_loss: Real
    mos: Real
    state: Int8  # LinkState
    reason: Int8  # Reason
    since_wall_ns: Int64  # when the state was entered


@dataclass(frozen=True, slots=True)
class BandwidthColumns:
    """One row per link of `Snapshot.inventory.links`, in its order. NaN and -1 mean absent.

    Rates as in `Use`, of the last reading; what was read more than 2.5 intervals ago is absent, and so is a
    rate over a gap. Contracts are those in force at `Snapshot.wall_ns`, raises included. `age` in seconds.
    `agent` holds since `agent_since_wall_ns`, 0 where nothing is known yet.
    """

    down: Real
    up: Real
    contract_down: Real
    contract_up: Real
    errors: Real
    discards: Real
    age: Real
    oper_up: Int64
    gap: Int64  # CounterGap
    agent: Int64  # AgentState
    agent_since_wall_ns: Int64


@dataclass(frozen=True, slots=True)
class JudgedColumns:
    """What the bandwidth of each link of `inventory` comes to, in its order. NaN means absent.

    `promised_*`: the contract in force, raises included. `needed` is the most that events to come need of it
    at a time, each way, and `needed_for` those events: a tuple of their ids, or None. `measured_*`: what its
    last tests found, the newest at `tested_ns` (0: never), bit/s of IP packets as contracts are; it carries
    no more than `most_*`, infinite where they did not look for it.
    """

    inventory: Inventory
    use: Int8  # UseState
    capacity: Int8  # CapacityState
    need: Int8  # NeedState
    promised_down: Real
    promised_up: Real
    needed: Real
    needed_for: NDArray[np.object_]
    measured_down: Real
    measured_up: Real
    most_down: Real
    most_up: Real
    tested_ns: Int64


@dataclass(frozen=True, slots=True)
class SnmpStats:
    """How the reading of counters is doing. All but `agents` is cumulative; `starts` counts processes."""

    backend: str = ""
    starts: int = 0
    cpu_seconds: float = 0.0
    agents: Mapping[AgentState, int] = field(default_factory=dict)
    polls: int = 0
    requests: int = 0
    timeouts: int = 0
    unsent: int = 0
    late: int = 0
    gaps: Mapping[CounterGap, int] = field(default_factory=dict)
    dropped: Mapping[Dropped, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SiteColumns:
    """One row per site of `Snapshot.inventory.sites`, in its order."""

    state: Int8  # SiteState
    since_wall_ns: Int64


@dataclass(frozen=True, slots=True)
class CarrierRtt:
    """Cumulative histograms by (carrier, network, province): counts per bucket (+Inf last) and sums."""

    groups: tuple[tuple[str, str, str], ...]
    counts: NDArray[np.int64]  # [groups, len(CARRIER_RTT_BUCKETS) + 1], not cumulative over buckets
    sums: Real


@dataclass(frozen=True, slots=True)
class SelfStats:
    """What the daemon knows of itself. Durations in seconds."""

    started_wall_ns: int
    engine: str
    paths: int
    in_flight: int
    probes_due: int  # cumulative
    sends_deferred: int  # cumulative: due, but held back by a bound
    intervals_skipped: int  # cumulative: due times passed over after a stall
    send_lateness_p99: float
    send_lateness_max: float  # over the last minute
    lateness_counts: Int64  # cumulative histogram counts, bounds LATENESS_BUCKETS then +Inf
    lateness_sum: float
    loop_lag_max: float  # over the last minute
    receive_overflows: int  # cumulative
    unmatched: int  # cumulative packets that belonged to no probe
    slowdown: float  # 1 = every path at its own rate; 2 = half of it, because a bound holds
    suspect_budget_used: float  # ratio
    clock_steps: int
    unauthentic: int = 0  # cumulative: of the unmatched, answers that the key of their path did not seal


LATENESS_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class ConfigStats:
    """How the last reload went."""

    loaded_wall_ns: int
    ok: bool
    seconds: float
    reloads_ok: int
    reloads_failed: int
    errors: tuple[ConfigError, ...]


@dataclass(frozen=True, slots=True)
class DialInStats:
    """The boxes that called. `moves` and `refused`, by reason, are cumulative; `sessions` are there now."""

    sessions: int
    moves: int
    refused: Mapping[str, int]
    calls: Mapping[LinkId, CalledIn]

    @property
    def silent(self) -> int:
        """How many boxes called once and are not heard now."""
        return sum(called.silent for called in self.calls.values())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One consistent view. `generation` changes when the set of links, sites or their labels changes.

    `phases` are those that rates and policies follow; of an event that is not in it nothing is known yet.
    """

    generation: int
    wall_ns: int
    inventory: Inventory
    links: LinkColumns
    sites: SiteColumns
    egresses: Mapping[str, EgressState]
    carrier_rtt: CarrierRtt
    self_stats: SelfStats
    config: ConfigStats
    phases: Mapping[EventId, Phase] = field(default_factory=dict)
    people: "PeopleStats | None" = None  # None where only links are watched
    watchdogs: tuple[Heard, ...] = ()
    bandwidth: BandwidthColumns | None = None  # None where nobody reads counters
    snmp: SnmpStats | None = None

    @property
    def judged(self) -> JudgedColumns | None:
        """What the bandwidth of its links comes to; None between two inventories, and where nobody judges."""
        judged = self.people.judged if self.people is not None else None
        return judged if judged is not None and judged.inventory is self.inventory else None

    dial_in: DialInStats | None = None  # None where no box can call


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that is neither closed nor folded, in ids and counts; who needs names looks them up.

    `step` is the last one that was called, 0 first, and `next_ns` when the next follows. `called` in the
    order of their first calls; `taken_contact` is None where the desk itself has it. `link`: the one
    that it is about, or the only one of it. `suspected`: inferred from many links.
    """

    id: IncidentId
    code: str
    kind: FaultKind
    subject: str
    urgency: Urgency
    stage: Stage
    began_ns: int
    links: int  # broken now
    dark: int  # sites
    carrier: CarrierId | None = None
    event: EventId | None = None
    taken_by: str | None = None
    step: int | None = None
    next_ns: int | None = None
    why: Why | None = None
    called: tuple[ContactId, ...] = ()
    taken_contact: ContactId | None = None
    suspected: bool = False
    link: LinkId | None = None


@dataclass(frozen=True, slots=True)
class ResolvedIncident:
    """An incident that a person closed while it was broken, and the `sites` that it hurt then."""

    id: IncidentId
    code: str
    kind: FaultKind
    subject: str
    closed_ns: int
    by: str
    sites: tuple[SiteId, ...] = ()


@dataclass(frozen=True, slots=True)
class LostContact:
    """Somebody whom `messages` could not reach, the last of them given up at `at_ns`, and none has since."""

    contact: ContactId
    at_ns: int
    messages: int


@dataclass(frozen=True, slots=True)
class LinkTestCounts:
    """The throughput tests: how many wait, which run and which links meet them; the rest is cumulative."""

    waiting: int = 0
    running: tuple[LinkId, ...] = ()
    felt: frozenset[LinkId] = frozenset()
    ends: Mapping[ThroughputEnd, int] = field(default_factory=dict)
    octets: int = 0


@dataclass(frozen=True, slots=True)
class PagingSnapshot:
    """One consistent view of the people's side. Instants are wall-clock nanoseconds.

    `incidents`: what somebody has or a silence covers after the others; in both the most urgent first, then
    the oldest. `phase_ends`: when the phase of each event under way ends. `resolved`: the latest that
    persons closed while they were broken; they may be still. `outbox_depth` counts messages that somebody has
    still to get, the oldest of them composed at `outbox_oldest_ns`. `notifications` counts attempts by
    gateway and outcome, cumulative. `silences` hold now. `gateways` are those of the inventory,
    with what is wrong with one as far as it is known, and `lost` the contacts of the last day whom nothing
    reached, the latest first.
    """

    wall_ns: int
    incidents: tuple[OpenIncident, ...]
    phases: Mapping[EventId, Phase]
    silences: tuple[SilenceSet, ...]
    notifications: Mapping[tuple[GatewayId, Delivery], int]
    dead_letters: int  # cumulative
    outbox_depth: int
    outbox_oldest_ns: int | None = None
    gateways: Mapping[GatewayId, Why | None] = field(default_factory=dict)
    lost: tuple[LostContact, ...] = ()
    tests: LinkTestCounts = field(default_factory=LinkTestCounts)
    phase_ends: Mapping[EventId, int] = field(default_factory=dict)
    resolved: tuple[ResolvedIncident, ...] = ()

    def open_by_urgency(self) -> Mapping[Urgency, int]:
        """How many incidents have something broken now, by what they do to meetings."""
        broken = Counter(incident.urgency for incident in self.incidents if incident.stage is not Stage.OVER)
        return {urgency: broken[urgency] for urgency in Urgency}


@dataclass(frozen=True, slots=True)
class PeopleStats:
    """How the people's side is doing. Durations in seconds; counts are cumulative where they say so.

    `roster_gaps`: gaps of all events from now on, None while nobody has looked. `spooled` entries wait in the
    spool for the store, which takes `spool_used` of it; `unstored` ones wait in memory. `stuck`: attempts
    past their time limit, by gateway. `history_*`: rows written and lost, cumulative, and octets on disk.
    """

    paging: PagingSnapshot
    turn_age: float  # since the last turn ended
    failures: int  # cumulative: what could not be decided
    roster_gaps: int | None
    store_working: bool
    spooled: int
    spool_used: float  # ratio
    unstored: int
    stuck: Mapping[GatewayId, int]
    answers: Mapping[str, int]  # cumulative: requests for the pages behind links, by outcome
    inbound: Mapping[tuple[str, str], int]  # cumulative: what gateways reported, by gateway and outcome
    history_rows: int
    history_rows_lost: int
    history_octets: int
    judged: JudgedColumns | None = None
