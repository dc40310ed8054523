"""What one throughput test takes: its legs, how long they last, and how much goes over the link."""

from collections.abc import Sequence
from math import ceil
from typing import Final

from bridgewatch.model.bandwidth import METHODS, Direction, Leg, Method
from bridgewatch.model.inventory import Egress, Link
from bridgewatch.model.log import ThroughputAsked

ASIDE_SECONDS: Final = (
    5.0  # a leg needs this beside its own time: to connect, to warm up, to tell its results
)
_SECOND_NS: Final = 1_000_000_000
_BITS: Final = 8
_MEGA: Final = 1_000_000


def rate(link: Link, direction: Direction, now_ns: int, limit: int | None = None) -> int | None:
    """The most that a test of the link may ask for, bit/s: the smallest of all that bounds it.

    None: neither its terms nor its contract nor `limit` say.
    """
    terms, contract = link.throughput, link.contract
    sold = contract.rate(direction, now_ns) * terms.share if contract is not None else None
    bounds = [round(bound) for bound in (terms.rate, limit, sold) if bound is not None]
    return min(bounds, default=None)


def unable(link: Link, methods: Sequence[Method]) -> Method | None:
    """The first method that its server cannot test by, or its box, if there is one."""
    server = link.throughput.server
    able = METHODS["iperf3"] if link.dial_in is not None or server is None else server.methods
    return next((each for each in methods if each not in able), None)


def seconds(methods: Sequence[Method], directions: Sequence[Direction], each: float) -> float:
    """How long a test lasts at most, all its legs one after the other."""
    return len(methods) * len(directions) * (each + ASIDE_SECONDS)


def length_ns(asked: ThroughputAsked) -> int:
    """The same of a test that was asked for, in nanoseconds."""
    return round(seconds(asked.methods, asked.directions, asked.seconds) * _SECOND_NS)


def octets(link: Link, asked: ThroughputAsked, now_ns: int) -> int:
    """What a test takes at most if it begins now; warming up counts."""
    taken = 0.0
    for direction in asked.directions:
        most = rate(link, direction, now_ns, asked.rate) or 0
        taken += len(asked.methods) * most * (asked.seconds + ASIDE_SECONDS) / _BITS
    return round(taken)


def peak(link: Link, asked: ThroughputAsked, now_ns: int) -> int:
    """The most that a test asks of its path at once, bit/s; 0 if nobody says."""
    rates = [rate(link, direction, now_ns, asked.rate) for direction in asked.directions]
    return 0 if None in rates else max(each or 0 for each in rates)


def too_large(link: Link, octets: float) -> str | None:
    """By what a test that takes this much is above the ceiling of a day all alone, if it is."""
    most = link.throughput.octets_per_day
    return f"{ceil(octets / _MEGA)} MB > {most // _MEGA} MB" if octets > most else None


def legs(link: Link, egress: Egress, asked: ThroughputAsked, now_ns: int) -> tuple[Leg, ...]:
    """What a runner is to do, in the order that was asked for. The link has a server."""
    server = link.throughput.server
    if server is None:
        return ()
    source = egress.source_v6 if ":" in server.host else egress.source_v4
    return tuple(
        Leg(
            server=server,
            method=method,
            direction=direction,
            seconds=asked.seconds,
            streams=asked.streams,
            rate=rate(link, direction, now_ns, asked.rate) or 0,
            source=source,
            interface=egress.interface,
            box=link.dial_in,
        )
        for method in asked.methods
        for direction in asked.directions
    )
