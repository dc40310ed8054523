"""What the bandwidth of a link comes to at an instant: states for readers, findings for incidents."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bridgewatch.core.bandwidth import judge
from bridgewatch.core.bandwidth.judge import Proven, Trial
from bridgewatch.core.bandwidth.need import Occasion
from bridgewatch.core.bandwidth.use import Usage
from bridgewatch.core.throughput import terms
from bridgewatch.core.throughput.state import Measured
from bridgewatch.model.bandwidth import (
    CapacityState,
    Contract,
    Direction,
    Judgement,
    NeedState,
    UseState,
)
from bridgewatch.model.ids import EventId
from bridgewatch.model.inventory import Link
from bridgewatch.model.paging import Audience, FaultKind, Why

_WORST_FIRST: Final = (
    NeedState.CONTRACT_SMALL,
    NeedState.DELIVERY_SMALL,
    NeedState.UNKNOWN,
    NeedState.ENOUGH,
)
_LEAST: Final = 64_000  # bit/s; a test that was to ask for less, by a slip, says nothing of a link
_WHY_SMALL: Final = {
    NeedState.CONTRACT_SMALL: Why.CONTRACT_TOO_SMALL,
    NeedState.DELIVERY_SMALL: Why.DELIVERY_TOO_SMALL,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """That a link falls short in one way; `why` None: that it does not (any more).

    `direction`, `rate` and `limit` are those of `BandwidthTold`. Two are the same if they are about the same
    and rest on the same: `held` against it, the test of `evidence_ns`. The traffic of the moment is no news.
    """

    link: Link = field(compare=False)
    kind: FaultKind
    why: Why | None = None
    audience: Audience = Audience.OWN
    direction: Direction = field(default=Direction.DOWN, compare=False)
    rate: int = field(default=0, compare=False)
    limit: int = field(default=0, compare=False)
    event: EventId | None = None
    held: int = 0
    evidence_ns: int = 0


@dataclass(slots=True)
class Judged:
    """All that is known of one link. `again_ns`: when time alone may change it."""

    use: UseState = UseState.UNKNOWN
    capacity: CapacityState = CapacityState.UNKNOWN
    need: NeedState = NeedState.UNKNOWN
    promised: tuple[float, float] = (math.nan, math.nan)  # down and up
    needed: int | None = None
    needed_for: tuple[EventId, ...] = ()
    known: Mapping[Direction, Proven | None] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    again_ns: int | None = None


def trials(link: Link, direction: Direction, measured: Iterable[Measured]) -> list[Trial]:
    """What the tests of a link found in one direction, in the order of their ends."""
    found = []
    for asked, ended in measured:
        most = terms.rate(link, direction, ended.at_ns, asked.rate)
        if most is not None and most < _LEAST:
            continue
        one = judge.trial(ended.results, direction, ended.at_ns, most)
        if one is not None:
            found.append(one)
    return found


def judge_link(
    link: Link,
    measured: Iterable[Measured],
    usage: Usage | None,
    occasions: Iterable[tuple[Occasion, bool]],
    judgement: Judgement,
    now_ns: int,
) -> Judged:
    """Judge one link. Each occasion is with whether people are to hear if it falls short."""
    tried = {direction: trials(link, direction, measured) for direction in Direction}
    known = {d: judge.proven(tried[d], link.contract, now_ns) for d in Direction}
    judged = Judged(known=known)
    if link.contract is not None:
        down, up = (link.contract.rate(direction, now_ns) for direction in Direction)
        judged.promised = down, up
    _judge_use(judged, link, usage, now_ns)
    _judge_capacity(judged, link, judgement.delivered, now_ns)
    _judge_need(judged, link, occasions)
    judged.again_ns = _again_ns(link.contract, (one for some in tried.values() for one in some), now_ns)
    return judged


def _judge_use(judged: Judged, link: Link, usage: Usage | None, now_ns: int) -> None:
    if link.contract is None or link.snmp is None:
        judged.findings.append(Finding(link, FaultKind.USE))
        return
    if usage is None or usage.state is UseState.UNKNOWN:
        return
    judged.use = usage.state
    if usage.state is not UseState.OVER:
        judged.findings.append(Finding(link, FaultKind.USE))
        return
    bought = {direction: link.contract.rate(direction, now_ns) for direction in Direction}
    direction, rate = usage.fullest(bought[Direction.DOWN], bought[Direction.UP])
    judged.findings.append(
        Finding(link, FaultKind.USE, Why.OVER_USED, Audience.OWN, direction, round(rate), bought[direction])
    )


def _judge_capacity(judged: Judged, link: Link, share: float, now_ns: int) -> None:
    contract = link.contract
    if contract is None:
        judged.findings.append(Finding(link, FaultKind.CAPACITY))
        return
    states = {d: judge.capacity(contract, d, judged.known[d], now_ns, share) for d in Direction}
    judged.capacity = judge.worst(states.values())
    if judged.capacity is CapacityState.DELIVERED:
        judged.findings.append(Finding(link, FaultKind.CAPACITY))
    if judged.capacity not in {CapacityState.SHORT, CapacityState.RAISE_MISSING}:
        return
    short = judged.capacity is CapacityState.SHORT
    held = Contract(contract.down, contract.up) if short else contract

    def delivered(direction: Direction) -> float:
        known = judged.known[direction]
        return known.least / held.rate(direction, now_ns) if known is not None else math.inf

    direction = min((d for d in Direction if states[d] is judged.capacity), key=delivered)
    known = judged.known[direction]
    if known is not None:
        why = Why.LESS_THAN_CONTRACT if short else Why.RAISE_MISSING
        limit = held.rate(direction, now_ns)
        judged.findings.append(
            Finding(
                link,
                FaultKind.CAPACITY,
                why,
                Audience.CARRIER,
                direction,
                round(known.least),
                limit,
                held=limit,
                evidence_ns=known.at_ns,
            )
        )


def _judge_need(judged: Judged, link: Link, occasions: Iterable[tuple[Occasion, bool]]) -> None:
    """The worst of all occasions; of those that people hear of the worst, and of these the first."""
    told: tuple[int, Finding] | None = None
    states = []
    heard = []
    for occasion, calls in occasions:
        needed = occasion.needed(link.id)
        if not needed:
            continue
        if needed > (judged.needed or 0):
            judged.needed, judged.needed_for = needed, occasion.events(link.id)
        for direction in Direction:
            state = judge.need(link.contract, direction, judged.known[direction], needed, occasion.span)
            states.append(state)
            if not calls:
                continue
            heard.append(state)
            if state in _WHY_SMALL and (told is None or _WORST_FIRST.index(state) < told[0]):
                told = _WORST_FIRST.index(state), _too_small(judged, link, state, direction, occasion)
    judged.need = min(states, key=_WORST_FIRST.index, default=NeedState.UNKNOWN)
    if told is not None:
        judged.findings.append(told[1])
    elif NeedState.UNKNOWN not in heard:
        judged.findings.append(Finding(link, FaultKind.NEED))


def _too_small(
    judged: Judged, link: Link, state: NeedState, direction: Direction, occasion: Occasion
) -> Finding:
    known, contract = judged.known[direction], link.contract
    bought = state is NeedState.CONTRACT_SMALL
    there = 0.0
    if bought and contract is not None:
        there = judge.promised(contract, direction, occasion.span)
    elif known is not None:
        there = known.most
    return Finding(
        link,
        FaultKind.NEED,
        _WHY_SMALL[state],
        Audience.OWN if bought else Audience.CARRIER,
        direction,
        round(there),
        occasion.needed(link.id),
        occasion.event,
        occasion.needed(link.id) - round(there),
        0 if bought or known is None else known.at_ns,
    )


def _again_ns(contract: Contract | None, tried: Iterable[Trial], now_ns: int) -> int | None:
    """When a raise begins or ends, or a test is too long ago, or no longer ahead (the clock was set back)."""
    instants = [at_ns for each in tried for at_ns in (each.at_ns, each.at_ns + judge.KEEP_NS)]
    for each in contract.raises if contract is not None else ():
        instants += [each.starts_ns, each.ends_ns]
    return min((at_ns for at_ns in instants if at_ns > now_ns), default=None)
