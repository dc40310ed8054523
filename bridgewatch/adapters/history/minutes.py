"""Makes the rows of a minute out of what the counters were, what they are, and what changed between."""

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bridgewatch.adapters.history.columns import COUNTERS, GAUGES, MINUTES, QUANTILE_GAUGES, SPELLS, Column
from bridgewatch.core.health.changes import Transitions
from bridgewatch.model.observations import Int8, Int64, Real
from bridgewatch.model.snapshot import LinkColumns, Snapshot
from bridgewatch.model.words import LinkState

_Scalar = TypeVar("_Scalar", bound=np.generic)

_NS: Final = 1_000_000_000
_MINUTE_NS: Final = 60 * _NS
_GAUGE_BITS: Final = 10  # of a float's 23 after the point
_SUM_BITS: Final = 16
_NO_SPELL: Final = len(SPELLS)  # up, degraded, suspect: seen, and answering as far as known

_SPELL_OF_STATE: Final = np.full(len(LinkState), _NO_SPELL, np.uint8)
_SPELL_OF_STATE[LinkState.DOWN] = SPELLS.index("down_seconds")
_SPELL_OF_STATE[LinkState.FLAPPING] = SPELLS.index("flapping_seconds")
_SPELL_OF_STATE[[LinkState.UNKNOWN, LinkState.BLIND, LinkState.PAUSED]] = SPELLS.index("unseen_seconds")


class Minutes:
    """Follows the links of one daemon from `start_ns` (monotonic) on; those that come and go by their ids."""

    def __init__(self, start_ns: int) -> None:
        self.minute_ns = 0
        """When the minute closed last began, in wall time."""
        self._began_ns = start_ns
        self._names: Sequence[str] = ()
        self._alike: Sequence[str] = ()  # another object that names the same
        self._ids = pa.array([], pa.string())
        self._counted: Int64 = np.zeros((len(COUNTERS), 0), np.int64)
        self._rtt_sum: Real = np.zeros(0)
        self._state: Int8 = np.zeros(0, np.uint8)
        self._entered_ns: Int64 = np.zeros(0, np.int64)
        self._spells: Int64 = np.zeros((len(SPELLS) + 1, 0), np.int64)

    @property
    def names(self) -> Sequence[str]:
        """The links, in the order of the rows; another object when they are others."""
        return self._names

    def move(self, transitions: Transitions) -> None:
        """Links changed their states."""
        self._follow(transitions.names)
        for batch in transitions.passes:
            link = batch.link
            self._settle(link, transitions.at_ns)
            self._state[link] = batch.new

    def close(self, snapshot: Snapshot, now_ns: int) -> pa.RecordBatch:
        """The rows of the minute that ends with this snapshot, taken at `now_ns` (monotonic)."""
        self._follow(tuple(snapshot.inventory.links))
        links = snapshot.links
        self._settle(np.arange(len(self._names)), now_ns)
        watched_ns, self._began_ns = max(0, now_ns - self._began_ns), now_ns
        middle_ns = snapshot.wall_ns - min(watched_ns, _MINUTE_NS) // 2
        self.minute_ns = middle_ns // _MINUTE_NS * _MINUTE_NS
        columns: dict[str, Column] = {
            "minute": _constant(self.minute_ns // 10**6, len(self._names), pa.timestamp("ms", "UTC")),
            "link": pa.DictionaryArray.from_arrays(np.arange(len(self._names), dtype=np.int32), self._ids),
            "seconds": _constant(watched_ns / _NS, len(self._names), pa.float32()),
            **self._differences(links),
            **_gauges(links),
            "state": pa.array(links.state),
            "reason": pa.array(links.reason),
        }
        for name, spell in zip(SPELLS, self._spells, strict=False):
            columns[name] = pa.array((spell / _NS).astype(np.float32))
        self._spells[:] = 0
        self._state = links.state.copy()
        return pa.RecordBatch.from_arrays([columns[name] for name in MINUTES.names], schema=MINUTES)

    def _follow(self, names: Sequence[str]) -> None:
        """Take up the links of another inventory; what is known of those that stay goes with them."""
        if names is self._names or names is self._alike:
            return
        if names == self._names:
            self._alike = names
            return
        before = {name: place for place, name in enumerate(self._names)}
        target = np.array([place for place, name in enumerate(names) if name in before], np.int64)
        source = np.array([before[name] for name in names if name in before], np.int64)

        def carried(column: NDArray[_Scalar], fill: int) -> NDArray[_Scalar]:
            fresh = np.full((*column.shape[:-1], len(names)), fill, column.dtype)
            fresh[..., target] = column[..., source]
            return fresh

        self._counted = carried(self._counted, 0)
        self._rtt_sum = carried(self._rtt_sum, 0)
        self._state = carried(self._state, LinkState.UNKNOWN)
        self._entered_ns = carried(self._entered_ns, self._began_ns)
        self._spells = carried(self._spells, 0)
        self._names, self._ids = names, pa.array(names, pa.string())

    def _settle(self, link: NDArray[np.integer], at_ns: int) -> None:
        """Add up how long these links have been in their states."""
        spent = np.maximum(0, at_ns - self._entered_ns[link])
        np.add.at(self._spells, (_SPELL_OF_STATE[self._state[link]], link), spent)
        self._entered_ns[link] = at_ns

    def _differences(self, links: LinkColumns) -> dict[str, Column]:
        counted = np.stack([getattr(links, name) for name in COUNTERS])
        anew = (counted < self._counted).any(axis=0)  # learnt anew: it counts from nought
        grown = counted - np.where(anew, 0, self._counted)
        rtt_sum = links.rtt_sum - np.where(anew, 0.0, self._rtt_sum)
        self._counted, self._rtt_sum = counted, links.rtt_sum.copy()
        return {
            **{name: pa.array(row.astype(np.int32)) for name, row in zip(COUNTERS, grown, strict=True)},
            "rtt_sum": pa.array(_rounded(rtt_sum, _SUM_BITS)),
        }


def _gauges(links: LinkColumns) -> dict[str, Column]:
    columns = {name: getattr(links, name) for name in GAUGES}
    columns |= dict(zip(QUANTILE_GAUGES, links.rtt.T, strict=True))
    return {
        name: pa.array(_rounded(column, _GAUGE_BITS), mask=np.isnan(column))
        for name, column in columns.items()
    }


def _rounded(values: Real, bits: int) -> NDArray[np.float32]:
    """To the nearest number with so many binary places; what is left out would not compress."""
    drop = 23 - bits
    words = np.ascontiguousarray(values, np.float32).view(np.uint32)
    half = np.uint32(1 << (drop - 1))
    mask = np.uint32(0xFFFFFFFF << drop & 0xFFFFFFFF)
    return ((words + half) & mask).view(np.float32)


def _constant(value: float, count: int, kind: pa.DataType) -> Column:
    column: Column = pa.array(
        np.full(count, value, np.float32 if pa.types.is_floating(kind) else np.int64)
    ).cast(kind)
    return column
