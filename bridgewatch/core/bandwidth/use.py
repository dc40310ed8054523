"""How full a link is against what was bought, by several readings of its counters.

One reading is no verdict: a minute of a download is what links are for. A limit is passed when most of the
last `use_readings` readings of one direction reached it, three of five; it is passed no more when none of so
many readings of either direction does. So a link that hovers about a limit is told of once. Less than most of
so many readings, or older ones, say nothing.
"""

from dataclasses import dataclass
from statistics import median
from typing import Final

from bridgewatch.model.bandwidth import Direction, Judgement, Use, UseState

_NS: Final = 1_000_000_000
_BELOW, _WARN, _CRITICAL = range(3)
_STATES: Final = (UseState.OK, UseState.BUSY, UseState.OVER)

Shares = tuple[float, ...]
"""Of what was bought, the newest last."""


@dataclass(slots=True)
class Usage:
    """The last readings of one link. `at_ns` is of the newest, on the clock of the readings."""

    down: Shares = ()
    up: Shares = ()
    at_ns: int = 0
    state: UseState = UseState.UNKNOWN
    _level: int = _BELOW

    def take(self, use: Use, down: int, up: int, judgement: Judgement) -> None:
        """Take in one reading with rates; `down` and `up` are what was bought, bit/s."""
        count = judgement.use_readings
        most = count // 2 + 1
        if use.at_ns - self.at_ns > 2 * count * use.seconds * _NS:
            self.down = self.up = ()
        self.at_ns = use.at_ns
        self.down = (*self.down, _share(use.down, down))[-count:]
        self.up = (*self.up, _share(use.up, up))[-count:]
        if self._level == _BELOW and max(*self.down, *self.up) < judgement.use_warn:  # as nearly always
            self.state = UseState.OK if len(self.down) >= most else UseState.UNKNOWN
            return
        levels = [[_level(share, judgement) for share in shares] for shares in (self.down, self.up)]
        passed = max(sorted(each)[-most] if len(each) >= most else _BELOW for each in levels)
        still = max(map(max, levels)) if len(self.down) >= count else _CRITICAL
        self._level = max(passed, min(self._level, still))
        known = len(self.down) >= most or self._level > _BELOW
        self.state = _STATES[self._level] if known else UseState.UNKNOWN

    def fullest(self) -> tuple[Direction, float]:
        """The direction that is fuller, and which share of what was bought it usually carries."""
        down, up = median(self.down or (0.0,)), median(self.up or (0.0,))
        return (Direction.DOWN, down) if down >= up else (Direction.UP, up)


def _share(rate: float | None, bought: int) -> float:
    return rate / bought if rate is not None and bought > 0 else 0.0


def _level(share: float, judgement: Judgement) -> int:
    if share >= judgement.use_critical:
        return _CRITICAL
    return _WARN if share >= judgement.use_warn else _BELOW
