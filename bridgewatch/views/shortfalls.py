"""In which ways the bandwidth of links falls short, and which links do, for all who show it."""

from collections.abc import Mapping
from typing import Final, TypeAlias

import numpy as np

from bridgewatch.model.bandwidth import AgentState, CapacityState, CounterGap, NeedState, Snmp, UseState
from bridgewatch.model.ids import LinkId
from bridgewatch.model.observations import Int8, Int64
from bridgewatch.model.snapshot import JudgedColumns, Snapshot

Shortfall: TypeAlias = UseState | CapacityState | NeedState

SHORTFALLS: Final[tuple[Shortfall, ...]] = (
    NeedState.DELIVERY_SMALL,
    NeedState.CONTRACT_SMALL,
    CapacityState.SHORT,
    CapacityState.RAISE_MISSING,
    UseState.OVER,
)
"""What a meeting would feel first stands first. A link that is merely busy falls short of nothing."""


def rows_of(judged: JudgedColumns, state: Shortfall) -> Int64:
    """The rows of the links that are judged to be so."""
    of_kind: Mapping[type, Int8] = {
        NeedState: judged.need,
        CapacityState: judged.capacity,
        UseState: judged.use,
    }
    return np.flatnonzero(of_kind[type(state)] == state)


def needed_by(judged: JudgedColumns, row: int) -> tuple[str, ...]:
    """The names of the events that need so much of a link."""
    known = judged.inventory.events
    return tuple(known[event].name if event in known else event for event in judged.needed_for[row] or ())


def unread(snapshot: Snapshot) -> list[tuple[LinkId, Snmp]]:
    """Links whose interface their router, which answers, does not have, or counts nothing on."""
    read = snapshot.bandwidth
    if read is None:
        return []
    links = list(snapshot.inventory.links.values())
    rows = np.flatnonzero((read.gap == CounterGap.MISSING) & (read.agent == AgentState.ANSWERING)).tolist()
    missing = (links[row] for row in rows)
    return [(link.id, link.snmp) for link in missing if link.snmp is not None and not link.paused]
