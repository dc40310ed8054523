"""Rate caps as columns of token buckets, in integers: no drift, and the same result however time is cut."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.reflecting.slots import Rows
from bridgewatch.model.observations import Int64

_SECOND: Final = 1_000_000_000  # a token is this many parts, so rate x nanoseconds is a whole number of parts


class TokenBuckets:
    """`rows` buckets that each gain `rate` tokens a second and hold at most `burst`."""

    def __init__(self, rows: int, rate: int, burst: int) -> None:
        if rate < 1 or burst < 1:
            raise ValueError(f"a cap needs a rate and a burst of at least 1, not {rate} and {burst}")
        self._rate = rate
        self._full = burst * _SECOND
        self._fill_ns = self._full // rate + 1
        self._level: NDArray[np.int64] = np.full(rows, self._full)
        self._filled_ns = np.zeros(rows, np.int64)

    def fill(self, rows: Rows, now_ns: int) -> None:
        """Give `rows` to new owners, each with a full bucket."""
        self._level[rows] = self._full
        self._filled_ns[rows] = now_ns

    def take(self, rows: Rows, demand: Int64, now_ns: int) -> Int64:
        """Grant each of `rows`, which are distinct, up to `demand` whole tokens; returns how many."""
        elapsed = np.minimum(np.maximum(now_ns - self._filled_ns[rows], 0), self._fill_ns)
        level = np.minimum(self._level[rows] + elapsed * self._rate, self._full)
        granted: Int64 = np.minimum(level // _SECOND, demand)
        self._level[rows] = level - granted * _SECOND
        self._filled_ns[rows] = np.maximum(self._filled_ns[rows], now_ns)
        return granted
