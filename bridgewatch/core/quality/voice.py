"""The E-model of ITU-T G.107, reduced to delay and loss: an estimate for voice, not a verdict on video."""

from typing import Final

import numpy as np

from bridgewatch.model.observations import Real

_BEST_R: Final = 93.2
_PACKET_LOSS_ROBUSTNESS: Final = 25.1  # Bpl of G.711 with concealment (ITU-T G.113)
_SECONDS_TO_MS: Final = 1e3


def transmission_rating(delay: Real, loss_ratio: Real) -> Real:
    """R from the one-way delay in seconds, jitter buffer included, and the loss ratio.

    R = 93.2 - Id - Ie; Id = 0.024 d + 0.11 (d - 177.3) where d > 177.3, d in ms;
    Ie = 95 Ppl / (Ppl + Bpl), Ppl in percent.
    """
    d, percent = delay * _SECONDS_TO_MS, loss_ratio * 100
    delay_impairment = 0.024 * d + 0.11 * np.maximum(d - 177.3, 0.0)
    loss_impairment = 95.0 * percent / (percent + _PACKET_LOSS_ROBUSTNESS)
    return _BEST_R - delay_impairment - loss_impairment


def opinion_score(rating: Real) -> Real:
    """MOS from R: 1 + 0.035 R + 7e-6 R (R - 60) (100 - R), within 1 ... 4.5; 1 for R < 0 (G.107 annex B)."""
    r = np.clip(rating, 0.0, 100.0)
    return np.clip(1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r), 1.0, 4.5)


def mos_estimate(median_rtt: Real, jitter_rfc3550: Real, loss_ratio: Real) -> Real:
    """MOS of a path; NaN where its delay or loss is not known.

    One-way delay is half the median RTT (seconds) plus a jitter buffer of twice the rfc3550 jitter (seconds;
    NaN, not known yet, counts as none).
    """
    delay = median_rtt / 2 + 2 * np.nan_to_num(jitter_rfc3550)
    return opinion_score(transmission_rating(delay, loss_ratio))
