import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.sim.bursts import BurstMap, _is_bad
from bridgewatch.sim.weather import Bursts

MS = 1_000_000
SECOND = 1_000 * MS
SPECS = [
    Bursts(mean_good_ns=10 * SECOND, mean_bad_ns=0.5 * SECOND),
    Bursts(mean_good_ns=3 * SECOND, mean_bad_ns=2 * SECOND, longest_bad_ns=1 * SECOND, least_good_ns=30 * MS),
    Bursts(mean_good_ns=1 * SECOND, mean_bad_ns=0.3 * SECOND, least_good_ns=0.4 * SECOND),
]


def burst_map(specs=SPECS, seed: int = 1) -> BurstMap:
    return BurstMap(specs, np.arange(seed, seed + len(specs), dtype=np.uint64))


def sampled(bursts: Bursts, step_ns: int, count: int) -> np.ndarray:
    """Bad or good at `count` instants, `step_ns` apart."""
    return burst_map([bursts]).bad(np.zeros(count, np.intp), np.arange(count) * step_ns)


def runs(bad: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lengths of the bad and of the good runs that lie wholly inside."""
    edges = np.flatnonzero(np.diff(bad.astype(np.int8)))
    lengths = np.diff(edges)
    first_is_bad = bool(bad[edges[0] + 1])
    return (lengths[0::2], lengths[1::2]) if first_is_bad else (lengths[1::2], lengths[0::2])


@pytest.mark.parametrize("bursts", SPECS)
def test_the_bad_share_is_the_stationary_one(bursts):
    bad = sampled(bursts, 50 * MS, 2_000_000)
    cycles = 2_000_000 * 50 * MS / (bursts.mean_good_ns + bursts.bad_ns())
    # The chunks' beginning good takes at most 1/128 away; the rest is chance, five standard deviations.
    assert bad.mean() == pytest.approx(bursts.bad_share(), rel=1 / 128 + 7 / math.sqrt(cycles))


def test_the_chain_seen_by_probes_is_markov():
    bursts = SPECS[0]
    bad = sampled(bursts, 100 * MS, 2_000_000)
    rate = 1 / bursts.mean_good_ns + 1 / bursts.mean_bad_ns
    share = bursts.bad_share()
    stays = share + (1 - share) * math.exp(-rate * 100 * MS)  # P(bad | bad one step before)
    before = bad[:-1]
    assert bad[1:][before].mean() == pytest.approx(stays, abs=0.005)
    # Markov: what was two steps before adds nothing.
    assert bad[2:][before[1:] & before[:-1]].mean() == pytest.approx(stays, abs=0.006)
    assert bad[2:][before[1:] & ~before[:-1]].mean() == pytest.approx(stays, abs=0.02)


def test_burst_lengths_are_exponential():
    bursts = SPECS[0]
    bad, good = runs(sampled(bursts, 5 * MS, 4_000_000))
    for lengths, mean in ((bad, bursts.mean_bad_ns), (good, bursts.mean_good_ns)):
        seconds = lengths * 5 * MS / mean
        tolerance = 6 / math.sqrt(len(seconds))
        assert seconds.mean() == pytest.approx(1, abs=tolerance + 0.02)
        assert (seconds > 1).mean() == pytest.approx(math.exp(-1), abs=tolerance + 0.02)
        assert (seconds > 2).mean() == pytest.approx(math.exp(-2), abs=tolerance + 0.02)


def test_no_burst_is_longer_than_its_limit():
    bad, _ = runs(sampled(SPECS[1], 10 * MS, 2_000_000))
    assert bad.max() <= 101  # 1 s of samples 10 ms apart
    assert bad.max() >= 95


def test_bursts_keep_their_least_distance():
    _, good = runs(sampled(SPECS[2], 10 * MS, 2_000_000))
    assert good.min() >= 39  # 0.4 s


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_weather_does_not_depend_on_who_asked_before(data):
    queries = data.draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(-(10**13), 10**13)), min_size=1, max_size=60)
    )
    row = np.asarray([q[0] for q in queries])
    at = np.asarray([q[1] for q in queries])
    alone = [bool(burst_map().bad(row[i : i + 1], at[i : i + 1])[0]) for i in range(len(queries))]
    assert burst_map().bad(row, at).tolist() == alone
    cut = data.draw(st.integers(0, len(queries)))
    shared = burst_map()
    assert shared.bad(row[cut:], at[cut:]).tolist() == alone[cut:]
    assert shared.bad(row[:cut], at[:cut]).tolist() == alone[:cut]


def test_elements_of_the_same_kind_have_their_own_bursts():
    both = burst_map([SPECS[0], SPECS[0]])
    at = np.arange(10_000) * 100 * MS
    first, second = (both.bad(np.full(10_000, row), at) for row in (0, 1))
    assert (first != second).any()
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2


def test_impossible_bursts_are_refused():
    with pytest.raises(ValueError, match="good spells"):
        Bursts(1.0, 1.0, least_good_ns=2.0)
    with pytest.raises(ValueError, match="bad spells"):
        Bursts(1.0, 0.0)


def plain_bad(edges: list[float], inside: int) -> bool:
    return sum(edge <= inside for edge in edges) % 2 == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 10), min_size=128, max_size=128), st.lists(st.integers(-1, 700), min_size=1))
def test_bisection_counts_the_edges_that_passed(gaps, instants):
    edges = np.cumsum(gaps)
    found = _is_bad(edges[None, :], np.zeros(len(instants), np.intp), np.asarray(instants))
    assert found.tolist() == [plain_bad(edges.tolist(), inside) for inside in instants]
