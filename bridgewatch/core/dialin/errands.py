"""Throughput tests through a call, as words carry them: what the daemon asks, and what the box tells.

An order is a lease: it is said again and again while it is wanted, and a box that hears it no more stops by
itself. Where the test goes is the box's own to say, and how much it may take; the daemon can ask for less.
All fits into the 56 octets that a word has room for.
"""

import math
import struct
from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final

from bridgewatch.core.dialin.packets import BODY_SIZE
from bridgewatch.core.dialin.reasons import read_reason, write_reason
from bridgewatch.model.bandwidth import Direction, Method, Throughput
from bridgewatch.model.phrases import Words

ID_SIZE: Final = 8
SAID_AGAIN: Final = 0.5  # seconds between two of the same order
LEASE: Final = 5.0  # seconds without it, after which a box stops
MOST_SECONDS: Final = 120
_MOST_RATE: Final = 1e12  # bit/s; more is nonsense
_METHODS: Final = (Method.TCP, Method.UDP)
_DIRECTIONS: Final = (Direction.DOWN, Direction.UP)
_ORDER: Final = struct.Struct("!8sBBHBQ")
_TOLD: Final = struct.Struct("!8sBdQfB6f")
_WHY_AT: Final = ID_SIZE + 1


@unique
class State(IntEnum):
    """How far a test is that was ordered."""

    RUNNING = 0
    DONE = 1
    FAILED = 2
    REFUSED = 3


@dataclass(frozen=True, slots=True)
class Order:
    """One direction of one test. `rate` is the most it may ask for, bit/s of IP packets."""

    id: bytes
    method: Method
    direction: Direction
    seconds: int
    streams: int
    rate: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a box says of an order: `result` is how far it is or what it came to, `why` why to nothing."""

    id: bytes
    state: State
    result: Throughput | None = None
    why: Words = ""


def can_carry(method: Method) -> bool:
    """Whether a box can be asked for a test by this method."""
    return method in _METHODS


def write_order(order: Order) -> bytes:
    """The body of a word."""
    return _ORDER.pack(
        order.id,
        _METHODS.index(order.method),
        _DIRECTIONS.index(order.direction),
        min(order.seconds, MOST_SECONDS),
        min(order.streams, 0xFF),
        order.rate,
    ).ljust(BODY_SIZE, b"\0")


def read_order(body: bytes) -> Order | None:
    """The inverse; None for what no daemon of this version says."""
    name, method, direction, seconds, streams, rate = _ORDER.unpack_from(body)
    if method >= len(_METHODS) or direction >= len(_DIRECTIONS):
        return None
    if not (1 <= seconds <= MOST_SECONDS and streams and rate):
        return None
    return Order(name, _METHODS[method], _DIRECTIONS[direction], seconds, streams, rate)


def write_told(told: Told) -> bytes:
    """The body of a word."""
    head = told.id + bytes([told.state])
    result = told.result
    if result is None:
        return (head + write_reason(told.why, BODY_SIZE - _WHY_AT)).ljust(BODY_SIZE, b"\0")
    figures = (result.efficiency, result.base_rtt, result.rtt, result.loss, result.jitter, result.cap)
    body = _TOLD.pack(
        told.id,
        told.state,
        result.rate,
        result.octets,
        result.seconds,
        min(result.streams, 0xFF),
        *(math.nan if figure is None else figure for figure in figures),
    )
    return body.ljust(BODY_SIZE, b"\0")


def read_told(body: bytes, order: Order) -> Told | None:
    """The inverse, of that order; None for what is about another, or cannot be true."""
    if body[:ID_SIZE] != order.id or body[ID_SIZE] >= len(State):
        return None
    state = State(body[ID_SIZE])
    if state in {State.FAILED, State.REFUSED}:
        return Told(order.id, state, why=read_reason(body[_WHY_AT:].rstrip(b"\0")))
    _, _, rate, octets, seconds, streams, *figures = _TOLD.unpack_from(body)
    if not (0 <= rate <= _MOST_RATE and 0 <= seconds <= 2 * MOST_SECONDS):
        return None
    efficiency, base_rtt, rtt, loss, jitter, cap = (
        figure if 0 <= figure < math.inf else None for figure in figures
    )
    result = Throughput(
        order.direction,
        order.method,
        rate,
        octets,
        seconds,
        streams,
        efficiency,
        base_rtt,
        rtt,
        loss,
        jitter,
        cap or None,  # a box of before it told its cap says zero
    )
    return Told(order.id, state, result)
