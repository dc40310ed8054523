"""Which paths' windows are not judged: those that hold probes sent while a throughput test filled the path.

Nothing else of them changes. They are probed, measured and exported as ever, what was raised before stays
raised, and a silence means what it always does: a cut during a test is found as fast as any.
"""

from typing import Final

import numpy as np

from bridgewatch.core.columns import grown
from bridgewatch.core.quality.ring import window_width
from bridgewatch.model.observations import NO_TIME, Flag, Int32, Int64

DRAIN_NS: Final = 3_000_000_000
"""How long after a test its last octets may still stand in a buffer before our probes."""

_LASTING: Final = 2**63 - 1


class Marks:
    """Until when each path's windows are passed over, by row; monotonic ns."""

    def __init__(self) -> None:
        self._until_ns: Int64 = np.full(1024, NO_TIME, np.int64)
        self._marked: Int32 = np.zeros(0, np.int32)  # ascending
        self._latest_ns = NO_TIME  # after it no path is passed over but those that are marked

    def reset(self, rows: Int32) -> None:
        """Know nothing of those rows; room is made as needed."""
        if len(rows):
            self._until_ns = grown(self._until_ns, int(rows.max()) + 1, NO_TIME)
            self._until_ns[rows] = NO_TIME
            self._marked = np.setdiff1d(self._marked, rows, assume_unique=True).astype(np.int32)

    def mark(self, rows: Int32, interval_ns: Int64, now: int) -> None:
        """From now on exactly `rows`, ascending, are under test; windows go by `interval_ns` of every row.

        Those that were until now are passed over until their windows hold nothing of it.
        """
        done = np.setdiff1d(self._marked, rows, assume_unique=True)
        window_ns = window_width(interval_ns[done]) * interval_ns[done]
        self._until_ns[done] = now + window_ns + DRAIN_NS
        self._latest_ns = max(self._latest_ns, int(self._until_ns[done].max(initial=NO_TIME)))
        self._until_ns[rows] = _LASTING
        self._marked = rows

    def passed_over(self, rows: Int32, now: int) -> Flag | None:
        """Of which `rows` the windows that close now are not judged; None: of none."""
        if not len(self._marked) and now >= self._latest_ns:
            return None
        flags: Flag = self._until_ns[rows] > now
        return flags
