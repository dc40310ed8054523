"""Histograms add up, and their quantiles keep the stated error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.quality import histogram
from bridgewatch.core.quality.histogram import BOUNDS, BUCKETS, CarrierHistograms, PathHistograms
from bridgewatch.model.snapshot import CARRIER_RTT_BUCKETS
from tests.quality import reference
from tests.quality.events import rows

durations = st.lists(st.integers(8_000, 3_999_999_999), min_size=1, max_size=80)


def counted(values: list[int]) -> np.ndarray:
    return np.bincount(histogram.bucket(np.array(values, np.int64)), minlength=BUCKETS)


@given(durations, st.sampled_from([1, 5, 50, 90, 95, 99, 100]))
def test_a_quantile_errs_by_no_more_than_the_stated_share(values, q):
    exact = reference.percentile([value * 1e-9 for value in values], q)
    found = float(histogram.quantile(counted(values), q / 100))
    assert found == pytest.approx(exact, rel=histogram.RELATIVE_ERROR + 1e-9)


@given(durations, durations)
def test_the_merged_histogram_is_the_histogram_of_all(left, right):
    merged = histogram.merge(np.stack((counted(left), counted(right))))
    assert merged.tolist() == counted(left + right).tolist()


def test_a_bound_belongs_to_the_bucket_below_it():
    at_one_second = int(histogram.bucket(np.array([1_000_000_000]))[0])
    assert BOUNDS[at_one_second] == 1.0
    assert int(histogram.bucket(np.array([1_000_000_001]))[0]) == at_one_second + 1


def test_an_empty_histogram_has_no_quantile():
    assert np.isnan(histogram.quantile(np.zeros(BUCKETS, np.int64), 0.5))


def test_durations_beyond_the_range_are_counted_at_its_ends():
    ends = histogram.bucket(np.array([0, 1, 4_000_000_001, 2**62]))
    assert ends.tolist() == [0, 0, BUCKETS - 1, BUCKETS - 1]


def test_a_path_counts_its_own_durations_and_a_reset_empties_it():
    paths = PathHistograms(1)
    paths.grow(3)
    paths.observe(rows(0, 2), np.array([10_000_000, 20_000_000]))
    assert paths.view(3).sum(axis=1).tolist() == [1, 0, 1]
    paths.reset(rows(2))
    assert paths.view(3).sum(axis=1).tolist() == [1, 0, 0]
    with pytest.raises(ValueError, match="read-only"):
        paths.view(3)[0, 0] = 1


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 4_000_000_000)), max_size=60))
def test_carrier_histograms_equal_a_plain_count(events):
    carriers = CarrierHistograms()
    carriers.set_groups(4)
    carriers.observe(np.array([g for g, _ in events], np.int64), np.array([d for _, d in events], np.int64))
    counts, sums = carriers.read()
    for group in range(4):
        mine = [d for g, d in events if g == group]
        bounds = [round(bound * 1e9) for bound in CARRIER_RTT_BUCKETS]
        expected = [sum(d <= bound for d in mine) for bound in bounds] + [len(mine)]
        assert counts[group].cumsum().tolist() == expected
        assert sums[group] == pytest.approx(sum(mine) * 1e-9)


def test_groups_keep_their_counts_when_others_come():
    carriers = CarrierHistograms()
    carriers.set_groups(1)
    carriers.observe(np.array([0, 0, -1]), np.array([1_000_000] * 3))
    carriers.set_groups(3)
    assert carriers.read()[0].sum(axis=1).tolist() == [2, 0, 0]
    carriers.set_groups(2)
    assert carriers.read()[0].sum(axis=1).tolist() == [2, 0, 0]
