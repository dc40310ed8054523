"""What every path has seen since it was admitted."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.columns import grown
from bridgewatch.core.quality.ring import Rows
from bridgewatch.model.observations import Int8, Int32, Int64
from bridgewatch.model.words import Outcome

VOID: Final = len(Outcome)  # the kind beside the outcomes: an in-time reply whose RTT is void
_KINDS: Final = len(Outcome) + 1


@dataclass(frozen=True, slots=True)
class CounterColumns:
    """Live, read-only views, one row per path.

    sent = received + late + lost + unreachable + local_error + in flight; `rtt_count` of the received had a
    valid RTT, of which `rtt_sum_ns` is the sum.
    """

    sent: Int64
    received: Int64
    late: Int64
    lost: Int64
    unreachable: Int64
    local_error: Int64
    duplicate: Int64
    reordered: Int64
    rtt_count: Int64
    rtt_sum_ns: Int64


class Counters:
    """Cumulative columns; integers throughout, so sums never depend on order."""

    def __init__(self, capacity: int) -> None:
        self._fates: Int64 = np.zeros((capacity, _KINDS), np.int64)
        self._sent: Int64 = np.zeros(capacity, np.int64)
        self._duplicate: Int64 = np.zeros(capacity, np.int64)
        self._reordered: Int64 = np.zeros(capacity, np.int64)
        self._rtt_sum_ns: Int64 = np.zeros(capacity, np.int64)
        self._bursts: Int64 = np.zeros(capacity, np.int64)

    def grow(self, capacity: int) -> None:
        """Make room for rows below `capacity`."""
        self._fates, self._sent = grown(self._fates, capacity), grown(self._sent, capacity)
        self._duplicate = grown(self._duplicate, capacity)
        self._reordered = grown(self._reordered, capacity)
        self._rtt_sum_ns = grown(self._rtt_sum_ns, capacity)
        self._bursts = grown(self._bursts, capacity)

    def reset(self, rows: Rows) -> None:
        """Start those rows from zero."""
        self._fates[rows] = 0
        for column in (self._sent, self._duplicate, self._reordered, self._rtt_sum_ns, self._bursts):
            column[rows] = 0

    def launched(self, rows: Rows) -> None:
        """One probe per entry; rows may repeat."""
        np.add.at(self._sent, rows, 1)

    def decided(self, rows: Rows, kinds: Int8) -> None:
        """One fate per row: an Outcome, or VOID; no row may repeat."""
        self._fates.reshape(-1)[rows * np.int64(_KINDS) + kinds] += 1

    def burst_began(self, rows: Rows) -> None:
        """One loss whose preceding sequence number was not lost; no row may repeat."""
        self._bursts[rows] += 1

    def timed(self, rows: Rows, rtt_ns: Int64) -> None:
        """One valid RTT per row; no row may repeat."""
        self._rtt_sum_ns[rows] += rtt_ns

    def repeated(self, duplicates: Int32, reordered: Int32) -> None:
        """One packet per entry; rows may repeat."""
        if len(duplicates):
            np.add.at(self._duplicate, duplicates, 1)
        if len(reordered):
            np.add.at(self._reordered, reordered, 1)

    def loss_totals(self, rows: Rows) -> Int64:
        """[rows, 3]: probes whose fate tells of the link, how many of them were lost, in how many bursts."""
        fates = self._fates[rows]
        lost = fates[:, Outcome.LATE] + fates[:, Outcome.LOST] + fates[:, Outcome.UNREACHABLE]
        return np.stack((lost + fates[:, Outcome.REPLY] + fates[:, VOID], lost, self._bursts[rows]), axis=1)

    def view(self, rows: int) -> CounterColumns:
        """The columns of the first `rows` rows as they stand; `received` alone is computed."""
        fates = _sealed(self._fates[:rows])
        return CounterColumns(
            sent=_sealed(self._sent[:rows]),
            received=fates[:, Outcome.REPLY] + fates[:, VOID],
            late=fates[:, Outcome.LATE],
            lost=fates[:, Outcome.LOST],
            unreachable=fates[:, Outcome.UNREACHABLE],
            local_error=fates[:, Outcome.LOCAL_ERROR],
            duplicate=_sealed(self._duplicate[:rows]),
            reordered=_sealed(self._reordered[:rows]),
            rtt_count=fates[:, Outcome.REPLY],
            rtt_sum_ns=_sealed(self._rtt_sum_ns[:rows]),
        )


def _sealed(column: Int64) -> Int64:
    view = column.view()
    view.flags.writeable = False
    return view
