"""A prober on a wire made of lists: packets go in, replies come out when the test says so."""

from dataclasses import dataclass, field, replace

import numpy as np

from bridgewatch.core.probing.checksum import internet_checksum
from bridgewatch.core.probing.prober import Launch, Prober
from bridgewatch.model.ids import PathKey
from bridgewatch.model.inventory import Limits, PathSpec
from bridgewatch.model.observations import Observations
from bridgewatch.model.ports import Arrivals, SendReport
from bridgewatch.model.words import Family, ProbeKind

MS = 1_000_000
SECOND = 1_000_000_000
START = 1_000 * SECOND
WALL_OFFSET = 1_700_000_000 * SECOND


STAMP_PORT = 862
ROUTER = (0, 0xFFFF_C633_64FE)


def spec(
    number: int, interval_ns: int = SECOND, size: int = 64, kind: ProbeKind = ProbeKind.ICMP
) -> PathSpec:
    key = PathKey(f"site-{number}/wan", "target", "vantage", Family.V4)
    port = _port(kind)
    return PathSpec(
        key, None, "wan", kind, Family.V4, address_text(number), port, None, None, 0, size, interval_ns
    )


def _port(kind: ProbeKind) -> int:
    return 0 if kind is ProbeKind.ICMP else STAMP_PORT


def address_text(number: int) -> str:
    return f"192.0.2.{number + 1}"


def address(number: int) -> tuple[int, int]:
    return 0, 0xFFFF_C000_0200 + number + 1


@dataclass(frozen=True)
class Packet:
    """One arriving reply, to an echo unless it comes from a port."""

    source: tuple[int, int]
    octets: bytes
    at_ns: int
    interface: int = 0
    port: int = 0
    authenticated: bool = False  # it came in on the socket of authenticated probes


@dataclass(frozen=True)
class Error:
    """One ICMP error about a probe to `destination`, from a router unless another sender is named."""

    destination: tuple[int, int]
    quoted: bytes
    sender: tuple[int, int] = ROUTER
    port_closed: bool = False
    port: int = 0


def refusal(path: int, quoted: bytes) -> Error:
    """What the host of a stopped reflector says."""
    return Error(address(path), quoted, address(path), port_closed=True, port=STAMP_PORT)


@dataclass
class Wire:
    prober: Prober
    now: int = START
    sent: list[tuple[int, int, bytes, int]] = field(default_factory=list)  # path, seq, packet, at
    tokens: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(
        cls, paths: int, interval_ns: int = SECOND, kind: ProbeKind = ProbeKind.ICMP, **limits: float
    ) -> "Wire":
        prober = Prober(replace(Limits(), **limits), echo_ident=4242, seed=7)
        wire = cls(prober)
        for row in range(paths):
            prober.admit(row, spec(row, interval_ns, kind=kind))
            prober.locate(row, kind, address(row), _port(kind), 0, START)
        rows = np.arange(paths, dtype=np.int32)
        prober.set_interval(rows, np.full(paths, interval_ns), START)
        return wire

    def launch(self, errno: int = 0) -> Launch | None:
        launch = self.prober.launch(self.now, self.now + WALL_OFFSET)
        if launch is None:
            return None
        batch = launch.batch
        self.prober.launched(launch, SendReport(np.full(len(batch.path), errno, np.int32), self.now))
        for row in range(len(batch.path)):
            octets = batch.packet[row, : batch.length[row]].tobytes()
            self.sent.append((int(batch.path[row]), int(launch.seq[row]), octets, self.now))
            self.tokens.append((int(batch.token[row]), self.now))
        return launch

    def run_until(self, end: int, step: int = 10 * MS) -> list[Observations]:
        told = []
        while self.now < end:
            self.now = min(self.now + step, end)
            self.prober.receive(arrivals([], now=self.now), self.now)
            self.launch()
            told.append(self.prober.observations())
        return told

    def receive(self, packets: list[Packet], **fields: object) -> Observations:
        self.prober.receive(arrivals(packets, now=self.now, **fields), self.now)
        return self.prober.observations()


def reply(path: int, request: bytes, at_ns: int) -> Packet:
    return Packet(address(path), as_reply(request), at_ns)


def reflected(path: int, request: bytes, at_ns: int) -> Packet:
    """The reply of a STAMP reflector."""
    octets = bytes(24) + request[:12] + bytes(28)
    return Packet(address(path), octets, at_ns, port=STAMP_PORT)


def as_reply(request: bytes) -> bytes:
    octets = np.frombuffer(request, np.uint8).copy()
    octets[0] = 0
    octets[2:4] = 0
    octets[2:4] = internet_checksum(octets[None, :]).astype(">u2").view(np.uint8)
    return octets.tobytes()


def arrivals(
    packets: list[Packet],
    *,
    now: int,
    errors: tuple[Error, ...] = (),
    stamps: tuple[tuple[int, int], ...] = (),
    overflows: int = 0,
    stepped: bool = False,
) -> Arrivals:
    n, m = len(packets), len(errors)
    return Arrivals(
        kind=np.array([bool(p.port) + p.authenticated for p in packets], np.uint8),
        family=np.full(n, 4, np.uint8),
        source=np.array([p.source for p in packets], np.uint64).reshape(n, 2),
        port=np.array([p.port for p in packets], np.uint16),
        interface=np.array([p.interface for p in packets], np.int32),
        at_ns=np.array([p.at_ns for p in packets], np.int64),
        packet=_matrix([p.octets for p in packets]),
        length=np.array([len(p.octets) for p in packets], np.uint16),
        tx_token=np.array([token for token, _ in stamps], np.uint64),
        tx_at_ns=np.array([at for _, at in stamps], np.int64),
        error_kind=np.array([bool(e.port) for e in errors], np.uint8),
        error_family=np.full(m, 4, np.uint8),
        error_destination=np.array([e.destination for e in errors], np.uint64).reshape(m, 2),
        error_port=np.array([e.port for e in errors], np.uint16),
        error_source=np.array([e.sender for e in errors], np.uint64).reshape(m, 2),
        error_port_closed=np.array([e.port_closed for e in errors], np.bool_),
        error_packet=_matrix([e.quoted for e in errors]),
        error_length=np.array([len(e.quoted) for e in errors], np.uint16),
        overflows=overflows,
        wall_offset_ns=WALL_OFFSET,
        stepped=stepped,
    )


def _matrix(rows: list[bytes]) -> np.ndarray:
    width = max(map(len, rows), default=0)
    return np.frombuffer(b"".join(row.ljust(width, b"\0") for row in rows), np.uint8).reshape(
        len(rows), width
    )
