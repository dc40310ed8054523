"""What tests prove of a link, held against what was promised and against what an event needs.

Everything is compared as contracts are meant: bit/s of IP packets. What a test moved is the payload of its
transport, so it is divided by the share of that in a full packet; of several methods the best counts, as the
link did carry that.

A test asks for no more than a rate. One that got nearly all it asked for proves that the link carries at
least this, and nothing about more; any other found the limit. Of the last three tests within thirty days the
median counts: one test that met other traffic is no verdict. If a raise began since the first of these, the
newest counts alone.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Final, NamedTuple

from bridgewatch.core.bandwidth.need import Span
from bridgewatch.model.bandwidth import (
    MTU_SHARE,
    UDP_SHARE,
    CapacityState,
    Contract,
    Direction,
    Method,
    NeedState,
    Raise,
    Throughput,
)

TESTS: Final = 3
KEEP_NS: Final = 30 * 86_400 * 1_000_000_000
GOT_ALL: Final = 0.9
"""A test that got so much of what it asked for did not find the limit of the link."""

_SHARES: Final = {Method.TCP: MTU_SHARE, Method.HTTP: MTU_SHARE, Method.UDP: UDP_SHARE}
_WORST_FIRST: Final = (
    CapacityState.SHORT,
    CapacityState.RAISE_MISSING,
    CapacityState.UNKNOWN,
    CapacityState.DELIVERED,
)


class Trial(NamedTuple):
    """What a test found in one direction, bit/s of IP packets. `asked` is the most it asked for."""

    at_ns: int
    rate: float
    asked: float = math.inf

    @property
    def most(self) -> float:
        """What the link carries at most, as far as this test tells."""
        return math.inf if self.rate >= GOT_ALL * self.asked else self.rate


class Proven(NamedTuple):
    """What tests prove of one direction: it carries `least`, and no more than `most`. `at_ns`: the newest."""

    at_ns: int
    least: float
    most: float


def trial(
    results: Iterable[Throughput], direction: Direction, at_ns: int, asked: float | None
) -> Trial | None:
    """One test in one direction; None if it was not measured."""
    own = [result for result in results if result.direction is direction]
    if not own:
        return None
    bounds = [asked, *(result.cap for result in own)]
    rate = max(result.rate / _SHARES[result.method] for result in own)
    return Trial(at_ns, rate, min((bound for bound in bounds if bound is not None), default=math.inf))


def proven(trials: Sequence[Trial], contract: Contract | None, now_ns: int) -> Proven | None:
    """What trials in the order of their time prove at an instant; None: nothing."""
    last = [each for each in trials if now_ns - KEEP_NS < each.at_ns <= now_ns][-TESTS:]
    if not last:
        return None
    began = [each.starts_ns for each in contract.raises] if contract is not None else []
    if any(last[0].at_ns < starts_ns <= now_ns for starts_ns in began):
        last = last[-1:]
    return Proven(last[-1].at_ns, median(each.rate for each in last), median(each.most for each in last))


def capacity(
    contract: Contract, direction: Direction, known: Proven | None, now_ns: int, share: float
) -> CapacityState:
    """Whether one direction carries `share` of what is promised now.

    A raise is missing when what it was before is delivered. Of a raise that began after the newest test
    nothing is known, unless that test had found as much already, or not even the contract.
    """
    if known is None:
        return CapacityState.UNKNOWN
    raised = contract.raised(now_ns)
    sold = _rate(contract, direction)
    if known.least >= share * contract.rate(direction, now_ns):
        return CapacityState.DELIVERED
    if known.most < share * sold:
        return CapacityState.SHORT
    if raised is not None and known.at_ns >= raised.starts_ns and known.least >= share * sold:
        return (
            CapacityState.RAISE_MISSING
            if known.most < share * _rate(raised, direction)
            else CapacityState.UNKNOWN
        )
    return CapacityState.UNKNOWN


def worst(states: Iterable[CapacityState]) -> CapacityState:
    """Of both directions the worse; what was measured one way only is not known to be delivered."""
    return min(states, key=_WORST_FIRST.index, default=CapacityState.UNKNOWN)


def promised(contract: Contract, direction: Direction, span: Span) -> int:
    """The least that is promised at any instant of a time."""
    changes = [edge for each in contract.raises for edge in (each.starts_ns, each.ends_ns)]
    instants = [span.starts_ns, *(edge for edge in changes if span.starts_ns < edge < span.ends_ns)]
    return min(contract.rate(direction, at_ns) for at_ns in instants)


def need(
    contract: Contract | None, direction: Direction, known: Proven | None, needed: int, span: Span
) -> NeedState:
    """Whether one direction has what is needed of it in a time to come.

    What was measured before a raise says nothing against what is promised by it.
    """
    sold = promised(contract, direction, span) if contract is not None else None
    if sold is not None and sold < needed:
        return NeedState.CONTRACT_SMALL
    least, most = (known.least, known.most) if known is not None else (0.0, math.inf)
    if known is not None and contract is not None and sold != contract.rate(direction, known.at_ns):
        most = math.inf
    if most < needed:
        return NeedState.DELIVERY_SMALL
    return NeedState.ENOUGH if sold is not None or least >= needed else NeedState.UNKNOWN


def _rate(promise: Contract | Raise, direction: Direction) -> int:
    return promise.down if direction is Direction.DOWN else promise.up
