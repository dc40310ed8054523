"""When each path is due. Phases are spread over the interval, so a country never sends in one burst."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.columns import grown, places
from bridgewatch.model.observations import Int64

NEVER: Final = 2**63 - 1
_GOLDEN: Final = 0.6180339887498949  # its multiples modulo 1 are spread evenly for every count of rows
_BURST_SECONDS: Final = 0.1
_SECOND_NS: Final = 1_000_000_000


class Schedule:
    """Columns of due times. A path's due times lie on a grid of its own: phase x interval modulo interval.

    Next due is previous due plus interval, never now plus interval, so a late tick shifts nothing. After a
    stall the due times that passed are skipped and counted, not made up for in a burst.
    """

    def __init__(self, sends_per_second: int, capacity: int = 1024) -> None:
        self._limit = sends_per_second
        self._tokens = sends_per_second * _BURST_SECONDS
        self._filled_ns: int | None = None
        self._due: Int64 = np.full(capacity, NEVER, np.int64)
        self._interval: Int64 = np.full(capacity, NEVER, np.int64)
        self._rows = 0
        self.skipped = 0
        self.deferred = 0
        self.wanted = 0.0  # probes per second if every path were sent at its own rate
        self.shortest_ns = NEVER  # the shortest interval of any path

    def set_interval(self, rows: NDArray[np.int32], interval_ns: Int64, now: int) -> None:
        """Send those rows at that interval from `now` on; NEVER silences them."""
        if not len(rows):
            return
        needed = int(rows.max()) + 1
        self._due, self._interval = grown(self._due, needed, NEVER), grown(self._interval, needed, NEVER)
        self._rows = max(self._rows, needed)
        self._interval[rows] = interval_ns
        self._due[rows] = NEVER
        active = interval_ns != NEVER
        rows, interval_ns = rows[active], interval_ns[active]
        phase = (rows * _GOLDEN % 1.0 * interval_ns).astype(np.int64)
        self._due[rows] = now + (phase - now) % interval_ns
        live = self._interval[: self._rows]
        live = live[live != NEVER]
        self.wanted = float((_SECOND_NS / live).sum())
        self.shortest_ns = int(live.min(initial=NEVER))

    def interval(self, rows: NDArray[np.int32]) -> Int64:
        """The interval of each row in ns."""
        return self._interval[rows]

    @property
    def slowdown(self) -> float:
        """How many times slower than asked the paths are probed because of the bound on sends."""
        return max(1.0, self.wanted / self._limit)

    def take(self, now: int, room: int, lead_ns: int = 0) -> tuple[NDArray[np.int32], Int64]:
        """Rows due by `now` + `lead_ns` with how late each is (ns; early is negative).

        At most `room` and what the bound on sends allows; the most overdue come first, so a bound slows every
        path alike. With half a tick of lead every probe leaves at the tick nearest to its due time.
        """
        due = self._due[: self._rows]
        rows = places(due <= now + lead_ns).astype(np.int32)
        allowed = min(room, self._allowance(now))
        if len(rows) > allowed:
            self.deferred += len(rows) - allowed
            rows = rows[np.argsort(due[rows], kind="stable")[:allowed]]
        self._tokens -= len(rows)
        late = now - due[rows]
        interval = self._interval[rows]
        due[rows] += interval
        if int(late.max(initial=0)) >= self.shortest_ns:
            passed = np.maximum(late, 0) // interval
            self.skipped += int(passed.sum())
            due[rows] += passed * interval
        return rows, late

    def _allowance(self, now: int) -> int:
        burst = max(1.0, self._limit * _BURST_SECONDS)
        if self._filled_ns is not None:
            earned = (now - self._filled_ns) * self._limit / _SECOND_NS
            self._tokens = min(burst, self._tokens + earned)
        self._filled_ns = now
        return int(self._tokens)

    def next_due(self) -> int:
        """The earliest due time, NEVER if there is none."""
        return int(self._due[: self._rows].min(initial=NEVER))
