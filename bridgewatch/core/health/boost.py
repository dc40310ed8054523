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

    def choose(self, row: Int32) -> tuple[Int32, Int32]:
        """Boost the first of `row` (unique, in the order of their claim) that fit.

        Returns the rows to hurry and the rows to calm, ascending.
        """
        chosen = np.sort(row[: self._room])
        hurry = np.setdiff1d(chosen, self.rows, assume_unique=True)
        calm = np.setdiff1d(self.rows, chosen, assume_unique=True)
        self.rows = chosen
        return hurry, calm

    def oldest(self, asked_ns: Int64) -> Int32:
        """Which of `asked_ns` [n] may fit at all: the oldest, in order; ties as they stand."""
        if asked_ns.size > self._room > 0:
            latest = np.partition(asked_ns, self._room - 1)[self._room - 1]
            candidates = np.flatnonzero(asked_ns <= latest)
        else:
            candidates = np.arange(asked_ns.size)
        order = np.argsort(asked_ns[candidates], kind="stable")
        return candidates[order].astype(np.int32)

    def moved(self, probes_per_second: int, kept: Int32) -> "Boost":
        """The budget after a reload; of the boosted rows only those in `kept` are still the same path."""
        new = Boost(probes_per_second)
        new.rows = self.rows[np.isin(self.rows, kept)]
        return new
