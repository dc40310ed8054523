"""Holds closed windows against the limits of each path's profile; severities change on evidence only."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.columns import grown
from bridgewatch.core.health.loss import LEVELS, LossJudge
from bridgewatch.core.quality.batch import WindowBatch
from bridgewatch.model.inventory import Profile
from bridgewatch.model.observations import Flag, Int8, Int32, Real
from bridgewatch.model.words import Reason, Severity

QUANTITIES: Final = (Reason.LOSS, Reason.RTT, Reason.JITTER, Reason.PDV)  # the worst first where equally bad
_DELAYS: Final = len(QUANTITIES) - 1
_RAISE_AFTER: Final = 3
_CLEAR_AFTER: Final = 5
_REASONS: Final[Int8] = np.array(QUANTITIES, np.uint8)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the paths of one WindowBatch are judged to be, in its order."""

    path: Int32
    severity: Int8  # Severity: of the worst quantity
    reason: Int8  # Reason: that quantity, NONE when all is well
    by_quantity: Int8  # [n, len(QUANTITIES)] Severity
    changed: Flag  # whether anything in by_quantity differs from the path's previous closing


class Judge:
    """Severities of loss, RTT (median), jitter (rfc3550) and PDV (p99 - min) per path.

    Loss is judged by `LossJudge`. A delay is raised after three closings in a row at or over its limit and
    cleared after five below; a closing without the figure counts neither way.
    """

    def __init__(self, capacity: int = 65_536) -> None:
        self._capacity = capacity
        self._loss = LossJudge(capacity)
        self._limits: Real = np.full((capacity, _DELAYS, LEVELS), np.inf)
        # Closings in a row: at or over the limit when positive, below when negative.
        self._streak: NDArray[np.int8] = np.zeros((capacity, _DELAYS, LEVELS), np.int8)
        self._raised: Flag = np.zeros((capacity, _DELAYS, LEVELS), np.bool_)
        self._severity: Int8 = np.zeros((capacity, len(QUANTITIES)), np.uint8)

    def know(self, profile: Profile) -> None:
        """Get ready to judge by `profile`, so that doing so takes no time."""
        self._loss.know(profile.loss)

    def admit(self, rows: Int32, profile: Profile) -> None:
        """Judge the paths at `rows` by `profile`, knowing nothing of them; room is made as needed."""
        if not len(rows):
            return
        self._grow(int(rows.max()) + 1)
        self._loss.reset(rows)
        for column in (self._streak, self._raised, self._severity):
            column[rows] = 0
        self.set_profile(rows, profile)

    def set_profile(self, rows: Int32, profile: Profile) -> None:
        """Judge them by `profile` from now on, keeping what is known and what is raised."""
        delays = (profile.rtt, profile.jitter, profile.pdv)
        self._limits[rows] = [(threshold.warn, threshold.critical) for threshold in delays]
        self._loss.set_limits(rows, profile.loss)

    def judge(self, batch: WindowBatch) -> Verdicts:
        """The severities after these closings; every path of `batch` was admitted."""
        rows = batch.path
        loss = self._loss.judge(rows, batch.hop_known, batch.hop_lost, batch.hop_bursts)
        delays = self._judge_delays(
            rows, np.stack((batch.rtt[:, 0], batch.jitter_rfc3550, batch.jitter_pdv_p99), axis=1)
        )
        raised = np.concatenate((loss[:, None], delays), axis=1)
        by_quantity = np.where(raised[..., 1], Severity.CRITICAL, raised[..., 0]).astype(np.uint8)
        changed: Flag = (by_quantity != self._severity[rows]).any(axis=1)
        self._severity[rows] = by_quantity
        worst = by_quantity.argmax(axis=1)
        severity: Int8 = by_quantity.max(axis=1)
        reason = np.where(severity > Severity.OK, _REASONS[worst], Reason.NONE).astype(np.uint8)
        return Verdicts(rows, severity, reason, by_quantity, changed)

    def _judge_delays(self, rows: Int32, values: Real) -> Flag:
        streak, raised = self._streak[rows], self._raised[rows]
        over = values[:, :, None] >= self._limits[rows]
        known = ~np.isnan(values)[:, :, None]
        counted = np.where(over, np.maximum(streak, 0) + 1, np.minimum(streak, 0) - 1)
        streak = np.where(known, np.clip(counted, -_CLEAR_AFTER, _RAISE_AFTER), streak).astype(np.int8)
        raised = (raised | (streak >= _RAISE_AFTER)) & (streak > -_CLEAR_AFTER)
        self._streak[rows], self._raised[rows] = streak, raised
        return raised

    def _grow(self, rows: int) -> None:
        if rows <= self._capacity:
            return
        self._capacity = capacity = max(rows, self._capacity * 3 // 2)
        self._loss.grow(capacity)
        self._limits = grown(self._limits, capacity, np.inf)
        self._streak, self._raised = grown(self._streak, capacity), grown(self._raised, capacity)
        self._severity = grown(self._severity, capacity)
