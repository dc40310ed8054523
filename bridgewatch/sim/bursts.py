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
Rows = NDArray[np.intp]
_BLOCK: Final = 4096  # chunks drawn at a time when a batch spans very many, 4 MiB of edges


class BurstMap:
    """Bad or good, for any element and instant, in any order of asking.

    Time is cut into chunks of about 32 cycles. Each chunk begins good and its spells are drawn from (key,
    chunk) alone, so a lookup needs no history. Beginning good makes the bad share too small by at most
    1/128 of itself, and by far less when bad spells are much shorter than good ones. The spells of the last
    two chunks per row are kept, which is all that probing needs; a backtest may ask for years at once.
    """

    def __init__(self, bursts: Sequence[Bursts], key: Word) -> None:
        self._key = key
        self._good: Real = np.asarray([b.mean_good_ns - b.least_good_ns for b in bursts], np.float64)
        self._least: Real = np.asarray([b.least_good_ns for b in bursts], np.float64)
        self._bad: Real = np.asarray([b.mean_bad_ns for b in bursts], np.float64)
        self._longest: Real = np.asarray([b.longest_bad_ns for b in bursts], np.float64)
        cycles = np.asarray([b.mean_good_ns + b.bad_ns() for b in bursts], np.float64)
        self._chunk_ns: Int64 = (_CHUNK_CYCLES * cycles).astype(np.int64)
        self._edges: Real = np.zeros((len(bursts) * 2, 2 * _CYCLES))  # ends of good and bad spells in turn
        self._held: Int64 = np.full(len(bursts) * 2, _UNKNOWN, np.int64)
        self._lanes = lanes(0, _CYCLES)

    def bad(self, row: Rows, at_ns: Int64) -> Flag:
        """Whether row [n] is in a bad spell at the monotonic instant `at_ns` [n]."""
        chunk, inside = np.divmod(at_ns, self._chunk_ns[row])
        slot = 2 * row + (chunk & 1)
        self._load(row, chunk, slot)
        held = self._held[slot] == chunk
        if held.all():
            return _is_bad(self._edges, slot, inside)
        found = np.empty(len(row), np.bool_)
        found[held] = _is_bad(self._edges, slot[held], inside[held])
        found[~held] = self._bad_anywhere(row[~held], chunk[~held], inside[~held])
        return found

    def _load(self, row: Rows, chunk: Int64, slot: Rows) -> None:
        missing = np.flatnonzero(self._held[slot] != chunk)
        if not len(missing):
            return
        # One chunk for each slot; what else wants the same slot is looked up without being kept.
        _, first = np.unique(slot[missing], return_index=True)
        missing = missing[first]
        self._edges[slot[missing]] = self._draw(row[missing], chunk[missing])
        self._held[slot[missing]] = chunk[missing]

    def _bad_anywhere(self, row: Rows, chunk: Int64, inside: Int64) -> Flag:
        order = np.lexsort((chunk, row))
        row, chunk, inside = row[order], chunk[order], inside[order]
        new = np.concatenate(([True], (row[1:] != row[:-1]) | (chunk[1:] != chunk[:-1])))
        drawn = np.cumsum(new) - 1  # which of the distinct chunks each query wants
        firsts = np.append(np.flatnonzero(new), len(row))
        found = np.empty(len(row), np.bool_)
        for start in range(0, len(firsts) - 1, _BLOCK):
            own = firsts[start : start + _BLOCK + 1]
            edges = self._draw(row[own[:-1]], chunk[own[:-1]])
            here = slice(own[0], own[-1])
            found[order[here]] = _is_bad(edges, drawn[here] - start, inside[here])
        return found

    def _draw(self, row: Rows, chunk: Int64) -> Real:
        words = mix(counters(self._key[row], chunk)[:, None] + self._lanes)
        good = self._least[row, None] - np.log(high_uniform(words)) * self._good[row, None]
        bad = np.minimum(-np.log(low_uniform(words)) * self._bad[row, None], self._longest[row, None])
        return np.cumsum(np.stack((good, bad), axis=2).reshape(len(row), -1), axis=1)


def _is_bad(edges: Real, line: Rows, inside: Int64) -> Flag:
    """Whether an odd number of the edges in `line` [n] of `edges` has passed; counted by bisection."""
    passed = np.zeros(len(line), np.intp)
    step = _CYCLES
    while step:
        passed += step * (edges[line, passed + step - 1] <= inside)
        step //= 2
    passed += edges[line, passed] <= inside
    return np.asarray(passed & 1, np.bool_)
