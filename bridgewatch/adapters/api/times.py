"""Instants and durations as people type them; local ones are in the operators' zone."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from bridgewatch.model.phrases import phrase

_NANO: Final = 1_000_000_000
_CLOCK: Final = re.compile(r"(\d{1,2})[:h](\d{2})")
_TURNED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})[T ]+(\d{1,2}:\d{2}(?::\d{2})?)")
_SPAN: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?(?:(\d+)s)?")
_SECONDS: Final = (86_400, 3_600, 60, 1)
_LONGEST_NS: Final = 366 * 86_400 * _NANO
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def parse_instant(text: str, now_ns: int, zone: tzinfo, *, after_ns: int | None = None) -> int:
    """`2026-11-25 13:00`, `25/11/2026 13:00`, with or without an offset, or `13:00` for today.

    With `after_ns` a time of day is the first one after that. Raises ValueError for what is none of these.
    """
    text = text.strip()
    if clock := _CLOCK.fullmatch(text):
        return _time_of_day(int(clock[1]), int(clock[2]), now_ns, zone, after_ns)
    if turned := _TURNED.fullmatch(text):
        day, month, year, time = turned.groups()
        text = f"{year}-{int(month):02}-{int(day):02}T{time.zfill(5)}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            phrase("{text} is no time such as 13:00, 2026-11-25 13:00 or 25/11/2026 13:00", text=repr(text))
        ) from None
    return _ns(moment if moment.tzinfo else moment.replace(tzinfo=zone))


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


def _time_of_day(hour: int, minute: int, now_ns: int, zone: tzinfo, after_ns: int | None) -> int:
    try:
        today = datetime.fromtimestamp((after_ns or now_ns) // _NANO, zone).replace(
            hour=hour, minute=minute, second=0, microsecond=0
        )
    except ValueError:
        raise ValueError(phrase("{text} is no time of day", text=f"{hour}:{minute:02}")) from None
    if after_ns is not None and _ns(today) <= after_ns:
        today += timedelta(days=1)
    return _ns(today)


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
