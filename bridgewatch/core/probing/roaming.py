"""Paths whose far end may move, and what a probe unanswered means until it is known whether it has.

A probe sent to where a box was when its address changed is lost by that change, not by the link; but the box
is heard of only seconds later. So what would be lost is kept for a while: it is lost once the path answers
from where it was, or once the time is over, and nobody's loss if the path moves first. A silence that lasts
longer than any change does was an outage, also when the box calls from elsewhere in the end.
"""

from typing import Final, NamedTuple

import numpy as np

from bridgewatch.core.columns import grown, some
from bridgewatch.model.observations import Flag, Int32, Int64

KEPT_NS: Final = 12 * 10**9  # since it was sent: at 50/s no more than the rings of fates hold
CHANGE_NS: Final = 15 * 10**9  # a change of address takes no longer; what does was an outage before it


class Unanswered(NamedTuple):
    """Probes by path, sequence number and the instant they left."""

    path: Int32
    seq: Int64
    sent_ns: Int64

    def where(self, chosen: Flag) -> "Unanswered":
        """Those chosen."""
        return Unanswered(self.path[chosen], self.seq[chosen], self.sent_ns[chosen])


_NOTHING: Final = Unanswered(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64))


class Roaming:
    """Which rows may move, and their probes that are not lost yet."""

    def __init__(self) -> None:
        self._may: Flag = np.zeros(1024, np.bool_)
        self._any = False
        self._kept = _NOTHING

    def set(self, row: int, *, may_move: bool) -> None:
        """Say whether a row's far end may move."""
        self._may = grown(self._may, row + 1)
        self._may[row] = may_move
        self._any |= may_move

    def keep(self, lost: Unanswered) -> Flag | None:
        """Keep those of `lost` whose path may move; which they are, None for none."""
        if not self._any:
            return None
        kept = self._may[lost.path]
        if not some(kept):
            return None
        more = lost.where(kept)
        self._kept = Unanswered(
            np.concatenate([self._kept.path, more.path]),
            np.concatenate([self._kept.seq, more.seq]),
            np.concatenate([self._kept.sent_ns, more.sent_ns]),
        )
        return kept

    def lost(self, now: int, highest: Int64) -> Unanswered:
        """Those that are lost: a newer probe was answered (`highest` by row), or their time is over."""
        kept = self._kept
        if not len(kept.path):
            return _NOTHING
        over = (kept.seq < highest[kept.path]) | (kept.sent_ns + KEPT_NS <= now)
        return self._take(over) if some(over) else _NOTHING

    def of(self, rows: Int32) -> Unanswered:
        """Those of `rows`, which moved or are probed no more."""
        if not len(self._kept.path):
            return _NOTHING
        return self._take(np.isin(self._kept.path, rows))

    def next_deadline(self) -> int | None:
        """When the time of the first is over."""
        return int(self._kept.sent_ns.min()) + KEPT_NS if len(self._kept.path) else None

    def _take(self, chosen: Flag) -> Unanswered:
        taken, self._kept = self._kept.where(chosen), self._kept.where(~chosen)
        return taken
