"""Interarrival jitter of RFC 3550 section 6.4.1, streamed per path in the order of arrival."""

from typing import Final

import numpy as np

from bridgewatch.core.columns import grown
from bridgewatch.core.quality.ring import Rows
from bridgewatch.model.observations import NO_TIME, Flag, Int64, Real

_GAIN: Final = 1 / 16


class SmoothedJitter:
    """J += (|D| - J) / 16 from J = 0, D the difference of consecutive durations of a path."""

    def __init__(self, capacity: int) -> None:
        self._last: Int64 = np.full(capacity, NO_TIME)
        self._jitter: Real = np.zeros(capacity)
        self._begun: Flag = np.zeros(capacity, np.bool_)  # whether two durations were compared

    def grow(self, capacity: int) -> None:
        """Make room for rows below `capacity`."""
        self._last = grown(self._last, capacity, NO_TIME)
        self._jitter, self._begun = grown(self._jitter, capacity), grown(self._begun, capacity)

    def reset(self, rows: Rows) -> None:
        """Know nothing of those rows."""
        self._last[rows], self._jitter[rows], self._begun[rows] = NO_TIME, 0.0, False

    def last(self, rows: Rows) -> Int64:
        """The latest duration of each row in ns, NO_TIME for none."""
        return self._last[rows]

    def observe(self, rows: Rows, duration_ns: Int64, most_ns: Int64 | None = None) -> None:
        """Take one duration per row; no row may repeat.

        A difference beyond `most_ns` cannot be delay variation (a clock was stepped): the series goes on
        from the new duration.
        """
        last = self._last[rows]
        known = last != NO_TIME
        difference = np.abs(duration_ns - last)
        if most_ns is not None:
            known &= difference <= most_ns
        self._last[rows] = duration_ns
        if not known.all():
            rows, difference = rows[known], difference[known]
        jitter = self._jitter[rows]
        self._jitter[rows] = jitter + (difference - jitter) * _GAIN
        self._begun[rows] = True

    def read(self, rows: Rows) -> Real:
        """Jitter in ns; NaN before two durations were compared."""
        return np.where(self._begun[rows], self._jitter[rows], np.nan)
