"""The fate of the last probes of every path: one cell per probe, one row per path."""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bridgewatch.core.columns import every, places, some
from bridgewatch.model.observations import Flag, Int64
from bridgewatch.model.words import Outcome

Cells = NDArray[np.uint32]
Rows = NDArray[np.integer]

WIDTH: Final = 768  # holds the widest window and, at 50/s, 15 s of probes
NARROW: Final = 150
WIDE: Final = 750
WINDOW_NS: Final = 15_000_000_000  # a window lasts at least this long ...
SPAN_NS: Final = 300_000_000_000  # ... and reaches for NARROW probes no further back than this

# A cell is the RTT in ns of an in-time reply (Tmax is at most 4 s, so it fits), or one of these.
REPLY_VOID: Final = 2**32 - 7  # an in-time reply whose RTT is void
LATE: Final = 2**32 - 6
LOST: Final = 2**32 - 5
UNREACHABLE: Final = 2**32 - 4
LOCAL_ERROR: Final = 2**32 - 3
PENDING: Final = 2**32 - 2  # launched, fate unknown
NEVER: Final = 2**32 - 1  # not launched by this path
MAX_RTT: Final = REPLY_VOID - 1

CELL_OF: Final[Cells] = np.zeros(len(Outcome), np.uint32)
CELL_OF[[Outcome.REPLY, Outcome.LATE, Outcome.LOST]] = REPLY_VOID, LATE, LOST
CELL_OF[[Outcome.UNREACHABLE, Outcome.LOCAL_ERROR]] = UNREACHABLE, LOCAL_ERROR
CELL_OF.flags.writeable = False


def _wrapped(width: int) -> Int64:
    """Row s lists the `width` columns from column s on, round the ring."""
    return sliding_window_view(np.arange(2 * WIDTH) % WIDTH, width)[:WIDTH]


_COLUMNS: Final = {width: _wrapped(width) for width in (NARROW, WIDE)}


def window_width(interval_ns: Int64) -> Int64:
    """Sequence numbers in a window: 15 s of them, or up to 150 within 300 s, and 750 at most."""
    fifteen_seconds = -(-WINDOW_NS // interval_ns)
    return np.clip(np.maximum(fifteen_seconds, np.minimum(NARROW, SPAN_NS // interval_ns)), 1, WIDE)


class FateRing:
    """`fate[row, seq % WIDTH]`. Sequence numbers of a row rise; those it skips were never launched.

    No more than WIDTH probes of a row may be pending: at 50/s and Tmax + 1 s they are 250.
    """

    def __init__(self, capacity: int) -> None:
        self._fate: Cells = np.empty((capacity, WIDTH), np.uint32)
        self._flat: Cells = self._fate.reshape(-1)
        self._head: Int64 = np.full(capacity, -1)  # the newest sequence number launched, -1 for none

    def grow(self, capacity: int) -> None:
        """Make room for rows below `capacity`; what is there stays. New rows are reset before use."""
        fate: Cells = np.empty((capacity, WIDTH), np.uint32)
        fate[: len(self._fate)] = self._fate
        head = np.full(capacity, -1)
        head[: len(self._head)] = self._head
        self._fate, self._flat, self._head = fate, fate.reshape(-1), head

    def reset(self, rows: Rows) -> None:
        """Nothing was ever launched by these rows."""
        self._fate[rows] = NEVER
        self._head[rows] = -1

    def launch(self, rows: Rows, seq: Int64) -> None:
        """Mark probes as pending; a row may appear more than once, its numbers rising."""
        odd = places(seq - self._head[rows] != 1)
        if len(odd):
            self._skip(rows[odd], seq[odd])
        self._flat[rows * np.int64(WIDTH) + seq % WIDTH] = PENDING
        self._head[rows] = seq  # of a repeated row the last, hence newest, number stays

    def _skip(self, rows: Rows, seq: Int64) -> None:
        """Blank the cells of skipped numbers, which still hold fates of a turn ago.

        Numbers in this batch that look skipped are marked as pending afterwards.
        """
        newest: dict[int, int] = {}
        for row, number in zip(rows.tolist(), seq.tolist(), strict=True):
            head = newest.get(row, int(self._head[row]))
            newest[row] = number
            if head >= 0 and number > head + 1:
                skipped = np.arange(max(head + 1, number - WIDTH), number)
                self._fate[row, skipped % WIDTH] = NEVER

    def settle(self, rows: Rows, seq: Int64, cells: Cells) -> Flag | None:
        """Write fates where a probe is pending; returns where it was not, None if it was everywhere.

        No row may repeat. A probe that is not pending belongs to a path that was forgotten, or has its fate.
        """
        at = rows * np.int64(WIDTH) + seq % WIDTH
        pending = self._flat[at] == PENDING
        if every(pending):
            self._flat[at] = cells
            return None
        self._flat[at[pending]] = cells[pending]
        strange: Flag = ~pending
        return strange

    def follows_loss(self, rows: Rows, seq: Int64) -> Flag:
        """Whether the sequence number before was lost, late or unreachable, as far as is known."""
        before = self._flat[rows * np.int64(WIDTH) + (seq - 1) % WIDTH]
        followed: Flag = (before >= LATE) & (before <= UNREACHABLE)
        return followed

    def recent(self, rows: Rows, width: Int64, columns: int) -> Cells:
        """The cells of the last `width` sequence numbers of each row, oldest first: [rows, columns].

        `columns` is NARROW or WIDE; what lies before a row's own width reads NEVER.
        """
        start, base = self._start(rows, columns), rows * np.int64(WIDTH)
        wrapped = start > WIDTH - columns
        # Most windows lie in one piece; a row of a sliding view is copied at once.
        runs = sliding_window_view(self._flat, columns)
        cells: Cells = runs[base + np.where(wrapped, 0, start)]
        if some(wrapped):
            cells[wrapped] = self._flat[base[wrapped, None] + _COLUMNS[columns][start[wrapped]]]
        shorter = width < columns
        if some(shorter):
            outside = np.arange(columns) < (columns - width[shorter])[:, None]
            cells[shorter] = np.where(outside, NEVER, cells[shorter])
        return cells

    def places(self, rows: Rows, columns: int) -> Int64:
        """Ring columns of the last `columns` sequence numbers of each row, oldest first."""
        return _COLUMNS[columns][self._start(rows, columns)]

    def _start(self, rows: Rows, columns: int) -> Int64:
        start: Int64 = (self._head[rows] + 1 - columns) % WIDTH
        return start
