"""How far from their due time probes leave: a histogram, and p99 and maximum of the last minute.

Early counts like late: a probe leaves at the tick nearest to its due time, on either side of it.
"""

from collections import deque
from typing import Final

import numpy as np

from bridgewatch.model.observations import Int64
from bridgewatch.model.snapshot import LATENESS_BUCKETS

_FINE_NS: Final = 100_000  # p99 is told to 0.1 ms
_FINE_BINS: Final = 20_000  # up to 2 s
_SLICES: Final = 6
_SLICE_NS: Final = 10_000_000_000
_BOUNDS_NS: Final = np.array([round(bound * 1e9) for bound in LATENESS_BUCKETS])


class Lateness:
    """Send lateness of all probes. Durations go in as ns and come out as seconds."""

    def __init__(self) -> None:
        self.counts: Int64 = np.zeros(len(LATENESS_BUCKETS) + 1, np.int64)
        self.sum = 0.0
        self._slices: deque[Int64] = deque([np.zeros(_FINE_BINS, np.int64)], maxlen=_SLICES)
        self._maxima: deque[int] = deque([0], maxlen=_SLICES)
        self._slice_ends: int | None = None

    def add(self, late_ns: Int64, now: int) -> None:
        """Count the probes that left in one tick."""
        self._turn(now)
        late_ns = np.abs(late_ns)
        latest = int(late_ns.max())
        if latest <= _BOUNDS_NS[0]:
            self.counts[0] += len(late_ns)
        else:
            self.counts += np.bincount(np.searchsorted(_BOUNDS_NS, late_ns), minlength=len(self.counts))
        self.sum += float(late_ns.sum()) / 1e9
        fine = np.minimum(late_ns // _FINE_NS, _FINE_BINS - 1)
        np.add.at(self._slices[-1], fine, 1)
        self._maxima[-1] = max(self._maxima[-1], latest)

    def _turn(self, now: int) -> None:
        if self._slice_ends is None:
            self._slice_ends = now + _SLICE_NS
        while now >= self._slice_ends:
            self._slices.append(np.zeros(_FINE_BINS, np.int64))
            self._maxima.append(0)
            self._slice_ends = max(self._slice_ends + _SLICE_NS, now - _SLICES * _SLICE_NS)

    def p99(self) -> float:
        """99th percentile of the last minute, rounded up to 0.1 ms; 0 without probes."""
        total = np.sum(self._slices, axis=0)
        count = int(total.sum())
        if not count:
            return 0.0
        bin_number = int(np.searchsorted(np.cumsum(total), 0.99 * count))
        return (bin_number + 1) * _FINE_NS / 1e9

    def maximum(self) -> float:
        """The most of the last minute."""
        return max(self._maxima) / 1e9
