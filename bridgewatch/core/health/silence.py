"""What each path has answered and left unanswered: the columns behind every verdict.

Within one tick replies are booked first, then refusals, silences, losses and local errors, whatever pieces
the tick's observations come in. Nothing is decided here.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.health.columns import carry_over
from bridgewatch.core.health.memory import NEEDED_MIN, LossMemory
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64, Observations, Word
from bridgewatch.model.words import Outcome, Reason, Severity

SUSPECT_AFTER: Final = 2  # probes unanswered past their grace
OUTAGE_NS: Final = 1_000_000_000  # a silence shorter than this is no outage, however many probes it took
LOCAL_ERROR_NS: Final = 3_000_000_000  # only local errors for this long: the path says nothing any more
PATIENCE_NS: Final = 3_200_000_000  # of a path that refused: what is unanswered since means nothing yet
NEVER: Final = 2**63 - 1


@dataclass(slots=True)
class PathColumns:
    """One row per path [R+1]; the last row is nobody's and stays as it was made."""

    probed: Flag  # a probe of it has been answered, or missed its grace
    ever_answered: Flag  # or refused
    attention: Flag  # the next reply of this path changes something
    unanswered: Int32  # in a row, past their grace, since the last reply or refusal
    heard_ns: Int64  # when the latest reply that ended a silence came
    since_ns: Int64  # when the first of them was sent
    suspected_ns: Int64  # when the first of them passed its grace: the suspicion begins
    latest_ns: Int64  # when the latest of them passed its grace
    needed: Int32  # unanswered in a row that make an outage; frozen while the silence lasts
    pending: Int32  # losses of this silence: chance or outage, not known yet
    outage_from_ns: Int64  # losses sent within the last outage are not the path's usual loss
    outage_until_ns: Int64
    lost_ns: Int64  # when the latest lost probe was sent
    unreachable: Flag  # the latest bad news came from a router
    router: Word  # [R+1, 2] its address, as in Arrivals
    refusals: Int32  # by the target itself, since the last reply
    refused_since_ns: Int64  # when the first of those probes was sent
    refused_ns: Int64  # when the latest was
    error_since_ns: Int64  # since when sending has failed here and nothing else was heard
    severity: Int8
    severity_reason: Int8
    severity_since_ns: Int64  # when it left OK

    @classmethod
    def fresh(cls, rows: int) -> "PathColumns":
        """Columns of paths of which nothing is known."""

        def no() -> Flag:
            return np.zeros(rows + 1, dtype=np.bool_)

        def never() -> Int64:
            return np.full(rows + 1, NO_TIME, dtype=np.int64)

        def number(value: int) -> Int32:
            return np.full(rows + 1, value, dtype=np.int32)

        def word(value: int) -> Int8:
            return np.full(rows + 1, value, dtype=np.uint8)

        return cls(
            probed=no(),
            ever_answered=no(),
            attention=np.ones(rows + 1, dtype=np.bool_),
            unanswered=number(0),
            heard_ns=never(),
            since_ns=never(),
            suspected_ns=never(),
            latest_ns=never(),
            needed=number(NEEDED_MIN),
            pending=number(0),
            outage_from_ns=never(),
            outage_until_ns=never(),
            lost_ns=never(),
            unreachable=no(),
            router=np.zeros((rows + 1, 2), dtype=np.uint64),
            refusals=number(0),
            refused_since_ns=never(),
            refused_ns=never(),
            error_since_ns=never(),
            severity=word(Severity.OK),
            severity_reason=word(Reason.NONE),
            severity_since_ns=never(),
        )


class Silence:
    """Books observations path by path and says which paths need a second look."""

    def __init__(self, rows: int, now: int) -> None:
        self.columns = PathColumns.fresh(rows)
        self.memory = LossMemory(rows, now)
        self.pause_ns: Int64 = np.zeros(rows + 1, dtype=np.int64)
        """Of each path, how long replies may stay away that come as often as probes leave, [R+1]."""
        self._rows = rows

    def forget(self, rows: Int32) -> None:
        """Of these nothing is known any more, but what they usually lose."""
        for column in fields(self.columns):
            values = getattr(self.columns, column.name)
            values[rows] = values[-1]  # nobody's row

    def moved(self, rows: int, source: Int32, target: Int32, now: int) -> "Silence":
        """The same knowledge in new places; rows not in `target` start fresh."""
        new = Silence(rows, now)
        carry_over(self.columns, new.columns, source, target)
        new.memory = self.memory.moved(rows, source, target, now)
        return new

    def book_answers(self, now: int, path: Int32) -> Flag:
        """A reply came on each of `path` [n] (repeats allowed). Returns for which that is news, [n]."""
        news: Flag = self.columns.attention[path]
        if news.any():
            self._hear(now, np.unique(path[news]))
        return news

    def book_refusals(self, now: int, path: Int32, sent_ns: Int64) -> None:
        """The targets of `path` [n] (repeats allowed) refused probes sent then: the paths are alive."""
        c = self.columns
        known, begins = np.unique(path), c.refusals[path] == 0
        c.refused_since_ns[path[begins]] = NEVER
        np.minimum.at(c.refused_since_ns, path[begins], sent_ns[begins])
        np.maximum.at(c.refused_ns, path, sent_ns)
        np.add.at(c.refusals, path, 1)
        self._end_silence(now, known)
        c.attention[known] = True

    def book_losses(self, now: int, batch: Observations) -> None:
        """Book rows whose outcome is LATE, LOST or UNREACHABLE: the path's usual loss, or an outage's."""
        c = self.columns
        lost = (batch.outcome == Outcome.LOST) | (batch.outcome == Outcome.UNREACHABLE)
        lost |= batch.outcome == Outcome.LATE
        refused = (c.refusals[batch.path] > 0) & (batch.sent_ns >= c.refused_since_ns[batch.path])
        lost &= ~refused  # what nobody takes is not lost by the path
        path, sent_ns = batch.path[lost], batch.sent_ns[lost]
        np.maximum.at(c.lost_ns, path, sent_ns)
        in_silence = (c.unanswered[path] > 0) & (sent_ns >= c.since_ns[path])
        in_outage = (sent_ns >= c.outage_from_ns[path]) & (sent_ns <= c.outage_until_ns[path])
        np.add.at(c.pending, path[in_silence], 1)
        self.memory.lost(now, path[~in_silence & ~in_outage])
        c.unreachable[path] = False

    def book_rejections(self, path: Int32, router: Word) -> None:
        """Routers with those addresses [n, 2] could not deliver a probe of `path` [n] (repeats allowed)."""
        c = self.columns
        c.unreachable[path] = True
        c.router[path] = router
        c.attention[path] = True

    def book_local_errors(self, now: int, path: Int32) -> Int32:
        """No probe of `path` left this host. Returns the paths for which that is news."""
        c = self.columns
        news: Int32 = np.unique(path[c.error_since_ns[path] == NO_TIME])
        c.error_since_ns[news] = now
        c.attention[news] = True
        return news

    def book_silences(self, now: int, path: Int32, count: Int32, since_ns: Int64) -> None:
        """One more probe of each `path` passed its grace: `count` in a row now, the first sent `since_ns`."""
        c = self.columns
        new = np.unique(path[c.unanswered[path] == 0])
        if new.size:
            c.needed[new] = self.memory.needed(now, new)
            c.suspected_ns[new] = now
        c.unanswered[path] = count
        c.since_ns[path] = since_ns
        c.latest_ns[path] = now
        c.probed[path] = True
        c.attention[path] = True
        # A probe that misses its grace did leave this host. It ends a row of local errors unless it left
        # before them.
        grace_ns = c.suspected_ns[path] - c.since_ns[path]
        c.error_since_ns[path[now - grace_ns > c.error_since_ns[path]]] = NO_TIME

    def _hear(self, now: int, path: Int32) -> None:
        """`path` (unique) answers; if it refused before, what went unanswered meanwhile was no loss."""
        c = self.columns
        self._end_silence(now, path)
        refused = path[c.refusals[path] > 0]
        if refused.size:
            since_ns = c.refused_since_ns[refused]
            at_once = c.outage_until_ns[refused] >= since_ns  # it was silent until it refused
            c.outage_from_ns[refused] = np.where(
                at_once, np.minimum(c.outage_from_ns[refused], since_ns), since_ns
            )
            c.outage_until_ns[refused] = now
            c.refusals[refused] = 0
            c.refused_ns[refused] = c.refused_since_ns[refused] = NO_TIME
        c.attention[path] = False

    def _end_silence(self, now: int, path: Int32) -> None:
        """Something came of `path` (unique): its losses were chance, or an outage that is now over."""
        c = self.columns
        silent = path[c.unanswered[path] > 0]
        c.heard_ns[silent] = now
        outage = (c.unanswered[silent] >= c.needed[silent]) & (now - c.since_ns[silent] >= OUTAGE_NS)
        by_chance = silent[~outage]
        self.memory.lost(now, by_chance, c.pending[by_chance])
        c.outage_from_ns[silent[outage]] = c.since_ns[silent[outage]]
        c.outage_until_ns[silent[outage]] = now
        c.unanswered[path] = 0
        c.pending[path] = 0
        for instant in (c.since_ns, c.suspected_ns, c.latest_ns, c.error_since_ns):
            instant[path] = NO_TIME
        c.unreachable[path] = False
        c.probed[path] = True
        c.ever_answered[path] = True

    def watch(self, path: NDArray[np.int32], always: Flag) -> None:
        """Say whether the next reply of each path is news: `always`, or by what the path went through."""
        c = self.columns
        troubled = (c.unanswered[path] > 0) | (c.error_since_ns[path] != NO_TIME) | c.unreachable[path]
        troubled |= c.refusals[path] > 0
        c.attention[path] = always | troubled | ~c.ever_answered[path]

    def unanswered(self, now: int, path: NDArray[np.int32]) -> Int32:
        """Probes in a row that mean something: none while a path refused lately. Any shape.

        Where replies come, though later than the grace, a full buffer holds them up: of that path no more
        than one is missing, until as many are as make an outage. A path that is cut is not heard for longer.
        """
        c = self.columns
        counts: Int32 = np.where(c.refused_ns[path] > now - PATIENCE_NS, 0, c.unanswered[path])
        if (counts > 1).any():
            late = (c.heard_ns[path] > now - self.pause_ns[path]) & (counts < c.needed[path])
            counts = np.where(late, np.minimum(counts, 1), counts)
        return counts

    def speaking(self, now: int, path: NDArray[np.int32]) -> Flag:
        """Which paths have something to say: probed, and their probes leave this host. Any shape."""
        c = self.columns
        return c.probed[path] & ~self.erring(now, path)

    def erring(self, now: int, path: NDArray[np.int32]) -> Flag:
        """Which paths have had only local errors for LOCAL_ERROR_NS. Any shape."""
        since_ns = self.columns.error_since_ns[path]
        failing: Flag = (since_ns != NO_TIME) & (since_ns <= now - LOCAL_ERROR_NS)
        return failing
