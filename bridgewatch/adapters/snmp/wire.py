"""What the SNMP process and its parent say to each other: length, then a pickle, small on purpose.

Both ends are ours and the pipe is nobody else's; what agents answer is in it only as numbers and texts.
"""

import pickle
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from bridgewatch.core.bandwidth.agents import AgentChange
from bridgewatch.core.bandwidth.interfaces import Interface
from bridgewatch.core.bandwidth.polling import MissingInterface, Terms
from bridgewatch.model.bandwidth import AgentState, CounterGap, Use
from bridgewatch.model.snmp import AgentKey, Dropped, Login

PARTS_A_MESSAGE: Final = 200  # reading them takes the daemon about a millisecond
LARGEST_MESSAGE: Final = 1 << 20
HEADER: Final = struct.Struct("!I")

Plan: TypeAlias = Mapping[AgentKey, tuple[Interface, ...]]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Logins:
    """Ask with these from now on."""

    logins: tuple[Login, ...]


@dataclass(frozen=True, slots=True)
class PlanPart:
    """Some agents of a plan, which is in force once its last part is there."""

    agents: tuple[tuple[AgentKey, tuple[Interface, ...]], ...]
    terms: Terms | None = None  # with the last part


@dataclass(frozen=True, slots=True)
class Discovered:
    """What was found out since the last one."""

    uses: tuple[Use, ...] = ()
    changes: tuple[AgentChange, ...] = ()
    missing: tuple[MissingInterface, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """How the process is doing. Counts and CPU seconds are cumulative since it began."""

    backend: str
    cpu_seconds: float
    states: Mapping[AgentState, int]
    polls: int
    requests: int
    timeouts: int
    unsent: int
    late: int
    gaps: Mapping[CounterGap, int]
    dropped: Mapping[Dropped, int]


Order: TypeAlias = Logins | PlanPart
Report: TypeAlias = Discovered | Account


def encode(message: Order | Report) -> bytes:
    """A message with its length in front."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return HEADER.pack(len(body)) + body


def decode_report(body: bytes) -> Report:
    """A report of the process that we started."""
    report: Report = pickle.loads(body)  # noqa: S301 - written by our own child, over its own pipe
    return report


def decode_orders(buffer: bytearray) -> Iterator[Order]:
    """The orders that are complete in `buffer`, which they are taken out of."""
    while len(buffer) >= HEADER.size:
        (length,) = HEADER.unpack_from(buffer)
        end = HEADER.size + length
        if len(buffer) < end:
            return
        body = bytes(buffer[HEADER.size : end])
        del buffer[:end]
        yield pickle.loads(body)  # noqa: S301 - written by our own parent, over its own pipe


def plan_parts(plan: Plan, terms: Terms) -> Iterator[PlanPart]:
    """A plan in small parts."""
    for some in batches(plan.items()):
        yield PlanPart(some)
    yield PlanPart((), terms)


def discoveries(
    uses: Iterable[Use], changes: Iterable[AgentChange], missing: Iterable[MissingInterface]
) -> Iterator[Discovered]:
    """What was found out, in small parts."""
    yield from (Discovered(uses=some) for some in batches(uses))
    yield from (Discovered(changes=some) for some in batches(changes))
    yield from (Discovered(missing=some) for some in batches(missing))


def batches(things: Iterable[_T]) -> Iterator[tuple[_T, ...]]:
    """`things` in order, a message's worth at a time."""
    remaining = iter(things)
    while batch := tuple(islice(remaining, PARTS_A_MESSAGE)):
        yield batch
