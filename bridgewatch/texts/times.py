"""How instants and spans read, in the zone of the operators and never in the server's."""

from datetime import UTC, datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bridgewatch.model.words import Language

_NANO: Final = 1_000_000_000
_UNITS: Final = {
    Language.VI: ("ngày", "giờ", "phút", "giây"),
    Language.EN: ("d", "h", "min", "s"),
}


def zone_of(name: str) -> tzinfo:
    """The zone of that name; UTC where the system does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def instant_of(wall_ns: int, zone: tzinfo) -> datetime:
    """An instant as a local time, to the second."""
    return datetime.fromtimestamp(wall_ns // _NANO, zone)


def short_time(wall_ns: int, zone: tzinfo) -> str:
    """`07:55:03 23/11`."""
    return f"{instant_of(wall_ns, zone):%H:%M:%S %d/%m}"


def duration(span_ns: int, language: Language) -> str:
    """The two greatest units: `3 giờ 5 phút`."""
    minutes, seconds = divmod(max(0, span_ns) // _NANO, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = list(zip((days, hours, minutes, seconds), _UNITS[language], strict=True))
    first = next((place for place, (number, _) in enumerate(parts) if number), len(parts) - 1)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2])
