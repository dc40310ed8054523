"""How often a link went down lately."""

from typing import Final

import numpy as np

from bridgewatch.model.observations import NO_TIME, Flag, Int32, Int64

FLAPPING_DOWNS: Final = 3
FLAPPING_WINDOW_NS: Final = 600_000_000_000  # ten minutes


def record_down(downs: Int64, link: Int32, now: int) -> Flag:
    """Note that each of `link` (unique) went down; True where that is too often.

    `downs` [L+1, FLAPPING_DOWNS] holds the latest instants of each link, newest first.
    """
    downs[link, 1:] = downs[link, :-1]
    downs[link, 0] = now
    oldest = downs[link, -1]
    often: Flag = (oldest != NO_TIME) & (oldest >= now - FLAPPING_WINDOW_NS)
    return often


def settles_ns(downs: Int64, link: Int32) -> Int64:
    """When each of `link` will have had no down for the whole window; the past if it never had one."""
    latest_ns = downs[link, 0]
    return np.where(latest_ns == NO_TIME, NO_TIME, latest_ns + FLAPPING_WINDOW_NS)
