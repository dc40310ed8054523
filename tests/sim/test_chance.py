import math

import numpy as np
import pytest

from bridgewatch.sim.chance import counters, high_uniform, lanes, low_uniform, mix, name_key
from bridgewatch.sim.delay import (
    CONSTANT,
    GRID,
    NORMAL,
    Quantiles,
    Shape,
    constant,
    day_wave,
    diurnal,
    gamma,
    quantiles,
)
from bridgewatch.sim.delay import normal as normal_delay

DAY = 86_400_000_000_000


def plain_splitmix(state: int) -> int:
    """The published generator's output for one state, in plain integers."""
    word = 2**64 - 1
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & word
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & word
    return state ^ (state >> 31)


def test_mixing_is_splitmix64():
    words = [0, 1, 2**63, 2**64 - 1, 0x9E3779B97F4A7C15]
    assert mix(np.asarray(words, np.uint64)).tolist() == [plain_splitmix(word) for word in words]


def test_splitmix64_of_seed_zero_begins_as_published():
    assert int(mix(np.asarray([0x9E3779B97F4A7C15], np.uint64))[0]) == 0xE220A8397B1DCDAF


def test_a_name_key_depends_on_seed_and_name():
    assert len({name_key(seed, name) for seed in range(10) for name in ("a", "b", "ab")}) == 30


def test_counters_and_lanes_never_meet():
    key = np.full(2_000, name_key(1, "path"), np.uint64)
    words = mix(counters(key, np.arange(-1_000, 1_000))[:, None] + lanes(0, 50))
    assert len(np.unique(words)) == 2_000 * 50


def test_both_halves_of_a_word_are_uniform_and_independent():
    words = mix(counters(np.full(200_000, 42, np.uint64), np.arange(200_000)))
    high, low = high_uniform(words), low_uniform(words)
    for draws in (high, low):
        counts = np.histogram(draws, 50, (0, 1))[0]
        chi2 = ((counts - 4_000) ** 2 / 4_000).sum()
        assert 15 < chi2 < 110  # 49 degrees of freedom
        assert draws.min() > 0
        assert draws.max() < 1
    assert abs(np.corrcoef(high, low)[0, 1]) < 0.012  # five standard deviations


def drawn(shape: Shape, count: int = 100_000) -> np.ndarray:
    return Quantiles((CONSTANT, shape)).draw(np.ones(count, np.int64), (np.arange(count) + 0.5) / count)


def test_a_normal_delay_has_its_mean_and_deviation():
    draws = drawn(NORMAL)
    assert abs(draws.mean()) < 1e-6
    assert draws.std() == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("k", [0.5, 1.0, 2.0, 7.5])
def test_a_gamma_delay_has_its_mean_and_deviation(k):
    draws = drawn(Shape("gamma", k))
    assert draws.mean() == pytest.approx(k, rel=2e-3)
    assert draws.std() == pytest.approx(math.sqrt(k), rel=1e-2)


def test_gamma_quantiles_are_those_of_the_closed_form():
    erlang = quantiles(Shape("gamma", 2.0))[1:GRID]
    share = 1 - np.exp(-erlang) * (1 + erlang)
    assert np.abs(share - np.arange(1, GRID) / GRID).max() < 1e-6
    exponential = quantiles(Shape("gamma", 1.0))[1:GRID]
    assert np.abs(exponential + np.log1p(-np.arange(1, GRID) / GRID)).max() < 1e-4


def test_an_unknown_shape_is_refused():
    for shape in (Shape("cauchy"), Shape("gamma", 0.0)):
        with pytest.raises(ValueError, match="no distribution"):
            quantiles(shape)


def test_delays_are_named_by_what_they_mean():
    assert constant(7).floor_ns == 7
    assert (normal_delay(10, 2.0).floor_ns, normal_delay(10, 2.0).unit_ns) == (10, 2.0)
    assert (gamma(10, 6.0, 3.0).floor_ns, gamma(10, 6.0, 3.0).unit_ns) == (10, 2.0)
    swinging = diurnal(gamma(10, 6.0), 0.5, 99)
    assert (swinging.day_swing, swinging.peak_ns, swinging.floor_ns) == (0.5, 99, 10)


def test_the_day_swings_between_its_peak_and_its_trough():
    at = np.asarray([5, 5 + DAY // 4, 5 + DAY // 2, 5 + DAY])
    wave = day_wave(at, np.full(4, 0.5), np.full(4, 5))
    assert wave == pytest.approx([1.5, 1.0, 0.5, 1.5])
