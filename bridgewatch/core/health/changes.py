"""What leaves the health room: changes of links, egresses and sites, each with its evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Final, overload

import numpy as np

from bridgewatch.core.addresses import NO_ADDRESS
from bridgewatch.model.ids import EgressId, LinkId, SiteId
from bridgewatch.model.observations import Int8, Int32, Int64, Real, Word
from bridgewatch.model.words import EgressState, LinkState, Reason, Severity, SiteState

# Indexing a tuple is several times faster than calling an enumeration.
_LINK_STATES: Final = tuple(LinkState)
_REASONS: Final = tuple(Reason)
_SEVERITIES: Final = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was known of a link when its state changed. Times are monotonic ns, NO_TIME where absent."""

    unanswered: int  # probes in a row past their grace, on its least silent path
    needed: int  # how many of them rule out chance
    since_ns: int  # when the first of them was sent
    witness_ns: int  # when the latest answered probe of others on its egress and family was sent
    loss: float  # the ratio its worst path usually loses
    severity: Severity  # of its leading path
    router: tuple[int, int] = NO_ADDRESS  # who said that the target cannot be reached, as in Arrivals


@dataclass(frozen=True, slots=True)
class Transition:
    """A link changed. `old` equals `new` where only the reason or severity did: DEGRADED, and UNKNOWN.

    Of a target that refuses, `unanswered` and `since_ns` of the evidence are about what it refused.
    """

    link: LinkId
    at_ns: int
    old: LinkState
    new: LinkState
    reason: Reason
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class EgressTransition:
    """An egress changed; `old` may equal `new` when only the reason did."""

    egress: EgressId
    at_ns: int
    old: EgressState
    new: EgressState
    reason: Reason


@dataclass(frozen=True, slots=True)
class SiteTransition:
    """What carries a site's meeting changed."""

    site: SiteId
    at_ns: int
    old: SiteState
    new: SiteState


@dataclass(frozen=True, slots=True)
class TransitionColumns:
    """Transitions of one pass over the links, as columns [n]."""

    link: Int32  # index in inventory order
    old: Int8
    new: Int8
    reason: Int8
    unanswered: Int32
    needed: Int32
    since_ns: Int64
    witness_ns: Int64
    loss: Real
    severity: Int8
    router: Word  # [n, 2]


@dataclass(frozen=True, slots=True)
class Transitions(Sequence[Transition]):
    """The links' changes of one tick, in the order they happened.

    Columns, because an egress that goes dark moves a whole country in one tick; a Transition is made when one
    is looked at.
    """

    at_ns: int
    names: tuple[LinkId, ...]
    passes: tuple[TransitionColumns, ...]

    def __len__(self) -> int:
        return sum(batch.link.size for batch in self.passes)

    def __iter__(self) -> Iterator[Transition]:
        for batch in self.passes:
            yield from self._each(batch)

    @overload
    def __getitem__(self, index: int) -> Transition: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Transition]: ...
    def __getitem__(self, index: int | slice) -> Transition | Sequence[Transition]:
        return tuple(self)[index]

    def _each(self, batch: TransitionColumns) -> Iterator[Transition]:
        columns = (getattr(batch, column.name).tolist() for column in fields(batch))
        for link, old, new, reason, unanswered, needed, since_ns, witness_ns, loss, severity, router in zip(
            *columns, strict=True
        ):
            evidence = Evidence(
                unanswered, needed, since_ns, witness_ns, loss, _SEVERITIES[severity], tuple(router)
            )
            yield Transition(
                self.names[link],
                self.at_ns,
                _LINK_STATES[old],
                _LINK_STATES[new],
                _REASONS[reason],
                evidence,
            )


def _no_rows() -> Int32:
    return np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything one tick changed. `hurry`: rows to probe at 10/s from now on; `calm`: at their own rate."""

    links: Transitions
    egresses: tuple[EgressTransition, ...] = ()
    sites: tuple[SiteTransition, ...] = ()
    hurry: Int32 = field(default_factory=_no_rows)
    calm: Int32 = field(default_factory=_no_rows)


@dataclass(frozen=True, slots=True)
class Standing:
    """The present states for readers: copies, in inventory order. Times are monotonic ns."""

    link_state: Int8
    link_reason: Int8
    link_since_ns: Int64
    site_state: Int8
    site_since_ns: Int64
    egress_state: Int8
    egress_reason: Int8
    egress_since_ns: Int64
