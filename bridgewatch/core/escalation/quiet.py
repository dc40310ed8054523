"""Quiet hours: when they end, and when a time is over of which only what lies outside them counts."""

from typing import Final

from bridgewatch.core.oncall.zones import instant, local_day
from bridgewatch.model.bandwidth import Window

_DAYS: Final = 400  # looked ahead; steps wait for hours


def ends_ns(quiet: Window, zone: str, now_ns: int) -> int | None:
    """When the quiet hours of an instant end, None outside them."""
    today = local_day(zone, now_ns)
    for day in (today - 1, today):
        starts_ns, end_ns = _of_day(quiet, zone, day)
        if starts_ns <= now_ns < end_ns:
            return end_ns
    return None


def over_ns(quiet: Window, zone: str, from_ns: int, wait_ns: int) -> int:
    """The instant at which a wait is over that began at `from_ns`. It is outside quiet hours."""
    at_ns, left_ns = from_ns, wait_ns
    first = local_day(zone, from_ns) - 1
    for day in range(first, first + _DAYS):
        starts_ns, end_ns = _of_day(quiet, zone, day)
        if end_ns <= at_ns:
            continue
        awake_ns = max(0, starts_ns - at_ns)
        if left_ns < awake_ns:
            break
        left_ns -= awake_ns
        at_ns = end_ns
    return at_ns + left_ns


def _of_day(quiet: Window, zone: str, day: int) -> tuple[int, int]:
    """The quiet hours that begin on that date."""
    last = day if quiet.starts < quiet.ends else day + 1
    return instant(zone, day, quiet.starts), instant(zone, last, quiet.ends)
