"""The counts that prove a loss are exact, and what is called improbable is."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.health.evidence import NO_COUNT, improbably_few, lower_bound, proving_counts, tail


def exact_tail(k: int, n: int, p: Fraction) -> Fraction:
    return sum((comb(n, x) * p**x * (1 - p) ** (n - x) for x in range(k, n + 1)), Fraction(0))


limits = st.integers(1, 400).map(lambda thousandths: Fraction(thousandths, 1000))


@given(limits, st.integers(1, 60), st.integers(0, 61))
def test_the_tail_is_the_exact_binomial_sum(p, n, k):
    assert tail(k, n, float(p)) == pytest.approx(float(exact_tail(k, n, p)), rel=1e-9)


@pytest.mark.parametrize("confidence", [0.95, 0.9999])
def test_the_lower_bound_has_its_closed_forms(confidence):
    risk = 1 - confidence
    assert lower_bound(7, 7, confidence) == pytest.approx(risk ** (1 / 7))  # all lost
    assert lower_bound(1, 50, confidence) == pytest.approx(1 - (1 - risk) ** (1 / 50))
    assert lower_bound(0, 50, confidence) == 0.0


@given(limits, st.sampled_from([1e-2, 1e-4, 1e-9]))
def test_a_proving_count_is_the_fewest_losses_whose_bound_exceeds_the_limit(limit, risk):
    counts = proving_counts(float(limit), risk, 40)
    for n in range(1, 41):
        k = int(counts[n])
        assert k == n + 1 or exact_tail(k, n, limit) < risk * (1 + 1e-9)
        assert exact_tail(k - 1, n, limit) >= risk * (1 - 1e-9)


@pytest.mark.parametrize("n", [150, 750, 3000, 15000])
@pytest.mark.parametrize("risk", [1e-4, 2e-10])
def test_long_tables_stay_exact(n, risk):
    k = int(proving_counts(0.01, risk, 15000)[n])
    assert tail(k, n, 0.01) < risk <= tail(k - 1, n, 0.01)
    assert lower_bound(k, n, 1 - 1e-4) > 0.01


def test_bounds_and_counts_say_the_same():
    counts = proving_counts(0.03, 1e-4, 200)
    for n in range(1, 201):
        assert lower_bound(int(counts[n]) - 1, n, 0.9999) <= 0.03
        assert counts[n] > n or lower_bound(int(counts[n]), n, 0.9999) > 0.03


def test_no_loss_exceeds_a_limit_of_one_and_one_exceeds_zero():
    assert (proving_counts(1.0, 1e-4, 5) == NO_COUNT).all()
    assert (proving_counts(0.0, 1e-4, 5) == 1).all()


@given(st.integers(0, 80), st.integers(1, 80), limits)
def test_what_is_called_improbable_is_at_least_so_improbable(lost, known, ratio):
    lost = min(lost, known)
    if improbably_few(np.array([lost]), np.array([known]), np.array([float(ratio)]), 1e-2)[0]:
        assert 1 - exact_tail(lost + 1, known, ratio) <= Fraction(1, 100)


def test_a_clean_run_is_improbable_only_if_it_is_long():
    clean = improbably_few(np.array([0, 0]), np.array([60, 80]), np.array([0.1, 0.1]), 1e-3)
    assert clean.tolist() == [False, True]
