"""Columns of numbers to columns of ASCII digits, a whole block at a time.

Every function takes one column and returns `(text, present)`: `text` is uint8 [n, width], right-aligned with
NUL on the left (the page drops NUL octets, so short numbers cost nothing), and `present` says which rows have
a value at all, None meaning all of them. The text of an absent row means nothing.

Digits come from tables of four octets: one integer division per group, not one per digit.
"""

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.observations import Flag, Int8, Int64, Real

Text: TypeAlias = tuple[Int8, Flag | None]
Quads: TypeAlias = NDArray[np.uint32]  # four ASCII octets moved as one word

_NANO: Final = 1_000_000_000
_GROUP: Final = 10_000
_NANO_LIMIT: Final = 9.2e9  # the billionths of more than this overflow int64
_ROUNDS_BELOW_TEN: Final = 9.999999999


def _table(texts: list[str]) -> Quads:
    """Lookup table of four-octet texts; in memory order, hence right on any byte order."""
    return np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint32)


# Row g: a group with others before it. Row 10,000 + g: the first group, its leading zeros dropped.
_DIGITS: Final = [f"{g:04}" for g in range(_GROUP)]
_FIRST: Final = [f"{g:\0>4}" for g in range(_GROUP)]
_FOUR: Final = _table([*_DIGITS, "\0" * 4, *_FIRST[1:]])
_LAST_FOUR: Final = _table(_DIGITS + _FIRST)
_POINT_THREE: Final = _table([f".{g:03}" for g in range(1000)])
_THREE: Final = _table([f"{g:03}\0" for g in range(1000)])
_ONE_POINT_TWO: Final = _table([f"{g // 100}.{g % 100:02}" for g in range(1000)])


def whole(values: Int64) -> Text:
    """Integers as decimal digits, exact over all of int64; a negative value is absent."""
    present = values >= 0
    if present.all():
        return _integer(values).view(np.uint8), None
    return _integer(np.where(present, values, 0)).view(np.uint8), present


def instant(wall_ns: Int64) -> Text:
    """Nanoseconds since 1970 as Unix seconds with three decimals; zero and below (never) is absent."""
    present = wall_ns > 0
    milliseconds = np.where(present, wall_ns, 0) // 1_000_000
    seconds = milliseconds // 1000
    text = np.column_stack((_integer(seconds), _POINT_THREE[milliseconds - seconds * 1000]))
    return text.view(np.uint8), None if present.all() else present


def real(values: Real) -> Text:
    """Reals with nine or more decimals, and without where the whole column is integral; NaN is absent.

    The text is within 0.5e-9 of the value, or within float precision of it above 1e6. What does not fit fixed
    point (negative, infinite, 9.2e9 and more) is spelled one by one, in the shortest form that reads back as
    the same float.
    """
    fits = (values >= 0) & (values < _NANO_LIMIT)
    if fits.all():
        return _decimal(values).view(np.uint8), None
    present = ~np.isnan(values)
    text = _decimal(np.where(fits, values, 0.0)).view(np.uint8)
    odd = np.flatnonzero(present & ~fits)
    return (_spell(text, odd, values[odd]) if odd.size else text), present


def spelled(value: float) -> str:
    """One float as both exposition formats write it: `+Inf`, `-Inf`, or Python's shortest exact form."""
    if np.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(float(value))


def _decimal(values: Real) -> Quads:
    """Reals from 0 to the limit in the narrowest form that holds the whole column."""
    if (values == np.rint(values)).all():
        return _integer(values.astype(np.int64))
    if values.max() < _ROUNDS_BELOW_TEN:
        return _below_ten(np.rint(values * (10 * _NANO)).astype(np.int64))
    return _fixed_point(np.rint(values * _NANO).astype(np.int64))


def _below_ten(tenths: Int64) -> Quads:
    """Tenths of a billionth, below ten in all, as `d.dddddddddd`: three words and nothing to pad."""
    high = tenths // _GROUP
    first = high // _GROUP
    text = np.empty((len(tenths), 3), dtype=np.uint32)
    text[:, 0] = _ONE_POINT_TWO[first]
    text[:, 1] = _FOUR[high - first * _GROUP]
    text[:, 2] = _FOUR[tenths - high * _GROUP]
    return text


def _fixed_point(nanos: Int64) -> Quads:
    """Non-negative billionths as decimal text with nine decimals."""
    units = nanos // _NANO
    micros = nanos // 1000
    millis = micros // 1000
    integer = _integer(units)
    text = np.empty((len(nanos), integer.shape[1] + 3), dtype=np.uint32)
    text[:, :-3] = integer
    text[:, -3] = _POINT_THREE[millis - units * 1000]
    text[:, -2] = _THREE[micros - millis * 1000]
    text[:, -1] = _THREE[nanos - micros * 1000]
    return text


def _integer(values: Int64) -> Quads:
    """Non-negative integers as groups of four digits, [n, groups], leading zeros as NUL."""
    groups = -(-len(str(int(values.max(initial=0)))) // 4)
    text = np.empty((len(values), groups), dtype=np.uint32)
    table, rest = _LAST_FOUR, values
    for group in range(groups - 1, -1, -1):
        higher = rest // _GROUP
        text[:, group] = table[rest - higher * _GROUP + (higher == 0) * _GROUP]
        table, rest = _FOUR, higher
    return text


def _spell(text: Int8, odd: NDArray[np.intp], values: Real) -> Int8:
    """`text` with rows `odd` replaced by the spelled values, widened if they need it."""
    words = [spelled(value).encode("ascii") for value in values]
    width = max(text.shape[1], *map(len, words))
    wide = np.zeros((len(text), width), dtype=np.uint8)
    wide[:, width - text.shape[1] :] = text
    padded = b"".join(word.rjust(width, b"\0") for word in words)
    wide[odd] = np.frombuffer(padded, dtype=np.uint8).reshape(len(words), width)
    return wide
