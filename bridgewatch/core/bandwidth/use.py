"""How full a link is against what was bought, by several readings of its counters.

One reading is no verdict: a minute of a download is what links are for. A limit is passed when most of the
last `use_readings` readings of one direction reached it, three of five; it is passed no more when none of so
many readings of either direction does. So a link that hovers about a limit is told of once. Less than most of
so many readings, or older ones, say nothing.
"""

from dataclasses import dataclass
from typing import Final

from bridgewatch.model.bandwidth import Direction, Judgement, Use, UseState

_NS: Final = 1_000_000_000
_BELOW, _WARN, _CRITICAL = range(3)
_STATES: Final = (UseState.OK, UseState.BUSY, UseState.OVER)

Rates = tuple[float, ...]
"""bit/s, the newest last."""


@dataclass(slots=True)
class Usage:
    """The last readings of one link. `at_ns` is of the newest, on the clock of the readings."""

    down: Rates = ()
    up: Rates = ()
    at_ns: int = 0
    state: UseState = UseState.UNKNOWN
    _level: int = _BELOW

    def take(self, use: Use, down: int, up: int, judgement: Judgement) -> None:
        """Take in one reading with rates; `down` and `up` are what was bought, bit/s."""
        count = judgement.use_readings
        most = _most(count)
        if use.at_ns - self.at_ns > 2 * count * use.seconds * _NS:
            self.down = self.up = ()
        self.at_ns = use.at_ns
        self.down = (*self.down, use.down or 0.0)[-count:]
        self.up = (*self.up, use.up or 0.0)[-count:]
        busy = judgement.use_warn
        if self._level == _BELOW and max(self.down) < busy * down and max(self.up) < busy * up:
            self.state = UseState.OK if len(self.down) >= most else UseState.UNKNOWN  # as nearly always
            return
        levels = [
            [_level(rate, bought, judgement) for rate in rates]
            for rates, bought in ((self.down, down), (self.up, up))
        ]
        passed = max(sorted(each)[-most] if len(each) >= most else _BELOW for each in levels)
        still = max(map(max, levels)) if len(self.down) >= count else _CRITICAL
        self._level = max(passed, min(self._level, still))
        known = len(self.down) >= most or self._level > _BELOW
        self.state = _STATES[self._level] if known else UseState.UNKNOWN

    def fullest(self, down: int, up: int) -> tuple[Direction, float]:
        """The direction that is fuller, and the rate that most of its readings reached."""
        reached = {
            direction: sorted(rates)[-min(_most(len(rates)), len(rates))] if rates else 0.0
            for direction, rates in ((Direction.DOWN, self.down), (Direction.UP, self.up))
        }
        bought = {Direction.DOWN: down, Direction.UP: up}
        direction = max(reached, key=lambda each: reached[each] / bought[each] if bought[each] > 0 else 0.0)
        return direction, reached[direction]


def _most(count: int) -> int:
    return count // 2 + 1


def _level(rate: float, bought: int, judgement: Judgement) -> int:
    if bought <= 0:
        return _BELOW
    if rate >= judgement.use_critical * bought:
        return _CRITICAL
    return _WARN if rate >= judgement.use_warn * bought else _BELOW
