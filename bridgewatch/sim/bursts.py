"""Where the bad spells of Gilbert-Elliott elements lie: a pure function of key and time, found by lookup."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.observations import Flag, Int64, Real, Word
from bridgewatch.sim.chance import counters, high_uniform, lanes, low_uniform, mix
from bridgewatch.sim.weather import Bursts

_CYCLES: Final = 64  # good-bad pairs drawn per chunk, about twice as many as a chunk has room for
_CHUNK_CYCLES: Final = 32
_UNKNOWN: Final = np.iinfo(np.int64).min


class BurstMap:
    """Bad or good, for any element and instant, in any order of asking.

    Time is cut into chunks of about 32 cycles. Each chunk begins good and its spells are drawn from (key,
    chunk) alone, so a lookup needs no history. Beginning good makes the bad share too small by at most
    1/128 of itself, and by far less when bad spells are much shorter than good ones. The spells of two
    chunks per row are kept.
    """

    def __init__(self, bursts: Sequence[Bursts], key: Word) -> None:
        self._key = key
        self._good: Real = np.asarray([b.mean_good_ns - b.least_good_ns for b in bursts], np.float64)
        self._least: Real = np.asarray([b.least_good_ns for b in bursts], np.float64)
        self._bad: Real = np.asarray([b.mean_bad_ns for b in bursts], np.float64)
        self._longest: Real = np.asarray([b.longest_bad_ns for b in bursts], np.float64)
        self._chunk_ns: Int64 = np.asarray(
            [_CHUNK_CYCLES * (b.mean_good_ns + b.bad_ns()) for b in bursts], np.int64
        )
        if (self._good < 0).any() or (self._bad <= 0).any():
            raise ValueError("a mean good spell is at least the least one, and a mean bad spell above zero")
        self._edges: Real = np.zeros((len(bursts), 2, 2 * _CYCLES))
        self._held: Int64 = np.full((len(bursts), 2), _UNKNOWN, np.int64)
        self._lanes = lanes(0, _CYCLES)

    def bad(self, row: NDArray[np.intp], at_ns: Int64) -> Flag:
        """Whether row [n] is in a bad spell at the monotonic instant `at_ns` [n]."""
        chunk, inside = np.divmod(at_ns, self._chunk_ns[row])
        slot = chunk & 1
        found = np.zeros(len(row), np.bool_)
        pending = np.arange(len(row))
        while len(pending):  # more than once only when a batch spans chunks that share a slot
            self._load(row[pending], chunk[pending], slot[pending])
            hit = self._held[row[pending], slot[pending]] == chunk[pending]
            now = pending[hit]
            passed = self._edges[row[now], slot[now]] <= inside[now, None]
            found[now] = passed.sum(axis=1) & 1
            pending = pending[~hit]
        return found

    def _load(self, row: NDArray[np.intp], chunk: Int64, slot: Int64) -> None:
        missing = np.flatnonzero(self._held[row, slot] != chunk)
        if not len(missing):
            return
        # One writer for each (row, slot): a later one of another chunk would tear the edges.
        _, first = np.unique(row[missing] * 2 + slot[missing], return_index=True)
        missing = missing[first]
        row, chunk, slot = row[missing], chunk[missing], slot[missing]
        self._edges[row, slot] = self._draw(row, chunk)
        self._held[row, slot] = chunk

    def _draw(self, row: NDArray[np.intp], chunk: Int64) -> Real:
        words = mix(counters(self._key[row], chunk)[:, None] + self._lanes)
        good = self._least[row, None] - np.log(high_uniform(words)) * self._good[row, None]
        bad = np.minimum(-np.log(low_uniform(words)) * self._bad[row, None], self._longest[row, None])
        return np.cumsum(np.stack((good, bad), axis=2).reshape(len(row), -1), axis=1)
