"""How many losses prove that a loss ratio lies above a limit.

The lower end of the exact (Clopper-Pearson) confidence interval for k losses of n probes exceeds a limit p
exactly when P(X >= k) < risk for X ~ Binomial(n, p), risk = 1 - confidence. So for each n there is a smallest
k that proves it, and at run time two integers are compared.
"""

from functools import lru_cache
from math import log1p
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.model.observations import Flag, Int64, Real

NO_COUNT: Final = 2**62  # no number of losses proves anything
_BISECTIONS: Final = 200


def tail(k: int, n: int, p: float) -> float:
    """P(X >= k) for X ~ Binomial(n, p), 0 < p < 1, each term from the log of the one before."""
    if k <= 0:
        return 1.0
    if k > n:
        return 0.0
    counts = np.arange(1, n + 1)
    steps = np.log((n - counts + 1) / counts) + (np.log(p) - log1p(-p))
    log_terms = n * log1p(-p) + np.cumsum(steps)  # of exactly 1 ... n losses
    return min(1.0, float(np.exp(log_terms[k - 1 :]).sum()))


def lower_bound(k: int, n: int, confidence: float) -> float:
    """The exact one-sided lower bound of a loss ratio of which k losses in n probes were seen."""
    if k <= 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if tail(k, n, middle) < 1 - confidence:
            low = middle
        else:
            high = middle
    return low


@lru_cache(maxsize=256)
def proving_counts(limit: float, risk: float, most: int) -> Int64:
    """For n = 0 ... `most` probes the smallest count of losses whose lower bound exceeds `limit`.

    Where not even n losses of n prove it, the count is n + 1. Read-only. NO_COUNT everywhere for a limit of 1
    or more; a limit of 0 is exceeded by one loss. The tail is kept up exactly from n to n + 1:
    P(X' >= k) = P(X >= k) + p P(X = k - 1).
    """
    counts = np.full(most + 1, NO_COUNT if limit >= 1 else 1, np.int64)
    if 0 < limit < 1:
        k, above, at = 1, 0.0, 1.0  # P(X >= k) and P(X = k - 1) for n = 0
        for n in range(1, most + 1):
            above += limit * at
            at *= n / (n - k + 1) * (1 - limit)
            while above >= risk:
                at *= (n - k + 1) / k * limit / (1 - limit)
                above = max(above - at, 0.0)
                k += 1
            counts[n] = k
    counts.flags.writeable = False
    return counts


def improbably_few(lost: NDArray[np.integer], known: NDArray[np.integer], ratio: Real, risk: float) -> Flag:
    """Where so few losses would be seen with a chance of at most `risk` if the loss were still `ratio`.

    By Chernoff's bound, P(X <= k) <= exp(-n D(k/n || ratio)) for k/n < ratio, D the Kullback-Leibler
    divergence in nats.
    """
    seen = lost / np.maximum(known, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_losses = np.where(lost > 0, lost * np.log(seen / ratio), 0.0)
        of_replies = np.where(known > lost, (known - lost) * np.log((1 - seen) / (1 - ratio)), 0.0)
    few: Flag = (seen < ratio) & (np.exp(-(of_losses + of_replies)) <= risk)
    return few
