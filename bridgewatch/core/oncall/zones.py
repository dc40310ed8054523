"""Between instants and what clocks on the wall show. Dates are ordinals, times minutes since midnight."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_DAY_MINUTES: Final = 1440
_SECOND_NS: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=65_536)
def instant(zone: str, day: int, minute: int) -> int:
    """The first instant (ns since 1970) at which clocks in `zone` show that minute of that date, or later.

    So a time that a change of clocks skips is the instant of the change, and of one that comes twice it is
    the first. `minute` may be 1440: the next midnight.
    """
    days, rest = divmod(minute, _DAY_MINUTES)
    shown = datetime.fromordinal(day + days) + timedelta(minutes=rest)
    place = ZoneInfo(zone)
    # Of a time that comes twice the first; of one that is skipped the time by the clocks before the change.
    first = shown.replace(tzinfo=place).astimezone(UTC)
    if first.astimezone(place).replace(tzinfo=None) == shown:
        return _ns(first)
    return _ns(_change(place, shown.replace(tzinfo=place, fold=1).astimezone(UTC), first))


def local_day(zone: str, now_ns: int) -> int:
    """The date that clocks in `zone` show at an instant."""
    return local(zone, now_ns).toordinal()


def local(zone: str, now_ns: int) -> datetime:
    """An instant as clocks in `zone` show it, to the second."""
    return (_EPOCH + timedelta(seconds=now_ns // _SECOND_NS)).astimezone(ZoneInfo(zone))


def ordinal(iso_date: str) -> int:
    """The ordinal of an ISO date. Raises ValueError for anything else."""
    return date.fromisoformat(iso_date).toordinal()


def _change(place: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """When the clocks jump between two instants, to the second."""
    offset = before.astimezone(place).utcoffset()
    low, high = 0, round((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(place).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _ns(moment: datetime) -> int:
    return round((moment - _EPOCH).total_seconds()) * _SECOND_NS
