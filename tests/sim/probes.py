"""A tiny prober for the tests of this room: batches, engines and what came back."""

from collections.abc import Sequence

import numpy as np

from bridgewatch.core.probing import echo, stamp
from bridgewatch.model.ids import EgressId, LinkId, PathKey
from bridgewatch.model.inventory import PathSpec
from bridgewatch.model.ports import Arrivals, Endpoint, SendBatch, SendReport
from bridgewatch.model.words import Family, ProbeKind
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.network import SimEngine
from bridgewatch.sim.world import World

MS = 1_000_000
SECOND = 1_000 * MS


def spec(
    number: int,
    kind: ProbeKind = ProbeKind.ICMP,
    family: Family = Family.V4,
    *,
    interface: str | None = None,
    stateful: bool = False,
    host: str | None = None,
) -> PathSpec:
    """A path to 192.0.2.`number` or its like in IPv6."""
    if host is None:
        host = f"192.0.2.{number}" if family is Family.V4 else f"2001:db8::{number:x}"
    return PathSpec(
        key=PathKey(f"site-{number}/wan", "router", "noc", family),
        link=LinkId(f"site-{number}/wan"),
        egress=EgressId("wan"),
        kind=kind,
        family=family,
        host=host,
        port=862 if kind is ProbeKind.STAMP else 0,
        source=None,
        interface=interface,
        dscp=0,
        size=64,
        interval_ns=SECOND,
        stateful=stateful,
    )


def endpoint(of: PathSpec, address: str | None = None) -> Endpoint:
    return Endpoint(of.kind, of.family, address or of.host, of.port, of.source, of.interface, of.dscp)


def world(specs: Sequence[PathSpec], **options) -> World:
    """Each path crosses `egress`, `handover` and a line of its own, `line-N`."""
    return World(specs, [("egress", "handover", f"line-{row}") for row in range(len(specs))], **options)


def engine_of(clock: SimClock, around: World, **options) -> SimEngine:
    """An engine whose row n is path n of the world."""
    engine = SimEngine(clock, around, **options)
    for row, one in enumerate(around.paths):
        engine.assign(row, endpoint(one))
    return engine


def packets(
    specs: Sequence[PathSpec], rows: Sequence[int], seqs: Sequence[int], now_wall_ns: int = 0
) -> SendBatch:
    """One probe per (row, seq), 64 octets of echo or 44 of STAMP, tokens that name both."""
    token = np.asarray([row << 32 | seq for row, seq in zip(rows, seqs, strict=True)], np.uint64)
    batch = np.zeros((len(rows), 64), np.uint8)
    length = np.zeros(len(rows), np.uint16)
    for position, (row, seq) in enumerate(zip(rows, seqs, strict=True)):
        number = np.asarray([seq])
        if specs[row].kind is ProbeKind.ICMP:
            one = echo.build(specs[row].family, 0x6277, number, token[position : position + 1], 64)
        else:
            t1 = stamp.timestamp(np.asarray([now_wall_ns]), np.asarray([seq & 0xFFFF], np.uint16))
            token[position] = stamp.token(t1)[0]
            one = stamp.build(number, t1, stamp.sender_error(1e-6, synchronised=True), 7, stamp.BASE_SIZE)
        batch[position, : one.shape[1]] = one[0]
        length[position] = one.shape[1]
    return SendBatch(np.asarray(rows, np.int32), batch, length, token)


def send(
    clock: SimClock, engine: SimEngine, around: World, rows: Sequence[int], seqs: Sequence[int]
) -> SendReport:
    return engine.send(packets(around.paths, rows, seqs, clock.wall_ns()))


def poll_after(clock: SimClock, engine: SimEngine, by_ns: int = 10 * SECOND) -> Arrivals:
    clock.advance(by_ns)
    return engine.poll()


def octets(arrivals: Arrivals, row: int) -> bytes:
    return arrivals.packet[row, : arrivals.length[row]].tobytes()
