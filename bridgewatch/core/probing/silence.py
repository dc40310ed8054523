"""When does not having answered begin to mean something? Probes past their grace, counted in a row.

Grace is max(200 ms, 3 x p99 RTT), at most Tmax, and frozen when the silence began: a path must not become
more patient because it has stopped answering.
"""

from typing import Final

import numpy as np

from bridgewatch.core.columns import Rounds, grown
from bridgewatch.core.probing import flight as flights
from bridgewatch.core.probing.flight import Flight
from bridgewatch.core.probing.schedule import NEVER
from bridgewatch.model.observations import Flag, Int32, Int64, Real

MIN_GRACE_NS: Final = 200_000_000
_RTTS_OF_GRACE: Final = 3.0
_SECOND_NS: Final = 1_000_000_000
_NO_ROWS: Int32 = np.zeros(0, np.int32)
_NO_TIMES: Int64 = np.zeros(0, np.int64)


class Silence:
    """Columns by row: grace, how many probes in a row passed it, and since when."""

    def __init__(self, flight: Flight, tmax_ns: int) -> None:
        self._flight = flight
        self._tmax_ns = tmax_ns
        self._min_grace_ns = min(MIN_GRACE_NS, tmax_ns)
        self._grace: Int64 = np.full(1024, self._min_grace_ns, np.int64)
        self._count: Int32 = np.zeros(1024, np.int32)
        self._since: Int64 = np.zeros(1024, np.int64)
        self._newest_heard: Int64 = np.full(1024, -1, np.int64)  # sequence of the newest probe not in vain
        self._reached = 0  # launch position up to which the least grace has passed
        self._overdue: Int64 = _NO_TIMES  # positions past the least grace, not yet past their own
        self._rounds = Rounds()
        self._told: list[tuple[Int32, Int32, Int64]] = []

    def reset(self, row: int) -> None:
        """Forget what is known of `row`."""
        needed = row + 1
        self._grace = grown(self._grace, needed, self._min_grace_ns)
        self._count, self._since = grown(self._count, needed), grown(self._since, needed)
        self._newest_heard = grown(self._newest_heard, needed, -1)
        self._grace[row] = self._min_grace_ns
        self._count[row], self._since[row], self._newest_heard[row] = 0, 0, -1

    def set_grace(self, rows: Int32, p99_rtt: Real) -> None:
        """Follow the p99 RTT in seconds where it is known and the path is not silent."""
        settled = np.isfinite(p99_rtt) & (self._count[rows] == 0)
        rows, p99_rtt = rows[settled], p99_rtt[settled]
        grace = (_RTTS_OF_GRACE * _SECOND_NS * p99_rtt).astype(np.int64)
        self._grace[rows] = np.clip(grace, self._min_grace_ns, self._tmax_ns)

    def answered(self, path: Int32, highest: Int64) -> None:
        """Those paths answered: their silence is over. `highest`: newest answered sequence by row."""
        self._count[path] = 0
        self._newest_heard[path] = np.maximum(self._newest_heard[path], highest[path])

    def refused(self, path: Int32, seq: Int64) -> None:
        """The targets of those paths refused the probes `seq`: as good as an answer against a silence."""
        self._count[path] = 0
        np.maximum.at(self._newest_heard, path, seq)

    def lasts(self, row: int, now: int) -> int:
        """For how long the path has been silent, ns since its first unanswered probe left; 0 if it is not."""
        return now - int(self._since[row]) if self._count[row] else 0

    def advance(self, now: int) -> None:
        """Count the probes whose grace has passed unanswered at `now`."""
        reached = self._flight.older_than(self._reached, now - self._min_grace_ns)
        if len(reached):
            self._reached = int(reached[-1]) + 1
            waiting = reached[self._unanswered(reached)]
            if len(waiting):
                self._overdue = np.concatenate([self._overdue, waiting])
        if len(self._overdue):
            self._count_overdue(now)

    def _count_overdue(self, now: int) -> None:
        flight, at = self._flight, self._overdue
        at = at[(at >= flight.tail) & self._unanswered(at)]
        path = flight.path(at)
        passed = flight.sent_ns(at) + self._grace[path] <= now
        self._overdue = at[~passed]
        at, path = at[passed], path[passed]
        # What was heard of a newer probe ended the silence; an own fault is nobody's silence.
        counts = (flight.seq(at) > self._newest_heard[path]) & ~flight.excused(at)
        at, path = at[counts], path[counts]
        sent_ns = flight.sent_ns(at)
        for chosen in self._rounds.of(path):
            rows = path[chosen]
            first = self._count[rows] == 0
            self._since[rows] = np.where(first, sent_ns[chosen], self._since[rows])
            self._count[rows] += 1
            self._told.append((rows, self._count[rows], self._since[rows]))

    def _unanswered(self, at: Int64) -> Flag:
        status = self._flight.status(at)
        unanswered: Flag = (status == flights.WAITING) | (status == flights.REJECTED)
        return unanswered

    def take(self) -> tuple[Int32, Int32, Int64]:
        """Silence rows since the last call: path, unanswered in a row, since when."""
        told, self._told = self._told, []
        if not told:
            return _NO_ROWS, _NO_ROWS, _NO_TIMES
        if len(told) == 1:
            return told[0]
        path, count, since = zip(*told, strict=True)
        return np.concatenate(path), np.concatenate(count), np.concatenate(since)

    def next_deadline(self, now: int) -> int:
        """When the next probe may pass its grace."""
        flight = self._flight
        if len(self._overdue):
            deadline = flight.sent_ns(self._overdue) + self._grace[flight.path(self._overdue)]
            return max(now, int(deadline.min()))
        start = max(self._reached, flight.tail)
        return flight.launched_ns(start) + self._min_grace_ns if start < flight.head else NEVER
