"""The seams between the pure core and the rim."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.bandwidth import Leg, Throughput
from bridgewatch.model.delivery import Attempt, Result, Text
from bridgewatch.model.ids import CredentialsId, IncidentId
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.observations import Flag, Int8, Int32, Int64, Word
from bridgewatch.model.paging import PastIncident
from bridgewatch.model.people import Gateway
from bridgewatch.model.phrases import Phrase
from bridgewatch.model.snmp import Dropped, Login, SnmpAnswer, SnmpRequest
from bridgewatch.model.words import Family, ProbeKind

Uint16 = NDArray[np.uint16]


class Clock(Protocol):
    """Reads time; the only place where time enters."""

    def monotonic_ns(self) -> int:
        """Nanoseconds that never step."""
        ...

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 in UTC; may step."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how the packets of one path leave and whence replies are believed.

    `address` is numeric. With `interface` set, probes leave by it and replies must arrive on it. `door` is
    the socket that a site which dials in has called (see `DialInPort`); other kinds have their own.
    """

    kind: ProbeKind
    family: Family
    address: str
    port: int
    source: str | None
    interface: str | None
    dscp: int
    door: int = 0


@dataclass(frozen=True, slots=True)
class SendBatch:
    """Packets ready for the wire.

    `token` is the eight octets that identify a packet (ICMP payload 0-7 or STAMP T1), read as a native
    uint64; a looped transmit stamp is matched by it.
    """

    path: Int32  # [n]
    packet: Int8  # [n, width]
    length: Uint16  # [n]
    token: Word  # [n]


@dataclass(frozen=True, slots=True)
class SendReport:
    """What the kernel said: errno per row (0 = accepted) and when the call was made."""

    errno: Int32  # [n]
    sent_ns: int


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Everything the sockets held at one poll, oldest first.

    Addresses are two big-endian 64-bit halves of an IPv6 or IPv4-mapped address, as native uint64.
    Packets start at the ICMP or STAMP header; octets beyond `length` are zero.
    `error_*` rows are ICMP errors about our probes, with the quoted packet where it was quoted.
    """

    kind: Int8  # [n] ProbeKind
    family: Int8  # [n] 4 or 6
    source: Word  # [n, 2]
    port: Uint16  # [n]
    interface: Int32  # [n] id (see Engine.assign) of the interface it came in on, 0 if nobody named that one
    at_ns: Int64  # [n] monotonic
    packet: Int8  # [n, width]
    length: Uint16  # [n]
    tx_token: Word  # [k]
    tx_at_ns: Int64  # [k]
    error_kind: Int8  # [m]
    error_family: Int8  # [m]
    error_destination: Word  # [m, 2]
    error_port: Uint16  # [m]
    error_source: Word  # [m, 2] who sent it
    error_port_closed: Flag  # [m] it says that nothing listens on the port
    error_packet: Int8  # [m, width]
    error_length: Uint16  # [m]
    overflows: int  # packets the receive buffers dropped since the last poll
    wall_offset_ns: int  # wall - monotonic at this poll
    stepped: bool  # the wall clock stepped since the last poll: stamps before and after do not compare


class Engine(Protocol):
    """Moves packets; owns sockets and nothing else. No arrays are shared across this seam."""

    echo_ident: int  # ICMP identifier to write; the kernel overwrites it on unprivileged sockets

    @property
    def name(self) -> str:
        """What it is and how it probes, for people."""
        ...

    @property
    def backlog(self) -> int:
        """Packets its smallest socket holds unpolled; replies and transmit stamps both count."""
        ...

    def assign(self, path: int, endpoint: Endpoint) -> int:
        """Route row `path` to `endpoint` from now on.

        Returns the id of the interface its replies must come in on, 0 for any; the id of a name never
        changes, however often the interface vanishes. Raises ValueError if the address is not numeric.
        """
        ...

    def release(self, path: int) -> None:
        """Forget row `path`."""
        ...

    def send(self, batch: SendBatch) -> SendReport:
        """Hand packets to the kernel; never raises for a packet, never blocks."""
        ...

    def poll(self) -> Arrivals:
        """Drain both queues of every socket; never blocks."""
        ...

    def close(self) -> None:
        """Close the sockets."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """A word of dial-in: from a box, or to one. `door` is the socket of ours, `local` its address then.

    Addresses are as in `Arrivals`.
    """

    door: int
    address: tuple[int, int]
    port: int
    local: tuple[int, int]
    packet: bytes


class DialInPort(Protocol):
    """The sockets that boxes call; an engine that has them sends probes of kind DIAL_IN by them."""

    def open_doors(self, listen: Sequence[tuple[str, int]]) -> None:
        """Listen at numeric addresses and UDP ports; where they stand in `listen` is the number of the door.

        To be called once. Raises OSError where one cannot be had.
        """
        ...

    def calls(self) -> Sequence[Call]:
        """The next of the words that were polled, in the order they came: as many as take no long time."""
        ...

    @property
    def calls_dropped(self) -> int:
        """Words of floods that nobody will look at, cumulative."""
        ...

    def answer(self, words: Iterable[Call]) -> None:
        """Send words; what the kernel refuses is lost, as it may be on the way."""
        ...


class StoreUnavailableError(Exception):
    """The store cannot commit now: it is locked, full, read-only or broken. Nothing was written."""


class Store(Protocol):
    """Keeps the log. Synchronous: the caller gives it a thread of its own; a simulation calls it inline."""

    def append(self, entries: Sequence[AnyEntry]) -> None:
        """Write all of `entries`, in order, or none of them; durable when it returns.

        Raises StoreUnavailableError.
        """
        ...

    def open_entries(self) -> Sequence[AnyEntry]:
        """Everything that the present state is a fold of, in the order it was appended.

        What belongs to incidents closed and messages done may be left out. Raises StoreUnavailableError.
        """
        ...

    def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        """Everything about one incident, closed or not, with its messages, in order.

        Raises StoreUnavailableError.
        """
        ...

    def find(self, name: str) -> IncidentId | None:
        """The incident of an id or a code, however long it is over; of a code the latest.

        Raises StoreUnavailableError.
        """
        ...

    def incidents(self, since_ns: int | None, until_ns: int | None, most: int) -> Sequence[PastIncident]:
        """Incidents that were there at any time from `since_ns` up to `until_ns`, the latest first.

        Raises StoreUnavailableError.
        """
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


class Sender(Protocol):
    """Hands messages to gateways."""

    async def send(self, attempt: Attempt, gateway: Gateway, text: Text) -> Result:
        """Try once, within the gateway's time limit. Never raises: what fails is said in the result."""
        ...


class SnmpPort(Protocol):
    """Speaks SNMP; owns sockets and nothing else. When to ask, again or no more, is its caller's business."""

    @property
    def name(self) -> str:
        """What it is, for people."""
        ...

    @property
    def dropped(self) -> Mapping[Dropped, int]:
        """Datagrams that were no answer to anything, cumulative."""
        ...

    def know(self, logins: Mapping[CredentialsId, Login]) -> None:
        """Ask with these from now on, and with no others."""
        ...

    def send(self, requests: Sequence[SnmpRequest]) -> None:
        """Ask; never blocks, never raises for a request. One that is sent again keeps its id."""
        ...

    def take(self) -> Sequence[SnmpAnswer]:
        """The answers that are there; never blocks. Each question has one, while it is waited for."""
        ...

    def give_up(self, requests: Iterable[int]) -> Sequence[SnmpAnswer]:
        """Wait no longer for these: of each, what can be told of why no answer came."""
        ...

    def close(self) -> None:
        """Close the sockets."""
        ...


@dataclass(frozen=True, slots=True)
class ThroughputProgress:
    """How far a leg has come: octets over the link and seconds since they began to flow, warm-up included.

    `rate` is of the last second or so, bit/s.
    """

    octets: int
    seconds: float
    rate: float


class ThroughputError(Exception):
    """A leg came to nothing; `why` is a plain sentence, and so is the text, in English."""

    def __init__(self, why: Phrase) -> None:
        super().__init__(str(why))
        self.why = why


class Runner(Protocol):
    """Measures throughput, in a process of its own."""

    async def run(self, leg: Leg, on_progress: Callable[[ThroughputProgress], None]) -> Throughput:
        """Run one leg to its end.

        Cancelled, it lets nothing more onto the link within a second, and leaves no process and no socket.
        Raises ThroughputError.
        """
        ...
