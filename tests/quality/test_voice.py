"""The voice estimate equals the check values of the E-model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.quality.voice import mos_estimate, opinion_score, transmission_rating


@pytest.mark.parametrize(
    ("delay_ms", "loss_percent", "rating", "score"),
    [
        (0, 0, 93.20, 4.409),
        (150, 0, 89.60, 4.329),
        (150, 1, 85.96, 4.228),
        (250, 1, 75.56, 3.846),
        (400, 3, 48.96, 2.521),
    ],
)
def test_known_delays_and_losses_give_the_known_scores(delay_ms, loss_percent, rating, score):
    r = transmission_rating(np.array([delay_ms / 1e3]), np.array([loss_percent / 100]))
    assert r[0] == pytest.approx(rating, abs=0.005)
    assert opinion_score(r)[0] == pytest.approx(score, abs=0.0005)


@given(st.floats(0, 10), st.floats(0, 10), st.floats(0, 1))
def test_a_score_lies_between_1_and_4_5(rtt, jitter, loss):
    assert 1.0 <= mos_estimate(np.array([rtt]), np.array([jitter]), np.array([loss]))[0] <= 4.5


def test_delay_is_half_the_median_and_twice_the_jitter():
    found = mos_estimate(np.array([0.2]), np.array([0.025]), np.array([0.01]))
    assert found[0] == pytest.approx(4.228, abs=0.0005)  # 100 + 50 ms


def test_unknown_delay_is_no_score_and_unknown_jitter_is_none():
    scores = mos_estimate(np.array([np.nan, 0.3]), np.array([0.0, np.nan]), np.array([0.0, 0.0]))
    assert np.isnan(scores[0])
    assert scores[1] == pytest.approx(4.329, abs=0.0005)
