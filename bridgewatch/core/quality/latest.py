"""The last window of every path, for readers."""

from typing import Final

import numpy as np

from bridgewatch.core.columns import grown
from bridgewatch.core.quality.batch import WindowBatch
from bridgewatch.model.observations import Int32, Real

FIGURES: Final = (
    "replies",
    "loss_ratio",
    "loss_burst",
    "rtt_min",
    "jitter_rfc3550",
    "jitter_ipdv",
    "jitter_pdv_p99",
    "forward_jitter",
    "backward_jitter",
    "forward_loss",
    "backward_loss",
    "mos",
)


class Latest:
    """Columns by row, NaN until a window has closed."""

    def __init__(self, capacity: int = 1024) -> None:
        self._columns: dict[str, Real] = {name: np.full(capacity, np.nan) for name in FIGURES}
        self.rtt: Real = np.full((capacity, 3), np.nan)

    def grow(self, rows: int) -> None:
        """Make room for rows below `rows`."""
        self.rtt = grown(self.rtt, rows, np.nan)
        for name, column in self._columns.items():
            self._columns[name] = grown(column, rows, np.nan)

    def reset(self, rows: Int32) -> None:
        """Forget those paths."""
        self.rtt[rows] = np.nan
        for column in self._columns.values():
            column[rows] = np.nan

    def keep(self, closed: WindowBatch) -> None:
        """Keep the windows that closed."""
        self.rtt[closed.path] = closed.rtt
        for name, column in self._columns.items():
            column[closed.path] = getattr(closed, name)

    def figure(self, name: str) -> Real:
        """One of FIGURES by row."""
        return self._columns[name]
