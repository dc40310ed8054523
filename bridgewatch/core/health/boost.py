"""The suspects' probing budget: who is probed at 10/s to be judged soon, oldest suspicion first."""

from typing import Final

import numpy as np

from bridgewatch.model.observations import Int32, Int64

BOOST_PER_SECOND: Final = 10
BOOST_INTERVAL_NS: Final = 1_000_000_000 // BOOST_PER_SECOND


class Boost:
    """Which rows are probed faster now. What does not fit the budget waits at its own rate."""

    def __init__(self, probes_per_second: int) -> None:
        self.rows: Int32 = np.empty(0, dtype=np.int32)  # ascending
        self._room = probes_per_second // BOOST_PER_SECOND

    def choose(self, row: Int32, interval_ns: Int64) -> tuple[Int32, Int32]:
        """Boost the first of `row` that fit (in the order of their claim); rows that fast already need none.

        Returns the rows to hurry and the rows to calm, ascending.
        """
        wanting = row[interval_ns > BOOST_INTERVAL_NS]
        chosen = np.unique(wanting[: self._room])
        hurry = np.setdiff1d(chosen, self.rows, assume_unique=True)
        calm = np.setdiff1d(self.rows, chosen, assume_unique=True)
        self.rows = chosen
        return hurry, calm

    def moved(self, probes_per_second: int, kept: Int32) -> "Boost":
        """The budget after a reload; of the boosted rows only those in `kept` are still the same path."""
        new = Boost(probes_per_second)
        new.rows = np.intersect1d(self.rows, kept)
        return new
