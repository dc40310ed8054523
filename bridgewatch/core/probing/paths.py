"""Which row each path has. A row never moves while its probes are in flight."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bridgewatch.model.ids import PathKey
from bridgewatch.model.inventory import PathSpec


@dataclass(frozen=True, slots=True)
class PathChanges:
    """What a new inventory means for the rows: (row, spec) of each path, and the rows let go."""

    added: tuple[tuple[int, PathSpec], ...]
    changed: tuple[tuple[int, PathSpec, PathSpec], ...]  # row, former, new
    removed: tuple[tuple[int, PathSpec], ...]


class PathTable:
    """Rows by path key. A freed row rests until no packet of its former path can come any more."""

    def __init__(self, rest_ns: int) -> None:
        self._rest_ns = rest_ns
        self._rows: dict[PathKey, int] = {}
        self._specs: dict[PathKey, PathSpec] = {}
        self._resting: deque[tuple[int, int]] = deque()  # (free at, row)
        self._size = 0

    @property
    def rows(self) -> Mapping[PathKey, int]:
        """The row of every path."""
        return self._rows

    @property
    def size(self) -> int:
        """One more than the highest row ever used."""
        return self._size

    def replace(self, paths: Iterable[PathSpec], now: int) -> PathChanges:
        """Take in the paths of a new inventory; equal specs keep their rows untouched."""
        wanted = {spec.key: spec for spec in paths}
        removed = [(self._rows[key], spec) for key, spec in self._specs.items() if key not in wanted]
        for row, spec in removed:
            del self._rows[spec.key]
            self._resting.append((now + self._rest_ns, row))
        added, changed = [], []
        for key, spec in wanted.items():
            former = self._specs.get(key)
            if former is None:
                self._rows[key] = self._free_row(now)
                added.append((self._rows[key], spec))
            elif former != spec:
                changed.append((self._rows[key], former, spec))
        self._specs = wanted
        return PathChanges(tuple(added), tuple(changed), tuple(removed))

    def _free_row(self, now: int) -> int:
        if self._resting and self._resting[0][0] <= now:
            return self._resting.popleft()[1]
        self._size += 1
        return self._size - 1
