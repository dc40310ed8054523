"""Times as operators write them, and the instants that they are in a zone.

The tree keeps `07:30` and `2026-11-25T08:00` as text. A time without an offset is a local one, and nobody can
say which instant it is without a zone; so documents hold the written time, and building resolves it.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import PlainValidator

from bridgewatch.config.errors import describe, mistake
from bridgewatch.config.scalars import described
from bridgewatch.core.oncall.zones import instant
from bridgewatch.model.bandwidth import Window
from bridgewatch.model.phrases import phrase

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY: Final = 24 * 60

_DAYS: Final = phrase("days such as mon-fri, [sat, sun] or daily")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS: Final = range(2000, 2200)
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d) ?(Z|[+-]\d\d:\d\d)?", re.ASCII | re.IGNORECASE)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TURNED: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(.*)", re.ASCII)
_TIME: Final = re.compile(r"(\d{1,2}):(\d\d)", re.ASCII)
_WINDOW: Final = re.compile(r"(\d{1,2}:\d\d) ?[-–] ?(\d{1,2}:\d\d)", re.ASCII)  # noqa: RUF001 - as people type it
_RANGE: Final = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")


def parse_moment(value: Any) -> datetime:
    """`2026-11-25T08:00`, aware with an offset (`+07:00` or `Z`) behind it and naive without.

    `24:00` is the midnight at the end of the day.
    """
    match = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise mistake(phrase("a time such as {example}", example=_straight(value) or "2026-11-25T08:00"))
    offset = (match[3] or "").upper().replace("Z", "+00:00")
    at_end = match[2] == "24:00"
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{'00:00' if at_end else match[2]}{offset}")
        moment += timedelta(days=at_end)
    except (ValueError, OverflowError):
        raise mistake(phrase("a day and a time of day that exist")) from None
    _check_year(moment.year)
    return moment


def parse_day(value: Any) -> str:
    """`2026-11-25`, as it is written."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise mistake(phrase("a day such as {example}", example=_straight(value) or "2026-11-25"))
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise mistake(phrase("a day that exists")) from None
    _check_year(day.year)
    return day.isoformat()


def parse_time(value: Any) -> int:
    """`07:30` in minutes since midnight; `24:00` is the midnight at the end of a day, and so 0."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    minutes = 60 * int(match[1]) + int(match[2]) if match and int(match[2]) < 60 else -1  # noqa: PLR2004
    if not 0 <= minutes <= MINUTES_A_DAY:
        raise mistake(phrase("a time of day such as 07:30"))
    return minutes % MINUTES_A_DAY


def parse_window(value: Any) -> Window:
    """`22:00-05:00`, a time of every day; it may pass midnight."""
    match = _WINDOW.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise mistake(phrase("times of day such as 22:00-05:00"))
    window = Window(parse_time(match[1]), parse_time(match[2]))
    if match[1] == match[2]:
        found = phrase("{value}, which is no time at all", value=describe(value))
        raise mistake(phrase("an end of its own; a whole day is 00:00-24:00"), found)
    return window


def parse_days(value: Any) -> frozenset[int]:
    """ISO weekdays: `mon-fri`, `sat`, `daily`, or a list of such."""
    texts = value if isinstance(value, list) else [value]
    days = frozenset(day for text in texts for day in _days(text))
    if not days:
        raise mistake(_DAYS)
    return days


def _days(text: Any) -> frozenset[int]:
    if text == "daily":
        return frozenset(range(1, 8))
    match = _RANGE.fullmatch(text) if isinstance(text, str) else None
    if match is None or not {match[1], match[2] or match[1]} <= set(WEEKDAYS):
        raise mistake(_DAYS)
    first, last = WEEKDAYS.index(match[1]), WEEKDAYS.index(match[2] or match[1])
    return frozenset(1 + (first + n) % 7 for n in range((last - first) % 7 + 1))


def parse_zone(value: Any) -> str:
    """The name of a time zone. A machine without a time zone database cannot judge, and takes any."""
    if isinstance(value, str) and (zone_exists(value) or not available_timezones()):
        return value
    raise mistake(phrase("a time zone such as Asia/Ho_Chi_Minh"))


def zone_exists(name: str) -> bool:
    """Whether this machine knows a zone of that name."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


def instant_ns(moment: datetime, zone: str) -> int:
    """Nanoseconds since 1970 in UTC of a moment; a naive one is a local time of `zone`, which exists.

    Local times that a change of clocks skips are the instant of the change; of those that come twice, the
    first.
    """
    if moment.tzinfo is None:
        return instant(zone, moment.toordinal(), 60 * moment.hour + moment.minute)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


def _straight(value: Any) -> str | None:
    """A day as people say it, `25/11/2026`, with the year first."""
    match = _TURNED.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    day = f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
    return f"{day}T{match[4].strip()}" if match[4].strip() else day


def _check_year(year: int) -> None:
    if year not in _YEARS:
        first, last = str(_YEARS.start), str(_YEARS.stop - 1)
        raise mistake(phrase("a year from {first} to {last}", first=first, last=last))


Moment = Annotated[
    datetime, PlainValidator(parse_moment), described("string", "2026-11-25T08:00, or with +07:00 behind it")
]
Day = Annotated[str, PlainValidator(parse_day), described("string", "a day: 2026-11-25")]
TimeOfDay = Annotated[int, PlainValidator(parse_time), described("string", "a time of day: 07:30")]
DailyWindow = Annotated[
    Window, PlainValidator(parse_window), described("string", "times of day: 22:00-05:00")
]
Weekdays = Annotated[
    frozenset[int],
    PlainValidator(parse_days),
    described(["string", "array"], "days: mon-fri, daily, [sat, sun]"),
]
Zone = Annotated[str, PlainValidator(parse_zone), described("string", "a time zone: Asia/Ho_Chi_Minh")]
