"""Which row each path has. A row never moves while its probes are in flight."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count

from bridgewatch.core.steps import Steps, portions
from bridgewatch.model.ids import PathKey
from bridgewatch.model.inventory import PathSpec


@dataclass(frozen=True, slots=True)
class PathChanges:
    """What a new inventory means for the rows: (row, spec) of each path, and the rows let go."""

    added: tuple[tuple[int, PathSpec], ...]
    changed: tuple[tuple[int, PathSpec, PathSpec], ...]  # row, former, new
    removed: tuple[tuple[int, PathSpec], ...]


@dataclass(frozen=True, slots=True)
class PathPlan:
    """The rows that the paths of another inventory will have. Good until the table changes."""

    rows: Mapping[PathKey, int]
    specs: Mapping[PathKey, PathSpec]
    changes: PathChanges
    size: int  # one more than the highest row ever used


class PathTable:
    """Rows by path key. A freed row rests until no packet of its former path can come any more."""

    def __init__(self, rest_ns: int) -> None:
        self._rest_ns = rest_ns
        self._rows: Mapping[PathKey, int] = {}
        self._specs: Mapping[PathKey, PathSpec] = {}
        self._resting: deque[tuple[int, int]] = deque()  # (free at, row), the earliest first
        self._size = 0

    @property
    def rows(self) -> Mapping[PathKey, int]:
        """The row of every path; another mapping after `adopt`."""
        return self._rows

    def plan(self, paths: Iterable[PathSpec], now: int) -> Steps[PathPlan]:
        """Give the paths of another inventory (no key twice) rows; those of known keys stay."""
        free = self._free_rows(now)
        rows: dict[PathKey, int] = {}
        specs: dict[PathKey, PathSpec] = {}
        added, changed = [], []
        for portion in portions(paths):
            for spec in portion:
                key = spec.key
                former = self._specs.get(key)
                row = next(free) if former is None else self._rows[key]
                if former is None:
                    added.append((row, spec))
                elif former is not spec and former != spec:
                    changed.append((row, former, spec))
                rows[key], specs[key] = row, spec
            yield
        removed: list[tuple[int, PathSpec]] = []
        for gone in portions(self._specs.items()):
            removed += [(self._rows[key], spec) for key, spec in gone if key not in rows]
            yield
        size = max(self._size, 1 + max((row for row, _ in added), default=-1))
        return PathPlan(rows, specs, PathChanges(tuple(added), tuple(changed), tuple(removed)), size)

    def _free_rows(self, now: int) -> Iterator[int]:
        """Rows that have rested by `now`, then such as were never used."""
        rested = (row for free_ns, row in self._resting if free_ns <= now)
        return chain(rested, count(self._size))

    def adopt(self, plan: PathPlan, now: int) -> None:
        """Make the plan of this table true. Rows that it lets go rest from `now` on."""
        taken = {row for row, _ in plan.changes.added if row < self._size}
        while taken:
            taken.discard(self._resting.popleft()[1])
        self._resting.extend((now + self._rest_ns, row) for row, _ in plan.changes.removed)
        self._rows, self._specs, self._size = plan.rows, plan.specs, plan.size
