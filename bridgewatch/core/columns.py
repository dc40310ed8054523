"""Columns indexed by row number: growing them, and writing them when a batch names a row twice."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_T = TypeVar("_T", bound=np.generic)
_Key = TypeVar("_Key")


def grown(column: NDArray[_T], rows: int, fill: Any = 0) -> NDArray[_T]:
    """`column` with at least `rows` rows, the new ones holding `fill`; itself when it has them already."""
    if len(column) >= rows:
        return column
    bigger = np.full((max(rows, 2 * len(column)), *column.shape[1:]), fill, column.dtype)
    bigger[: len(column)] = column
    return bigger


def kept(former: Mapping[_Key, int], names: Iterable[_Key]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of what was there before: its rows then, by its places in `former`, and its rows among `names` now."""
    before = np.array([former.get(name, -1) for name in names], np.intp)
    now = places(before >= 0)
    return before[now], now


def some(flags: NDArray[np.bool_]) -> bool:
    """Whether any is set. On the short columns of a tick this takes a ninth of the time of `flags.any()`."""
    return bool(np.count_nonzero(flags))


def every(flags: NDArray[np.bool_]) -> bool:
    """Whether all are set, as fast as `some`."""
    return int(np.count_nonzero(flags)) == flags.size


def places(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Where the flags of a column are set; a quarter of the time of `np.flatnonzero`."""
    return flags.nonzero()[0]


class Rounds:
    """Cuts a batch into rounds in which no row number repeats, in the order of the batch.

    `a[rows] += 1` loses repeats; a kernel that runs once per round does not, and a batch without repeats
    (nearly every one) is one round at the price of two numpy calls.
    """

    def __init__(self, capacity: int = 1024) -> None:
        self._mark: NDArray[np.int64] = np.zeros(capacity, np.int64)

    def of(self, rows: NDArray[np.int32]) -> Iterator[NDArray[np.intp] | slice]:
        """Selections of `rows`, each without repeats; together, in order, all of them."""
        n = len(rows)
        if not n:
            return
        if self.unique(rows):
            yield slice(None)
            return
        order = np.argsort(rows, kind="stable")
        ordered = rows[order]
        starts = places(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        rank = np.arange(n) - np.repeat(starts, np.diff(np.append(starts, n)))
        turn = np.empty(n, np.int64)
        turn[order] = rank
        for number in range(int(rank.max()) + 1):
            yield places(turn == number)

    def unique(self, rows: NDArray[np.int32]) -> bool:
        """Whether no row number repeats."""
        n = len(rows)
        if n < 2:  # noqa: PLR2004 - one row cannot repeat
            return True
        if (highest := int(rows.max())) >= len(self._mark):
            self._mark = grown(self._mark, highest + 1)
        numbers = np.arange(n)
        self._mark[rows] = numbers
        return every(self._mark[rows] == numbers)
