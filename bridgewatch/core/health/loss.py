"""When loss is raised and cleared: on evidence, never on a ratio alone.

A path's 5 s counts are pooled over five horizons. A level (warn, critical) is raised when over any of them
- the exact binomial lower bound at 99.99 % exceeds the limit, so the loss is above it, and
- a path a tenth inside its limit would show so many losses so rarely that within a day, over every look at
  every horizon, 99.99 % of such paths are never raised, and
- the losses fall into at least three of the 5 s windows and three bursts: one burst is not a trend.
The first is what the evidence says of this moment; the second is what looking 86,400 times a day costs. The
shares of the horizons in that risk grow with their length, because their looks overlap the more.

The binomial takes losses for independent, and on real links they come in bursts. Two-state (Gilbert) loss of
ratio p in bursts of mean length B varies about like independent loss of fewer probes, fewer by the factor
D = (2 B - 1) (1 - p) / (1 + p), which is 1 where losses are independent (B = 1 / (1 - p)). So probes and
losses are divided by the D that the horizon itself shows before they are held against the binomial.

It is cleared after five good windows, or more at low rates: when over a horizon of 25 s or longer the ratio
is below the limit, and so few losses would be seen only once in a thousand times if the loss were still what
was last proven. Counts from before the clearing do not raise it again.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.columns import grown
from bridgewatch.core.health.evidence import NO_COUNT, improbably_few, proving_counts
from bridgewatch.core.quality.windows import HOP_NS
from bridgewatch.model.inventory import Threshold
from bridgewatch.model.observations import Flag, Int32, Int64, Real

LEVELS: Final = 2  # warn, critical
HORIZONS: Final = np.array([3, 5, 12, 24, 60])  # in windows of 5 s: 15 s to 5 min
LONGEST: Final = 60
POINT_RISK: Final = 1e-4
MARGIN: Final = 0.9
DAILY_RISK: Final = 1e-4
_LOOKS_A_DAY: Final = 86_400_000_000_000 // HOP_NS
_SHARES: Final = (0.04, 0.05, 0.08, 0.18, 0.65)
_LEAST_LOSSY: Final = 3  # windows, and bursts
_CLEAR_RISK: Final = 1e-3
_CLEAR_FROM: Final = 1  # the first horizon of five windows or more
_CLEAR_WINDOWS: Final = 5
_MOST_PER_WINDOW: Final = 300  # 50/s and a fifth; with more the horizon holds no evidence
_KNOWN, _LOST, _LOSSY, _BURSTS = range(4)

Table = NDArray[np.int32]


def table_of(limit: float) -> Table:
    """[horizons, probes known]: the fewest losses that raise; a count no sum reaches beyond the last."""
    most = LONGEST * _MOST_PER_WINDOW
    table = np.full((len(HORIZONS), most + 2), np.iinfo(np.int32).max, np.int32)
    for row, windows, share in zip(table, HORIZONS.tolist(), _SHARES, strict=True):
        known = windows * _MOST_PER_WINDOW
        proven = proving_counts(limit, POINT_RISK, known)
        unlikely = proving_counts(limit * MARGIN, DAILY_RISK * share / _LOOKS_A_DAY, known)
        counts = np.maximum(proven, unlikely)
        row[: known + 1] = np.where(counts >= NO_COUNT, np.iinfo(np.int32).max, counts)
    return table


class LossJudge:
    """Per path the last 60 counts, their sums by horizon, and what is raised."""

    def __init__(self, capacity: int) -> None:
        self._counts: Int32 = np.zeros((capacity, LONGEST, 4), np.int32)  # known, lost, any lost, bursts
        self._turn: Int64 = np.zeros(capacity, np.int64)  # counts taken
        self._age: Int64 = np.zeros((capacity, LEVELS), np.int64)  # of those, since the level was cleared
        self._sums: Int32 = np.zeros((capacity, LEVELS, len(HORIZONS), 4), np.int32)  # of those in turn
        self._raised: Flag = np.zeros((capacity, LEVELS), np.bool_)
        self._ratio: Real = np.zeros((capacity, LEVELS))  # the lowest ratio proven, as of the last loss
        self._limit: Real = np.ones((capacity, LEVELS))
        self._table: Int64 = np.zeros((capacity, LEVELS), np.int64)
        self._table_ids: dict[float, int] = {}
        self._tables: NDArray[np.int32] = np.zeros(
            (0, len(HORIZONS), LONGEST * _MOST_PER_WINDOW + 2), np.int32
        )

    def grow(self, capacity: int) -> None:
        """Make room for rows below `capacity`."""
        self._counts, self._turn = grown(self._counts, capacity), grown(self._turn, capacity)
        self._age, self._sums = grown(self._age, capacity), grown(self._sums, capacity)
        self._raised, self._ratio = grown(self._raised, capacity), grown(self._ratio, capacity)
        self._limit, self._table = grown(self._limit, capacity, 1.0), grown(self._table, capacity)

    def reset(self, rows: Int32) -> None:
        """Know nothing of those rows."""
        for column in (self._counts, self._turn, self._age, self._sums, self._raised, self._ratio):
            column[rows] = 0

    def know(self, loss: Threshold) -> None:
        """Work out beforehand what these limits take: some 15 ms for a limit never seen."""
        self._table_id(loss.warn)
        self._table_id(loss.critical)

    def set_limits(self, rows: Int32, loss: Threshold) -> None:
        """Judge those rows by `loss` from now on; what is known of them stays."""
        self._limit[rows] = loss.warn, loss.critical
        self._table[rows] = self._table_id(loss.warn), self._table_id(loss.critical)

    def _table_id(self, limit: float) -> int:
        if limit not in self._table_ids:
            self._table_ids[limit] = len(self._tables)
            self._tables = np.concatenate((self._tables, table_of(limit)[None]))
        return self._table_ids[limit]

    def judge(self, rows: Int32, known: Int64, lost: Int64, bursts: Int64) -> Flag:
        """Take one 5 s count per row, no row twice; returns what is raised now: [rows, LEVELS]."""
        self._add(rows, known, lost, bursts)
        suspicious = self._sums[rows, :, -1, _LOSSY].max(axis=1, initial=0) >= _LEAST_LOSSY
        if suspicious.any():
            self._raise(rows[suspicious], lost[suspicious])
        raised: Flag = self._raised[rows]
        if raised.any():
            self._clear(rows[raised.any(axis=1)])
            raised = self._raised[rows]
        return raised

    def _raise(self, rows: Int32, lost: Int64) -> None:
        proven, ratio = self._prove(rows, self._sums[rows])
        self._raised[rows] |= proven
        anew = proven & (lost > 0)[:, None]
        self._ratio[rows] = np.where(anew, ratio, self._ratio[rows])

    def _clear(self, rows: Int32) -> None:
        """Good windows clear even while a long horizon still proves what is over."""
        cleared = self._raised[rows] & (self._age[rows] >= _CLEAR_WINDOWS)
        cleared &= _good(self._sums[rows, :, _CLEAR_FROM:], self._limit[rows], self._ratio[rows])
        row, level = np.nonzero(cleared)
        self._raised[rows[row], level], self._ratio[rows[row], level] = False, 0.0
        self._age[rows[row], level], self._sums[rows[row], level] = 0, 0

    def _add(self, rows: Int32, known: Int64, lost: Int64, bursts: Int64) -> None:
        """Put a count in and the one a horizon ago out.

        A level's sums hold nothing from before its clearing.
        """
        turn, age = self._turn[rows], self._age[rows]
        entry = np.stack((known, lost, lost > 0, bursts), axis=1).astype(np.int32)
        leaving = self._counts[rows[:, None], (turn[:, None] - HORIZONS) % LONGEST]
        held = age[:, :, None] >= HORIZONS
        self._sums[rows] += entry[:, None, None, :] - leaving[:, None] * held[..., None]
        self._counts[rows, turn % LONGEST] = entry
        self._turn[rows] = turn + 1
        self._age[rows] = age + 1

    def _prove(self, rows: Int32, sums: Int32) -> tuple[Flag, Real]:
        """Where a level is proven, and the lowest ratio over the horizons that prove it."""
        known, lost, bursts = sums[..., _KNOWN], sums[..., _LOST], sums[..., _BURSTS]
        clustering = design_effect(known, lost, bursts)
        column = np.minimum(np.ceil(known / clustering), self._tables.shape[2] - 1).astype(np.int64)
        fewest = self._tables[self._table[rows][:, :, None], np.arange(len(HORIZONS)), column]
        lasting = (sums[..., _LOSSY] >= _LEAST_LOSSY) & (bursts >= _LEAST_LOSSY)
        proven = (np.floor(lost / clustering) >= fewest) & lasting
        ratio = np.where(proven, lost / np.maximum(known, 1), 1.0)
        return proven.any(axis=2), ratio.min(axis=2)


def design_effect(known: Int32, lost: Int32, bursts: Int32) -> Real:
    """By how much clustered losses count for less than independent ones: D above, at least 1."""
    length, ratio = lost / np.maximum(bursts, 1), lost / np.maximum(known, 1)
    return np.maximum((2 * length - 1) * (1 - ratio) / (1 + ratio), 1.0)


def _good(sums: Int32, limit: Real, ratio: Real) -> Flag:
    known, lost = sums[..., _KNOWN], sums[..., _LOST]
    below = (known > 0) & (lost < limit[:, :, None] * known)
    few = improbably_few(lost, known, ratio[:, :, None], _CLEAR_RISK)
    good: Flag = np.logical_or.reduce(below & few, axis=2)
    return good
