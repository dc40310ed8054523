"""The daily times in which tests run by themselves, between instants and local clocks."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from bridgewatch.core.oncall.zones import instant, local_day
from bridgewatch.model.bandwidth import Window

_DAYS: Final = 3  # a window opens every day; the third is for a day whose window a change of clocks swallows


class Opening(NamedTuple):
    """A time in which tests may run, [from_ns, to_ns)."""

    from_ns: int
    to_ns: int


def openings(windows: Sequence[Window], zone: str, now_ns: int) -> list[Opening]:
    """Those open now or opening within the next two days, by their beginning; they may overlap.

    A window whose end is not after its start ends the next day. By changes of clocks as rosters have it.
    """
    today = local_day(zone, now_ns)
    found = set()
    for window in windows:
        for day in range(today - 1, today + _DAYS):
            ends = day + (window.ends <= window.starts)
            opening = Opening(instant(zone, day, window.starts), instant(zone, ends, window.ends))
            if opening.from_ns < opening.to_ns and opening.to_ns > now_ns:
                found.add(opening)
    return sorted(found)


def next_start(windows: Sequence[Window], zone: str, now_ns: int, length_ns: int) -> int | None:
    """The first instant from `now_ns` on at which something of that length fits into a window.

    Without windows, now. None: no window is that long.
    """
    if not windows:
        return now_ns
    for opening in openings(windows, zone, now_ns):
        start_ns = max(now_ns, opening.from_ns)
        if start_ns + length_ns <= opening.to_ns:
            return start_ns
    return None
