"""Bandwidth: what a link carries, what it could carry, what was promised. Rates are bit/s, sizes octets.

Directions are seen from the site, as a contract is: down is towards it. Of throughput tests, instants are
nanoseconds since 1970 in UTC; of counters they are monotonic.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum, unique
from typing import Final

from bridgewatch.model.ids import CredentialsId, KeyId, LinkId, ServerId, TestId
from bridgewatch.model.secret import Secret

MTU_SHARE: Final = 1448 / 1500
"""TCP payload of an IP packet of 1500 octets with timestamps: what a link of a given rate can carry of it."""

UDP_SHARE: Final = 1200 / 1228
"""The same of the datagrams that tests send."""

WARM_UP: Final = 2
"""Seconds of a test that do not count: TCP finds the rate of the link. Datagrams need none."""

DEFAULT_CREDENTIALS: Final = CredentialsId("default")


@unique
class Direction(StrEnum):
    """Seen from the site."""

    DOWN = "down"
    UP = "up"


@unique
class RoomType(StrEnum):
    """What a room shows, which says what it needs."""

    SD = "sd"
    HD = "hd"  # 720p
    FULL_HD = "fullhd"  # 1080p


@dataclass(frozen=True, slots=True)
class Raise:
    """More than the contract, for a while: from `starts_ns` up to `ends_ns`."""

    starts_ns: int
    ends_ns: int
    down: int
    up: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """What the carrier sold, and for which time more than that."""

    down: int
    up: int
    raises: tuple[Raise, ...] = ()

    def raised(self, now_ns: int) -> Raise | None:
        """The raise in force at an instant; of several the one that began last."""
        held = [each for each in self.raises if each.starts_ns <= now_ns < each.ends_ns]
        return max(held, key=lambda each: each.starts_ns, default=None)

    def rate(self, direction: Direction, now_ns: int) -> int:
        """What is promised at an instant."""
        promised = self.raised(now_ns) or self
        return promised.down if direction is Direction.DOWN else promised.up


# Use, from counters.


@unique
class SnmpVersion(StrEnum):
    """How an agent is spoken to."""

    V2C = "2c"
    V3 = "3"


@unique
class AuthProtocol(StrEnum):
    """Authentication of SNMPv3 (RFC 3414, RFC 7860)."""

    MD5 = "md5"
    SHA = "sha"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


@unique
class PrivProtocol(StrEnum):
    """Privacy of SNMPv3 (RFC 3414, RFC 3826, and the usual longer keys)."""

    DES = "des"
    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"
    AES192_CISCO = "aes192c"  # the same cipher, its key stretched otherwise (Reeder), as Cisco's routers do
    AES256_CISCO = "aes256c"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an agent wants to hear. `community` for v2c; `user`, and the rest as far as it is used, for v3."""

    id: CredentialsId
    version: SnmpVersion
    community: Secret | None = None
    user: str = ""
    auth: AuthProtocol | None = None
    auth_key: Secret | None = None
    priv: PrivProtocol | None = None
    priv_key: Secret | None = None
    context: str = ""


@unique
class InterfaceBy(StrEnum):
    """How an interface is told from others; a reboot may renumber indices, never names."""

    NAME = "name"  # ifName, else ifDescr
    ALIAS = "alias"  # ifAlias, where carriers write the circuit number
    INDEX = "index"  # ifIndex


@dataclass(frozen=True, slots=True)
class Snmp:
    """Where a link's interface counters are read.

    `facing_site`: the interface is the carrier's or the province's and faces the site, so that what goes out
    of it is the site's down; else it is the site's own and what comes in is.
    """

    host: str
    interface: str
    by: InterfaceBy = InterfaceBy.NAME
    credentials: CredentialsId = DEFAULT_CREDENTIALS
    port: int = 161
    facing_site: bool = False


@dataclass(frozen=True, slots=True)
class SnmpSettings:
    """How routers are polled. Seconds; `in_flight` bounds unanswered requests.

    `fast`: agents of version 2c by gufo-snmp, where that is installed.
    """

    interval: float = 60.0
    timeout: float = 2.0
    retries: int = 1
    in_flight: int = 500
    fast: bool = False
    credentials: Mapping[CredentialsId, Credentials] = field(default_factory=dict)


@unique
class CounterGap(IntEnum):
    """Why there is no rate between two readings; the numbers are exported and never reused."""

    NONE = 0
    FIRST = 1  # nothing to compare with
    RESTARTED = 2  # sysUpTime went back
    DISCONTINUITY = 3  # ifCounterDiscontinuityTime changed
    WRAPPED = 4  # 32-bit counters, and they may have wrapped more than once
    IMPOSSIBLE = 5  # more than the port can carry
    REPEATED = 6  # the agent had not refreshed: the same reading again
    RENUMBERED = 7  # the interface has another index now
    OUT_OF_ORDER = 8  # an older answer after a newer one
    MISSING = 9  # the agent answers, and does not know the interface or does not count its octets
    STUCK = 10  # nothing was counted for longer than agents take to refresh, though the interface is up
    RESET = 11  # counters went back, and nothing says why


@unique
class AgentState(IntEnum):
    """How a router's agent answers; the number is exported."""

    UNKNOWN = 0
    ANSWERING = 1
    SILENT = 2  # no answer at all: dead, filtered, or a wrong community
    REFUSING = 3  # it says that user, key, context or time window are wrong
    BROKEN = 4  # what it answers cannot be read


@dataclass(frozen=True, slots=True)
class Use:
    """What went over a link between two readings, seen from the site. Rates are absent over a gap.

    `errors` and `discards` are packets per second of both directions. `oper_up` is ifOperStatus.
    """

    link: LinkId
    at_ns: int
    seconds: float
    gap: CounterGap = CounterGap.NONE
    down: float | None = None
    up: float | None = None
    errors: float | None = None
    discards: float | None = None
    oper_up: bool | None = None
    port_rate: int | None = None  # ifHighSpeed in bit/s
    admin_up: bool | None = None  # ifAdminStatus


# Capacity, from tests.


@unique
class Method(StrEnum):
    """How throughput is measured."""

    TCP = "tcp"  # iperf3
    UDP = "udp"  # iperf3
    HTTP = "http"


METHODS: Final = {"iperf3": (Method.TCP, Method.UDP), "http": (Method.HTTP,)}
"""What a server can do, by the key that says what it is; the first unless something is said."""


@dataclass(frozen=True, slots=True)
class Server:
    """A far end of throughput tests: iperf3 at `host`:`port`, or HTTP at `url`.

    HTTP: GET `url` + `download`, and POST `url` + `upload`. What is got from a server at the site is its up.
    """

    id: ServerId
    method: Method
    host: str = ""
    port: int = 5201
    url: str = ""
    download: str = ""
    upload: str = ""

    @property
    def methods(self) -> tuple[Method, ...]:
        """What it can do."""
        return METHODS["http" if self.method is Method.HTTP else "iperf3"]


@dataclass(frozen=True, slots=True)
class Window:
    """A daily time: local minutes since midnight; it may pass it. An end that is the start is a day later."""

    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class ThroughputTerms:
    """What throughput tests of one link may cost.

    `seconds` a direction. `share` of the contract in force is the most that a test asks for: above 1 it looks
    whether there is more. `octets_per_day` over both directions, by local days. `every` seconds a test is due
    by itself; None: never.
    """

    server: Server | None = None
    methods: tuple[Method, ...] = ()
    windows: tuple[Window, ...] = ()
    seconds: float = 10.0
    streams: int = 4
    share: float = 1.0
    rate: int | None = None  # bit/s, an upper bound whatever the contract says
    octets_per_day: int = 2_000_000_000
    every: float | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """One direction of a test by one method: what a runner is asked for at once.

    `rate` is the most it may ask for, bit/s of IP packets, as contracts are. `source` and `interface` are of
    the egress it leaves by. With `box` the box of that key runs it at the site, to a server that it knows.
    `at_site`: whoever runs it is at the site, its server elsewhere; else it is the other way round.
    """

    server: Server
    method: Method
    direction: Direction
    seconds: float
    streams: int
    rate: int
    source: str | None = None
    interface: str | None = None
    box: KeyId | None = None
    at_site: bool = False

    @property
    def receives(self) -> bool:
        """Whether the end that runs it takes the octets, or sends them: `direction` is seen from the site."""
        return (self.direction is Direction.DOWN) is self.at_site


@dataclass(frozen=True, slots=True)
class ThroughputOrder:
    """A test that is to begin now: its legs one after the other, all within `seconds` altogether."""

    test: TestId
    link: LinkId
    legs: tuple[Leg, ...]
    seconds: float


@unique
class Hindrance(StrEnum):
    """Why a test may not run now; said to whoever asks, and recorded."""

    LIVE = "live"  # a site on the path is in its conference: refused, whoever asks
    CHECK = "check"  # refused, whoever asks
    WAVE = "wave"
    FROZEN = "frozen"  # only by a named person with a reason
    PATH_BUSY = "path-busy"
    OUTSIDE_WINDOW = "outside-window"
    CEILING = "ceiling"  # of octets a day, which other tests have used
    TOO_LARGE = "too-large"  # one test alone is above that ceiling
    EGRESS_FULL = "egress-full"
    LINK_DOWN = "link-down"  # or blind, or paused: there is nothing to measure
    NO_BOX = "no-box"  # the site dials in, and its box has not called
    NO_SERVER = "no-server"
    NO_METHOD = "no-method"  # the server, or the box that tests to it, has no such method
    NO_RATE = "no-rate"  # neither contract nor terms say how much it may take
    UNKNOWN_LINK = "unknown-link"


@unique
class ThroughputEnd(StrEnum):
    """How a test ended."""

    DONE = "done"
    ABORTED = "aborted"  # a site on its path entered freeze, check or live, or somebody stopped it
    FAILED = "failed"
    CANCELLED = "cancelled"  # before it began
    EXPIRED = "expired"  # it could not run before it was no longer wanted
    INTERRUPTED = "interrupted"  # the daemon ended while it ran


@dataclass(frozen=True, slots=True)
class Throughput:
    """What one direction of one test came to (RFC 6349).

    `rate` is payload of the transport (TCP, UDP or HTTP body) over the measured seconds; `octets` went over
    the link in all, warm-up included. `efficiency`: octets that were not sent again over all. `base_rtt`
    before and `rtt` mean during the test, seconds; the buffer delay is (rtt - base_rtt) / base_rtt. `loss`
    and `jitter` of UDP. `cap`: whoever ran it asked for no more than this, bit/s of IP packets, though it
    was to ask for more.
    """

    direction: Direction
    method: Method
    rate: float
    octets: int
    seconds: float
    streams: int = 1
    efficiency: float | None = None
    base_rtt: float | None = None
    rtt: float | None = None
    loss: float | None = None
    jitter: float | None = None
    cap: float | None = None

    @property
    def buffer_delay(self) -> float | None:
        """How much longer a round trip takes under load, over the base (RFC 6349 section 4.2)."""
        if self.rtt is None or not self.base_rtt:
            return None
        return max(0.0, self.rtt - self.base_rtt) / self.base_rtt


# Judgement.


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is enough. Ratios.

    `use` of the contract in force: warn and critical (domain: 70 and 80 %), over `use_readings` readings.
    `delivered`: below this share of the contract a link is short. `headroom` times what rooms show is needed.
    """

    use_warn: float = 0.7
    use_critical: float = 0.8
    use_readings: int = 5
    delivered: float = 0.8
    headroom: float = 1.2
    rooms: Mapping[RoomType, int] = field(
        default_factory=lambda: {
            RoomType.SD: 1_000_000,
            RoomType.HD: 2_000_000,
            RoomType.FULL_HD: 4_000_000,
        }
    )


@unique
class UseState(IntEnum):
    """How full a link is against its contract; exported as `bridgewatch_use_state`."""

    UNKNOWN = 0
    OK = 1
    BUSY = 2  # warn
    OVER = 3  # critical


@unique
class CapacityState(IntEnum):
    """What a link can carry against what was promised; exported as `bridgewatch_capacity_state`."""

    UNKNOWN = 0  # never tested, or too long ago
    DELIVERED = 1
    SHORT = 2  # less than the contract
    RAISE_MISSING = 3  # the contract, but not the raise that is in force


@unique
class NeedState(IntEnum):
    """Whether a link has what an event needs of it."""

    UNKNOWN = 0  # neither contract nor test say
    ENOUGH = 1
    CONTRACT_SMALL = 2  # what was bought is less
    DELIVERY_SMALL = 3  # what was measured is less


@dataclass(frozen=True, slots=True)
class BandwidthSettings:
    """Everything of bandwidth that is not a link's. `egress_rate`: what tests may use of an egress at once.

    An egress without a rate carries one test at a time.
    """

    snmp: SnmpSettings = field(default_factory=SnmpSettings)
    judgement: Judgement = field(default_factory=Judgement)
    servers: Mapping[ServerId, Server] = field(default_factory=dict)
    egress_rate: Mapping[str, int] = field(default_factory=dict)
