"""The figures of one window, for many paths at once: rows of cells in, columns out."""

from typing import Final, NamedTuple

import numpy as np

from bridgewatch.core.quality.ring import (
    LATE,
    LOST,
    MAX_RTT,
    NEVER,
    PENDING,
    REPLY_VOID,
    UNREACHABLE,
    Cells,
)
from bridgewatch.model.observations import Flag, Int64, Real

PERCENTILES: Final = (50, 95, 99)
PDV_LEAST_REPLIES: Final = 100  # below this p99 is the maximum, and p99 - min says nothing of its own
_KINDS: Final = 8  # a timed reply, or one of the seven reserved cells in their order


class Fates(NamedTuple):
    """How many probes of each row's window met which fate."""

    timed: Int64  # in-time replies with a valid RTT
    void: Int64  # in-time replies without
    late: Int64
    lost: Int64
    unreachable: Int64
    local_error: Int64


class Delays(NamedTuple):
    """RTT figures in ns; NaN where undefined."""

    least: Real
    mean: Real
    percentiles: Real  # [n, len(PERCENTILES)]
    ipdv: Real
    pdv_p99: Real


def count_fates(cells: Cells) -> Fates:
    """Fates by row of cells [n, w]."""
    counts = np.zeros((len(cells), _KINDS), np.int64)
    counts[:, 0] = np.count_nonzero(cells <= MAX_RTT, axis=1)
    mixed = np.flatnonzero(counts[:, 0] < cells.shape[1])  # of healthy paths few rows are
    if len(mixed):
        kind = (np.maximum(cells[mixed], MAX_RTT) - np.uint32(MAX_RTT)).astype(np.intp)
        kind += np.arange(0, len(mixed) * _KINDS, _KINDS)[:, None]
        counts[mixed] = np.bincount(kind.ravel(), minlength=len(mixed) * _KINDS).reshape(-1, _KINDS)
    return Fates(*counts.T[:6])


def delays(cells: Cells, timed: Int64) -> Delays:
    """RTT figures of cells [n, w] by sequence number, of which `timed` per row hold an RTT.

    Percentiles are those of RFC 2330 section 11.3: the least value that at least so many per cent of the
    replies do not exceed, rank ceil(q n / 100). `ipdv` is the mean |D(i) - D(i-1)| over adjacent sequence
    numbers that were both answered (RFC 3393); `pdv_p99` is p99 - min (RFC 5481).
    """
    ordered = np.sort(cells, axis=1)  # reserved cells sort behind every RTT
    row = np.arange(len(cells))
    any_timed = timed > 0
    ranks = [np.maximum((q * timed + 99) // 100, 1) - 1 for q in PERCENTILES]
    percentiles = np.stack([_where(any_timed, ordered[row, rank]) for rank in ranks], axis=1)
    least = _where(any_timed, ordered[:, 0])
    has_rtt = cells < REPLY_VOID
    total = np.where(has_rtt, cells, 0).sum(axis=1, dtype=np.int64)
    pdv = _where(timed >= PDV_LEAST_REPLIES, percentiles[:, -1] - least)
    return Delays(least, _ratio(total, timed), percentiles, _ipdv(cells, has_rtt), pdv)


def _ipdv(cells: Cells, has_rtt: Flag) -> Real:
    newer, older = cells[:, 1:], cells[:, :-1]
    both = has_rtt[:, 1:] & has_rtt[:, :-1]
    apart = np.where(both, np.maximum(newer, older) - np.minimum(newer, older), 0)
    return _ratio(apart.sum(axis=1, dtype=np.int64), np.count_nonzero(both, axis=1))


def loss_ratio(fates: Fates) -> Real:
    """(lost + late + unreachable) / (those + in-time replies); NaN when no fate tells of the link."""
    lost = fates.lost + fates.late + fates.unreachable
    return _ratio(lost, lost + fates.timed + fates.void)


def decided(cells: Cells) -> Cells:
    """The cells [n, w] up to the oldest probe whose fate is not known; what follows it reads NEVER.

    A reply is known at once and a loss only after Tmax, so the newest probes with a known fate are replies
    alone: counting them would make every loss look smaller than it is.
    """
    pending = (cells == PENDING).cumsum(axis=1) > 0
    return np.where(pending, np.uint32(NEVER), cells)


def longest_loss_burst(cells: Cells) -> Int64:
    """The longest loss period of each row in packets (RFC 3357).

    Sequence numbers in a row that were lost, late or unreachable. Local errors, pending and never launched
    numbers say nothing of the link: they neither end a burst nor lengthen it.
    """
    lost = (cells == LOST) | (cells == LATE) | (cells == UNREACHABLE)
    so_far = lost.cumsum(axis=1)
    at_last_reply = np.maximum.accumulate(np.where(cells <= REPLY_VOID, so_far, 0), axis=1)
    longest: Int64 = (so_far - at_last_reply).max(axis=1, initial=0)
    return longest


def _ratio(part: Int64, whole: Int64) -> Real:
    ratio: Real = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return ratio


def _where(defined: Flag, values: Cells | Real) -> Real:
    return np.where(defined, values, np.nan)
