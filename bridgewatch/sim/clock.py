"""Virtual time: a clock that stands still until somebody moves it."""

import bisect
from typing import Final

import numpy as np

from bridgewatch.model.observations import Int64
from bridgewatch.model.ports import Clock

START_MONOTONIC_NS: Final = 1_000_000_000_000  # a host that has been up for a while; never zero by accident
START_WALL_NS: Final = 1_751_328_000_000_000_000  # 2025-07-01T00:00:00Z


class SimClock(Clock):
    """`model.ports.Clock` on virtual time: monotonic nanoseconds, and a wall clock that can be stepped.

    The history of wall steps is kept, so that a kernel stamp taken before a step and read after it errs by
    the step, as it does on a real host.
    """

    def __init__(self, monotonic_ns: int = START_MONOTONIC_NS, wall_ns: int = START_WALL_NS) -> None:
        self._now = monotonic_ns
        self._step_at: list[int] = []
        self._offset: list[int] = [wall_ns - monotonic_ns]

    def monotonic_ns(self) -> int:
        """Nanoseconds that never step."""
        return self._now

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 in UTC; steps when `step_wall` is called."""
        return self._now + self._offset[-1]

    @property
    def wall_offset_ns(self) -> int:
        """Wall minus monotonic, now."""
        return self._offset[-1]

    @property
    def first_wall_offset_ns(self) -> int:
        """Wall minus monotonic before any step: the time other hosts keep."""
        return self._offset[0]

    def advance(self, by_ns: int) -> None:
        """Let `by_ns` >= 0 nanoseconds pass. Raises ValueError for a step back."""
        self.advance_to(self._now + by_ns)

    def advance_to(self, at_ns: int) -> None:
        """Let time pass until `at_ns`. Raises ValueError if that is in the past."""
        if at_ns < self._now:
            raise ValueError(f"monotonic time cannot go back from {self._now} to {at_ns}")
        self._now = at_ns

    def step_wall(self, by_ns: int) -> None:
        """Step the wall clock by `by_ns`, as an operator or a time daemon does."""
        self._step_at.append(self._now)
        self._offset.append(self._offset[-1] + by_ns)

    def wall_offset_at(self, at_ns: int) -> int:
        """Wall minus monotonic as it was at the monotonic instant `at_ns`."""
        return self._offset[bisect.bisect_right(self._step_at, at_ns)]

    def stamp_error_ns(self, at_ns: Int64) -> Int64:
        """By how much wall stamps taken at `at_ns` [n] err when they are converted by today's offset."""
        if not self._step_at:
            return np.zeros(len(at_ns), np.int64)
        offsets = np.asarray(self._offset, np.int64)
        then = np.searchsorted(np.asarray(self._step_at, np.int64), at_ns, "right")
        return np.asarray(offsets[then] - offsets[-1])
