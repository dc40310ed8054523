"""The weather of every element over all time, as a table: who, when and which way give a row of columns."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.observations import Flag, Int64, Real
from bridgewatch.sim.bursts import BurstMap
from bridgewatch.sim.chance import name_key
from bridgewatch.sim.delay import Quantiles
from bridgewatch.sim.weather import ALWAYS, BOTH, Bursts, Direction, Spell, Weather

_NO_BURSTS = -1
Rows = NDArray[np.intp]


class Timeline:
    """Elements' base weather and the script, compiled. A row is one element, stretch of time and direction.

    Columns (one value per row): `loss` (1 where cut), `burst` (row of `bursts`, or -1), `burst_loss`,
    `floor_ns`, `unit_ns`, `shape`, `swing`, `peak_ns`, `duplicate`, `corrupt`, `reorder`, `reorder_ns`,
    `unreachable`, `refuses`.
    """

    def __init__(self, base: Mapping[str, Weather], script: Sequence[Spell], seed: int) -> None:
        unknown = {s.element for s in script} - base.keys()
        if unknown:
            raise ValueError(f"the script names elements that do not exist: {sorted(unknown)}")
        stretches = _Stretches(base, script)
        self._instants: Int64 = np.asarray(stretches.instants, np.int64)
        self._ranks = len(stretches.instants) + 1
        self._keys: Int64 = np.asarray(stretches.keys, np.int64)
        self._first: Rows = np.searchsorted(self._keys, np.arange(len(base)) * self._ranks)
        self._changes: Flag = np.bincount(self._keys // self._ranks, minlength=len(base)) > 1
        self._anything_changes = bool(self._changes.any())
        self._compile(stretches.weather)
        self.bursts, self.burst = _burst_map(stretches.weather, stretches.names, seed)

    def rows(self, element: NDArray[np.int32], at_ns: Int64, direction: Direction) -> Rows:
        """Rows [n, k] that hold for elements [n, k], each line at its own instant of `at_ns` [n]."""
        stretch: Rows = self._first[element]
        if self._anything_changes:
            line, column = np.nonzero(self._changes[element])
            if len(line):
                rank = np.searchsorted(self._instants, at_ns, "right")[line]
                key = element[line, column].astype(np.int64) * self._ranks + rank
                stretch[line, column] = np.searchsorted(self._keys, key, "right") - 1
        stretch *= 2
        stretch += int(direction)
        return stretch

    def _compile(self, rows: Sequence[Weather]) -> None:
        def real(values: Sequence[float]) -> Real:
            return np.asarray(values, np.float64)

        def whole(values: Sequence[int]) -> Int64:
            return np.asarray(values, np.int64)

        shapes = tuple({w.delay.shape for w in rows})
        self.quantiles = Quantiles(shapes)
        self.loss = real([1.0 if w.cut else w.loss for w in rows])
        # A cut holds in good and bad spells alike.
        self.burst_loss = real([1.0 if w.cut or w.bursts is None else w.bursts.loss for w in rows])
        self.floor_ns = real([w.delay.floor_ns for w in rows])
        self.unit_ns = real([w.delay.unit_ns for w in rows])
        self.shape = whole([self.quantiles.number(w.delay.shape) for w in rows])
        self.swing = real([w.delay.day_swing for w in rows])
        self.peak_ns = whole([w.delay.peak_ns for w in rows])
        self.duplicate = real([w.duplicate for w in rows])
        self.corrupt = real([w.corrupt for w in rows])
        self.reorder = real([w.reorder for w in rows])
        self.reorder_ns = whole([w.reorder_ns for w in rows])
        self.unreachable: Flag = np.asarray([w.unreachable for w in rows], np.bool_)
        self.refuses: Flag = np.asarray([w.refuses for w in rows], np.bool_)
        self.refusals = bool(self.refuses.any())
        self.swings = bool(self.swing.any())
        self.duplicates = bool(self.duplicate.any())
        self.corrupts = bool(self.corrupt.any())
        self.reorders = bool(self.reorder.any())


class _Stretches:
    """Every element's time cut at the instants its spells begin and end, with the weather of each stretch."""

    def __init__(self, base: Mapping[str, Weather], script: Sequence[Spell]) -> None:
        self.instants = sorted({at for s in script for at in (s.from_ns, s.to_ns) if at > ALWAYS})
        rank = {at: number for number, at in enumerate(self.instants, start=1)} | {ALWAYS: 0}
        self.keys: list[int] = []  # element number * ranks + rank of its start: one ascending column
        self.weather: list[Weather] = []  # [2 * stretches], directions in turn
        self.names: list[str] = []  # [2 * stretches] the element of each
        spells: dict[str, list[Spell]] = {}
        for one in script:
            spells.setdefault(one.element, []).append(one)
        for number, (name, weather) in enumerate(base.items()):
            own = spells.get(name, [])
            starts = sorted({ALWAYS} | {at for s in own for at in (s.from_ns, s.to_ns)})
            for start in starts:
                self.keys.append(number * (len(self.instants) + 1) + rank[start])
                self.weather.extend(_weather_at(weather, own, start, direction) for direction in BOTH)
                self.names.extend((name, name))


def _weather_at(weather: Weather, spells: Sequence[Spell], at_ns: int, direction: Direction) -> Weather:
    for one in spells:
        if one.from_ns <= at_ns < one.to_ns and direction in one.directions:
            weather = one.over(weather)
    return weather


def _burst_map(
    rows: Sequence[Weather], names: Sequence[str], seed: int
) -> tuple[BurstMap | None, NDArray[np.intp]]:
    """The map of all bursts, and each row's place in it.

    Keyed by element and direction, not by stretch: a spell that leaves the bursts alone leaves them as they
    would have been.
    """
    burst = np.full(len(rows), _NO_BURSTS, np.intp)
    place: dict[tuple[str, int, Bursts], int] = {}
    for row, weather in enumerate(rows):
        if weather.bursts is not None:
            burst[row] = place.setdefault((names[row], row & 1, weather.bursts), len(place))
    if not place:
        return None, burst
    keys = [name_key(seed, f"bursts/{name}/{direction}") for name, direction, _ in place]
    return BurstMap([bursts for _, _, bursts in place], np.asarray(keys, np.uint64)), burst
