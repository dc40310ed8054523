"""How instants and spans read, in the zone of the operators and never in the server's.

An instant is its time and then its date: `07:55:03 23/11/2026`, in English `07:55:03 23 Nov 2026`.
"""

from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_datetime

from bridgewatch.model.words import Language

_NANO: Final = 1_000_000_000
_UNITS: Final = {
    Language.VI: ("ngày", "giờ", "phút", "giây"),
    Language.EN: ("d", "h", "min", "s"),
}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zone_of(name: str) -> tzinfo:
    """The zone of that name; UTC where the system does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def instant_of(wall_ns: int, zone: tzinfo) -> datetime:
    """An instant as a local time, to the second."""
    return datetime.fromtimestamp(wall_ns // _NANO, zone)


def day(at: datetime, language: Language) -> str:
    """`23/11`, in English `23 Nov`."""
    return f"{at:%d/%m}" if language is Language.VI else f"{at.day} {_MONTHS[at.month - 1]}"


def date(at: datetime, language: Language) -> str:
    """`23/11/2026`, in English `23 Nov 2026`."""
    return f"{day(at, language)}{'/' if language is Language.VI else ' '}{at.year:04}"


def short_time(wall_ns: int, zone: tzinfo, language: Language) -> str:
    """`07:55:03 23/11`."""
    at = instant_of(wall_ns, zone)
    return f"{at:%H:%M:%S} {day(at, language)}"


def short_moment(at: datetime, language: Language) -> str:
    """`07:55 23/11`."""
    return f"{at:%H:%M} {day(at, language)}"


def weekday_moment(at: datetime, language: Language) -> str:
    """`07:55 Th 2 23/11/2026`, in English `07:55 Mon 23 Nov 2026`; with seconds where there are any."""
    time = f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
    return f"{time} {format_datetime(at, 'EEE', locale=language.value)} {date(at, language)}"


def full_time(wall_ns: int, zone: tzinfo, language: Language) -> str:
    """`07:55:03 23/11/2026`."""
    at = instant_of(wall_ns, zone)
    return f"{at:%H:%M:%S} {date(at, language)}"


def time_of_day(wall_ns: int, now_ns: int, zone: tzinfo, language: Language) -> str:
    """`07:55:03`; with its date where that is not today's."""
    at = instant_of(wall_ns, zone)
    if at.date() == instant_of(now_ns, zone).date():
        return f"{at:%H:%M:%S}"
    return full_time(wall_ns, zone, language)


def duration(span_ns: int, language: Language) -> str:
    """The two greatest units: `3 giờ 5 phút`."""
    minutes, seconds = divmod(max(0, span_ns) // _NANO, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = list(zip((days, hours, minutes, seconds), _UNITS[language], strict=True))
    first = next((place for place, (number, _) in enumerate(parts) if number), len(parts) - 1)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2])
