"""Counter-based chance: every draw is a hash of who draws, so replays agree however their batches are cut.

The generator is SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014):
a Weyl sequence through a mixing function, addressed here by position instead of stepped.
"""

from hashlib import blake2b
from typing import Final

import numpy as np

from bridgewatch.model.observations import Int64, Real, Word

_GAMMA: Final = np.uint64(0x9E3779B97F4A7C15)  # the Weyl increment: 2**64 / golden ratio, odd
_LANE: Final = 0xD1342543DE82EF95  # an odd constant of its own, so that lanes never meet counters
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = (np.uint64(bits) for bits in (27, 30, 31, 32))
_LOW: Final = np.uint64(0xFFFFFFFF)
_WORD: Final = 0xFFFFFFFFFFFFFFFF
_HALF_STEP: Final = 2.0**-33
_STEP: Final = 2.0**-32


def name_key(seed: int, name: str) -> int:
    """A 64-bit key that depends on nothing but the seed and the name."""
    return int.from_bytes(blake2b(f"{seed}/{name}".encode(), digest_size=8).digest(), "little")


def lanes(first: int, count: int) -> Word:
    """Offsets [count] of the independent streams `first`, `first` + 1, ... of one key."""
    return np.asarray([(first + lane) * _LANE & _WORD for lane in range(count)], np.uint64)


def counters(key: Word, count: Int64) -> Word:
    """Where the draw number `count` [n] of each `key` [n] lies in its stream [n]."""
    return key + count.astype(np.uint64) * _GAMMA


def mix(words: Word) -> Word:
    """Hash each word of an array; the input is left alone."""
    mixed = words >> _S30
    mixed ^= words
    mixed *= _MIX_1
    mixed ^= mixed >> _S27
    mixed *= _MIX_2
    mixed ^= mixed >> _S31
    return mixed


def high_uniform(words: Word) -> Real:
    """Uniform in (0, 1) from the upper half of each hashed word, in steps of 2**-32."""
    return (words >> _S32).astype(np.float64) * _STEP + _HALF_STEP


def low_uniform(words: Word) -> Real:
    """Uniform in (0, 1) from the lower half, independent of `high_uniform` of the same words."""
    return (words & _LOW).astype(np.float64) * _STEP + _HALF_STEP
