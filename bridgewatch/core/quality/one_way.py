"""Which direction lost a probe: told by a STAMP reflector that counts what it reflects (RFC 8972).

Over a window forward loss = sent - reflected and backward loss = reflected - received. Plain subtraction of
the counts at the window's ends goes wrong when packets are reordered, duplicated on the way out (the
reflector counts both) or the reflector restarts; so the replies are put in the order the reflector counted
them, and a number missing between two neighbours is a lost reply only if a probe is missing there as well:
between the same two, or, because reordering blurs places, between the pair before or after. Probes missing
beyond that never reached the reflector.
"""

from typing import Final

import numpy as np

from bridgewatch.core.columns import grown
from bridgewatch.core.quality.ring import LATE, LOST, UNREACHABLE, WIDTH, Cells, Rows
from bridgewatch.model.observations import Int64, Real

UNCOUNTED: Final = -1  # an answer without the reflector's number
_RESTART_DROP: Final = 8  # a count this far below its maximum is a restart, less is reordering
_WRAP: Final = 1 << 32  # reflectors count in 32 bits ...
_WRAP_REACH: Final = 1 << 24  # ... and a count may leap this far over the wrap
_COLUMN_BITS: Final = 10
_COLUMN_MASK: Final = 2**_COLUMN_BITS - 1
_LAST: Final = np.iinfo(np.int64).max


class ReflectorCounts:
    """The reflector's numbers of the last WIDTH probes of a path, made to rise across restarts.

    Only paths to stateful reflectors have a row here, so callers speak in path rows and this in slots.
    """

    def __init__(self, capacity: int) -> None:
        self._slot: Int64 = np.full(capacity, -1)
        self._free: list[int] = []
        self._used = 0
        self._count: Int64 = np.empty((capacity, WIDTH), np.int64)  # address space until used
        self._high: Int64 = np.zeros(0, np.int64)  # the newest number since the last restart ...
        self._high_seq: Int64 = np.zeros(0, np.int64)  # ... the probe that carried it ...
        self._base: Int64 = np.zeros(0, np.int64)  # ... and what was counted before that restart or wrap

    def grow(self, capacity: int) -> None:
        """Make room for path rows below `capacity`."""
        self._slot = grown(self._slot, capacity, -1)

    def admit(self, rows: Rows) -> None:
        """Follow the counts of those path rows, from nothing."""
        for row in rows.tolist():
            slot = int(self._slot[row])
            if slot < 0:
                slot = self._free.pop() if self._free else self._take_new()
                self._slot[row] = slot
            # Counting begins high above 0, so that what came before a wrap is not below it.
            self._high[slot], self._high_seq[slot], self._base[slot] = -1, -1, _WRAP

    def forget(self, rows: Rows) -> None:
        """Follow those path rows no longer."""
        for row in rows.tolist():
            slot = int(self._slot[row])
            if slot >= 0:
                self._free.append(slot)
                self._slot[row] = -1

    def _take_new(self) -> int:
        self._used += 1
        self._count = grown(self._count, self._used)
        self._high, self._high_seq = grown(self._high, self._used), grown(self._high_seq, self._used)
        self._base = grown(self._base, self._used)
        return self._used - 1

    @property
    def empty(self) -> bool:
        """Whether no path is followed."""
        return self._used == len(self._free)

    def slots(self, rows: Rows) -> Int64:
        """The slot of each path row, -1 where its reflector does not count."""
        return self._slot[rows]

    def observe(self, slots: Int64, seq: Int64, reflected: Int64) -> None:
        """Take the number of one answer per slot, UNCOUNTED where it has none; no slot may repeat."""
        at, counted = seq % WIDTH, reflected != UNCOUNTED
        if not counted.all():
            self._count[slots[~counted], at[~counted]] = UNCOUNTED
            slots, seq, at, reflected = slots[counted], seq[counted], at[counted], reflected[counted]
        high, base = self._high[slots], self._base[slots]
        first = high < 0
        ahead = (reflected - high + _WRAP // 2) % _WRAP - _WRAP // 2  # as a count of 32 bits has it
        wrapped = (reflected < high) & (ahead > 0) & (ahead < _WRAP_REACH)
        before_wrap = (reflected > high) & (ahead < 0) & (ahead > -_WRAP_REACH) & ~first
        restarted = ~wrapped & (reflected < high - _RESTART_DROP) & (seq > self._high_seq[slots])
        base = np.where(restarted, base + high + 1, base + _WRAP * wrapped)
        higher = first | restarted | wrapped | ((reflected > high) & ~before_wrap)
        self._base[slots] = base
        self._high[slots] = np.where(higher, reflected, high)
        self._high_seq[slots] = np.where(higher, seq, self._high_seq[slots])
        self._count[slots, at] = base - _WRAP * before_wrap + reflected

    def recent(self, slots: Int64, places: Int64) -> Int64:
        """The numbers in those ring columns: [slots, columns], as places is."""
        return self._count[slots[:, None], places]


def one_way_loss(cells: Cells, counts: Int64) -> tuple[Real, Real]:
    """Forward and backward loss ratio of each row; NaN with fewer than two counted answers.

    `cells` [n, w] are fates by sequence number, `counts` [n, w] the reflector's rising numbers,
    read where the probe was answered. Judged between the first and the last counted answer. A late reply is
    lost in neither direction; an ICMP error is a forward loss.
    """
    answered = cells <= LATE
    counted = answered & (counts != UNCOUNTED)
    columns = np.arange(cells.shape[1])
    first, last = counted.argmax(axis=1), columns[-1] - counted[:, ::-1].argmax(axis=1)
    inside = (columns > first[:, None]) & (columns <= last[:, None])
    lost = (cells == LOST) & inside
    refused = np.count_nonzero((cells == UNREACHABLE) & inside, axis=1)
    missing = np.count_nonzero(lost, axis=1)
    backward = np.minimum(_lost_replies(counted, counts, lost), missing)
    forward = missing - backward + refused
    sent = missing + refused + np.count_nonzero(answered & inside, axis=1)
    judged = np.count_nonzero(counted, axis=1) > 1
    forward_ratio = np.divide(forward, sent, out=np.full(len(cells), np.nan), where=judged)
    reflected = sent - forward
    backward_ratio = np.divide(backward, reflected, out=np.full(len(cells), np.nan), where=judged)
    return forward_ratio, backward_ratio


def _lost_replies(counted: np.ndarray, counts: Int64, lost: np.ndarray) -> Int64:
    """Numbers the reflector gave to probes whose reply was lost, per row."""
    columns = np.arange(counts.shape[1])
    least = np.where(counted, counts, _LAST).min(axis=1, keepdims=True)
    # One sort key: the reflector's number above, the column below.
    key = np.where(counted, (counts - least) << _COLUMN_BITS | columns, _LAST)
    key.sort(axis=1)
    number, column = key >> _COLUMN_BITS, key & _COLUMN_MASK
    real = key[:, 1:] != _LAST
    unseen_numbers = np.where(real, np.maximum(number[:, 1:] - number[:, :-1] - 1, 0), 0)
    lost_before = lost.cumsum(axis=1)
    at = np.take_along_axis(lost_before, np.minimum(column, len(columns) - 1), axis=1)
    lost_probes = np.where(real, np.abs(at[:, 1:] - at[:, :-1]), 0)
    found = np.zeros(len(counts), np.int64)
    for shift in (0, 1, -1):
        found += _matched(unseen_numbers, lost_probes, shift)
    return found


def _matched(numbers: Int64, probes: Int64, shift: int) -> Int64:
    """Takes from `numbers` of a pair and `probes` of the pair `shift` later what both have; sums per row."""
    pairs = numbers.shape[1]
    here = slice(max(-shift, 0), pairs - max(shift, 0))
    there = slice(max(shift, 0), pairs - max(-shift, 0))
    both = np.minimum(numbers[:, here], probes[:, there])
    numbers[:, here] -= both
    probes[:, there] -= both
    matched: Int64 = both.sum(axis=1)
    return matched
