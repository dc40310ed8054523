"""Histograms of RTT that can be added up: over paths, areas, minutes and hours.

The exponential ones have the buckets of a Prometheus native histogram of schema 2: bucket bounds are the
powers of 2^(1/4) seconds, upper bound inclusive. A quantile read from one lies in the right bucket, so taking
the bucket's geometric middle it errs by at most 2^(1/8) - 1 = 9.1 % within [LEAST, MOST].
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.columns import grown
from bridgewatch.core.quality.ring import Rows
from bridgewatch.model.observations import Int64, Real
from bridgewatch.model.snapshot import CARRIER_RTT_BUCKETS

SCHEMA: Final = 2
GROWTH: Final = 2.0 ** (2.0**-SCHEMA)
RELATIVE_ERROR: Final = GROWTH**0.5 - 1
LEAST: Final = 2.0**-17  # seconds; all below 7.6 us share the first bucket
MOST: Final = 4.0  # seconds; all above share the last
_EXPONENTS = np.arange(-17 * 4, 2 * 4 + 1)
BOUNDS: Final[Real] = np.power(
    GROWTH, _EXPONENTS, dtype=np.float64
)  # upper bounds in seconds, the last bucket has none
BUCKETS: Final = len(BOUNDS) + 1
_BOUNDS_NS: Final[Int64] = np.floor(BOUNDS * 1e9).astype(np.int64)
_CARRIER_BOUNDS_NS: Final[Int64] = np.round(np.array(CARRIER_RTT_BUCKETS) * 1e9).astype(np.int64)
_NO_GROUP: Final = -1

Counts = NDArray[np.int64]


def bucket(rtt_ns: Int64) -> Int64:
    """The bucket of each duration in ns."""
    return _BOUNDS_NS.searchsorted(rtt_ns, side="left")


def merge(counts: Counts) -> Counts:
    """The histogram of everything in `counts` [..., n, BUCKETS]: summed over n."""
    merged: Counts = counts.sum(axis=-2)
    return merged


def quantile(counts: Counts, q: float) -> Real:
    """The q-quantile (0 < q <= 1) of each histogram in `counts` [..., BUCKETS], in seconds; NaN when empty.

    The value of rank ceil(q n), RFC 2330 section 11.3, to RELATIVE_ERROR.
    """
    total = counts.sum(axis=-1, keepdims=True)
    rank = np.maximum(np.ceil(q * total), 1)
    found = (counts.cumsum(axis=-1) < rank).sum(axis=-1)
    middle = np.concatenate(([LEAST / GROWTH**0.5], BOUNDS[1:] / GROWTH**0.5, [MOST * GROWTH**0.5]))
    return np.where(total[..., 0] > 0, middle[np.minimum(found, BUCKETS - 1)], np.nan)


class PathHistograms:
    """Cumulative exponential histograms, one row per path."""

    def __init__(self, capacity: int) -> None:
        self._counts: Counts = np.zeros((capacity, BUCKETS), np.int64)

    def grow(self, capacity: int) -> None:
        """Make room for rows below `capacity`."""
        self._counts = grown(self._counts, capacity)

    def reset(self, rows: Rows) -> None:
        """Empty those rows."""
        self._counts[rows] = 0

    def observe(self, rows: Rows, rtt_ns: Int64) -> None:
        """Count one duration per row; no row may repeat."""
        self._counts.reshape(-1)[rows * np.int64(BUCKETS) + bucket(rtt_ns)] += 1

    def view(self, rows: int) -> Counts:
        """The first `rows` rows [rows, BUCKETS], live and read-only."""
        view = self._counts[:rows]
        view.flags.writeable = False
        return view


class CarrierHistograms:
    """Cumulative counts by group of paths in the buckets of `bridgewatch_carrier_rtt_seconds`.

    A group keeps its counts when its paths leave, so its series never falls.
    """

    def __init__(self) -> None:
        self._width = len(CARRIER_RTT_BUCKETS) + 1
        self._groups = 0
        # The last row takes what belongs to no group: numpy's index -1.
        self._counts: Counts = np.zeros((1, self._width), np.int64)
        self._sums: Int64 = np.zeros(1, np.int64)

    def set_groups(self, groups: int) -> None:
        """Have groups 0 ... groups - 1; those that exist keep their counts."""
        if groups <= self._groups:
            return
        counts, sums = np.zeros((groups + 1, self._width), np.int64), np.zeros(groups + 1, np.int64)
        counts[: self._groups] = self._counts[: self._groups]
        sums[: self._groups] = self._sums[: self._groups]
        self._groups, self._counts, self._sums = groups, counts, sums

    def observe(self, group: Int64, rtt_ns: Int64) -> None:
        """Count one duration per entry; groups may repeat, -1 is no group."""
        at = group * self._width + _CARRIER_BOUNDS_NS.searchsorted(rtt_ns, side="left")
        np.add.at(self._counts.reshape(-1), at, 1)
        np.add.at(self._sums, group, rtt_ns)

    def read(self) -> tuple[Counts, Real]:
        """Copies of counts [groups, buckets + 1] (not cumulative over buckets) and sums in seconds."""
        return self._counts[: self._groups].copy(), self._sums[: self._groups].astype(np.float64) * 1e-9
