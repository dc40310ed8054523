"""What each path usually loses, so that silence is told from chance.

The number of unanswered probes that make a link dead follows the path's own loss p: a run of n losses starts
by chance once in 1/p^n probes. A country has 22,726 paths; at one probe a second they send 5.9e10 probes in
thirty days. With CHANCE = 1e-13 per probe, chance alone makes 0.006 false runs in that month, whatever the
loss is; eight probes, the rule for good paths, would make hundreds at 10 % loss (5.9e10 x 1e-8).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.health.columns import carry_over
from bridgewatch.model.observations import Int32, Real

NEEDED_MIN: Final = 8
NEEDED_MAX: Final = 24  # from 29 % loss on: a path this bad is DEGRADED long before, and must still go down
CHANCE: Final = 1e-13
HALF_LIFE_NS: Final = 250_000_000_000
_PRIOR_LOST: Final = 1.0  # a new path is taken to lose one probe in fifty until it has shown better or worse
_PRIOR_SENT: Final = 50.0
_REBASE_AFTER: Final = 64.0  # half-lives; weights stay below 2^64, far from overflow


def needed_for(loss: Real) -> Int32:
    """How many probes in a row must be unanswered: the least n with loss^n <= CHANCE, bounded.

    `loss` [n] is a ratio in (0, 1).
    """
    runs = np.ceil(np.log(CHANCE) / np.log(loss))
    needed: Int32 = np.clip(runs, NEEDED_MIN, NEEDED_MAX).astype(np.int32)
    return needed


@dataclass(slots=True)
class _Counts:
    answered: Real  # [R+1] weighted
    lost: Real


class LossMemory:
    """Answered and lost probes of each path, forgotten with a half-life of 250 s.

    Forward decay (Cormode et al., 2009): instead of shrinking the old, each new probe weighs more, so a tick
    costs its own probes only.
    """

    def __init__(self, rows: int, now: int) -> None:
        self._counts = _Counts(np.zeros(rows + 1), np.zeros(rows + 1))
        self._epoch_ns = now

    def moved(self, rows: int, source: Int32, target: Int32, now: int) -> "LossMemory":
        """The same memory in new places; rows not in `target` start fresh."""
        new = LossMemory(rows, now)
        new._epoch_ns = self._epoch_ns
        carry_over(self._counts, new._counts, source, target)
        return new

    def answered(self, now: int, path: Int32, count: Int32 | int = 1) -> None:
        """Count `count` answered probes for each entry of `path` (repeats count)."""
        np.add.at(self._counts.answered, path, count * self._weight(now))

    def lost(self, now: int, path: Int32, count: Int32 | int = 1) -> None:
        """Count `count` lost probes for each entry of `path` (repeats count)."""
        np.add.at(self._counts.lost, path, count * self._weight(now))

    def loss(self, now: int, path: Int32) -> Real:
        """The loss ratio each path is taken to have, never 0 or 1."""
        weight = self._weight(now)
        lost = self._counts.lost[path] / weight
        ratio: Real = (lost + _PRIOR_LOST) / (self._counts.answered[path] / weight + lost + _PRIOR_SENT)
        return ratio

    def shown(self, path: Int32) -> Real:
        """The loss ratio each path has shown, nothing assumed; 0 where nothing is remembered."""
        lost = self._counts.lost[path]
        known = self._counts.answered[path] + lost
        ratio: Real = np.divide(lost, known, out=np.zeros_like(lost), where=known > 0)
        return ratio

    def needed(self, now: int, path: Int32) -> Int32:
        """How many unanswered probes in a row chance does not explain, by each path's loss."""
        return needed_for(self.loss(now, path))

    def _weight(self, now: int) -> float:
        age = (now - self._epoch_ns) / HALF_LIFE_NS
        if age > _REBASE_AFTER:
            self._counts.answered *= 2.0**-age
            self._counts.lost *= 2.0**-age
            self._epoch_ns = now
            age = 0.0
        return float(2.0**age)
