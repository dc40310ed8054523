"""Delay of one crossing: a floor, and a varying part drawn from a named distribution.

Every distribution is a table of quantiles, so drawing is one lookup for any mixture of them.
"""

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Final

import numpy as np

from bridgewatch.model.observations import Int64, Real

GRID: Final = 4096  # quantiles per table; drawing interpolates between them
_TAIL: Final = 1 / (16 * GRID)  # beyond it the outermost quantiles stand for the tails
_DAY_NS: Final = 86_400_000_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """A distribution up to scale: `constant` 0, `normal` (mean 0, deviation 1) or `gamma` (scale 1)."""

    name: str
    parameter: float = 0.0


CONSTANT: Final = Shape("constant")
NORMAL: Final = Shape("normal")


@dataclass(frozen=True, slots=True)
class Delay:
    """Nanoseconds of one crossing: `floor_ns + unit_ns * X * swing`, never below zero, X drawn from `shape`.

    The swing is the diurnal wave `1 + day_swing * cos(2 pi (t - peak) / day)`, `peak_ns` an instant of the
    monotonic clock at which the queues are fullest.
    """

    floor_ns: int = 0
    unit_ns: float = 0.0
    shape: Shape = CONSTANT
    day_swing: float = 0.0
    peak_ns: int = 0


def constant(delay_ns: int) -> Delay:
    """Always `delay_ns`."""
    return Delay(delay_ns)


def normal(mean_ns: int, deviation_ns: float) -> Delay:
    """Gaussian around `mean_ns`; what would be negative is zero."""
    return Delay(mean_ns, deviation_ns, NORMAL)


def gamma(floor_ns: int, mean_ns: float, shape: float = 2.0) -> Delay:
    """A floor and gamma distributed queueing of mean `mean_ns`; shape 1 is exponential."""
    return Delay(floor_ns, mean_ns / shape, Shape("gamma", shape))


def diurnal(delay: Delay, day_swing: float, peak_ns: int) -> Delay:
    """`delay` with queues that breathe by day: at `peak_ns` they are 1 + `day_swing` times as long."""
    return Delay(delay.floor_ns, delay.unit_ns, delay.shape, day_swing, peak_ns)


@cache
def quantiles(shape: Shape) -> Real:
    """The quantiles [GRID + 1] of `shape` at 0, 1/GRID, ..., 1. Raises ValueError for an unknown shape."""
    at = np.clip(np.arange(GRID + 1) / GRID, _TAIL, 1 - _TAIL)
    if shape.name == "constant":
        return np.zeros(GRID + 1)
    if shape.name == "normal":
        return np.asarray([NormalDist().inv_cdf(float(p)) for p in at])
    if shape.name == "gamma" and shape.parameter > 0:
        return _gamma_quantiles(shape.parameter, at)
    raise ValueError(f"no distribution {shape.name!r} with parameter {shape.parameter}")


def _gamma_quantiles(k: float, at: Real) -> Real:
    """Quantiles by inverting the integral of the density.

    With y = x**k the density x**(k-1) e**-x dx becomes e**-x dy / k, which has no pole at 0 for k < 1.
    """
    x = np.linspace(0.0, 1.0, 40_001) ** 3 * (k + 14 * math.sqrt(k) + 30)
    y = x**k
    density = np.exp(-x) / math.exp(math.lgamma(k + 1))
    mass = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(y))))
    return np.interp(at, mass / mass[-1], x)


def day_wave(at_ns: Int64, swing: Real, peak_ns: Int64) -> Real:
    """The diurnal factor of each crossing; arguments broadcast."""
    phase = ((at_ns - peak_ns) % _DAY_NS) * (2 * math.pi / _DAY_NS)
    return np.asarray(1.0 + swing * np.cos(phase))


class Quantiles:
    """The tables of several shapes behind one another, for lookups by (shape number, probability)."""

    def __init__(self, shapes: tuple[Shape, ...]) -> None:
        self._numbers = {shape: number for number, shape in enumerate(shapes)}
        tables = np.stack([quantiles(shape) for shape in shapes])
        self._value: Real = tables[:, :-1].ravel().copy()
        self._slope: Real = np.diff(tables, axis=1).ravel()

    def number(self, shape: Shape) -> int:
        """The number of `shape`, as `draw` wants it. Raises KeyError for a shape not given at the start."""
        return self._numbers[shape]

    def draw(self, number: Int64, probability: Real) -> Real:
        """The value of shape `number` at each `probability` in (0, 1); same form as the arguments."""
        position = probability * GRID
        cell = position.astype(np.int64)
        position -= cell
        cell += number * GRID
        position *= self._slope[cell]
        position += self._value[cell]
        return position
