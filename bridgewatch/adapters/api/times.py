"""Instants and durations as people type them; local ones are in the operators' zone."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from bridgewatch.model.phrases import phrase

_NANO: Final = 1_000_000_000
_CLOCK: Final = re.compile(r"(\d{1,2})[:h](\d{2})")
_TURNED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[T ]+(\d{1,2}:\d{2}(?::\d{2})?))?")
_SPAN: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s)?")
_SECONDS: Final = (86_400, 3_600, 60, 1)
_LONGEST_NS: Final = 366 * 86_400 * _NANO
_JUST_NOW_NS: Final = 5 * 60 * _NANO  # who types the time of now is done a little later
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def parse_instant(text: str, zone: tzinfo, *, after_ns: int) -> int:
    """`2026-11-25 13:00`, `25/11/2026 13:00`, with or without an offset, a day alone, or `13:00`.

    A time of day is the first one after `after_ns`; a day alone is its beginning. Raises ValueError for what
    is none of these.
    """
    text = text.strip()
    if clock := _CLOCK.fullmatch(text):
        return _time_of_day(int(clock[1]), int(clock[2]), zone, after_ns)
    if turned := _TURNED.fullmatch(text):
        day, month, year, time = turned.groups()
        text = f"{year}-{int(month):02}-{int(day):02}T{(time or '00:00').zfill(5)}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            phrase("{text} is no time such as 13:00, 2026-11-25 13:00 or 25/11/2026 13:00", text=repr(text))
        ) from None
    return _ns(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def parse_start(text: str, now_ns: int, zone: tzinfo) -> int:
    """When something is to begin: a time of day is the next one, or one that is only just past.

    Raises ValueError as `parse_instant` does.
    """
    return parse_instant(text, zone, after_ns=now_ns - _JUST_NOW_NS)


def parse_past(text: str, now_ns: int, zone: tzinfo) -> int:
    """When something was: a time of day is the latest one that is not to come.

    Raises ValueError as `parse_instant` does.
    """
    return parse_instant(text, zone, after_ns=_day_before(now_ns, zone))


def parse_span(text: str) -> int:
    """`90m`, `2h`, `1h30m` or `2d` in nanoseconds. Raises ValueError for anything else or over a year."""
    parts = _SPAN.fullmatch(text.strip().replace(" ", ""))
    span = (
        sum(int(part or 0) * unit for part, unit in zip(parts.groups(), _SECONDS, strict=True))
        if parts
        else 0
    )
    if not 0 < span * _NANO <= _LONGEST_NS:
        raise ValueError(
            phrase("{text} is no duration such as 30m, 2h, 1h30m or 2d, of at most a year", text=repr(text))
        )
    return span * _NANO


def at(wall_ns: int, zone: tzinfo) -> datetime:
    """An instant as a time with its offset, to the millisecond."""
    return (_EPOCH + timedelta(milliseconds=wall_ns // 1_000_000)).astimezone(zone)


def _time_of_day(hour: int, minute: int, zone: tzinfo, after_ns: int) -> int:
    try:
        that_day = datetime.fromtimestamp(after_ns // _NANO, zone).replace(
            hour=hour, minute=minute, second=0, microsecond=0
        )
    except ValueError:
        raise ValueError(phrase("{text} is no time of day", text=f"{hour}:{minute:02}")) from None
    if _ns(that_day) <= after_ns:
        that_day += timedelta(days=1)
    return _ns(that_day)


def _day_before(now_ns: int, zone: tzinfo) -> int:
    return _ns(datetime.fromtimestamp(now_ns // _NANO, zone) - timedelta(days=1))


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
