"""Local times are the first instant that shows them, also where clocks jump forward, back, or over a day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.oncall.zones import instant, local, local_day, ordinal
from tests.oncall.reference import Wall
from tests.oncall.worlds import DAY, HOUR, MINUTE, ZONE, at

ZONES = (ZONE, "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia")


def on(day: str, time: str, zone: str) -> int:
    hours, minutes = map(int, time.split(":"))
    return instant(zone, ordinal(day), 60 * hours + minutes)


def test_a_plain_time() -> None:
    assert on("2026-03-01", "08:00", ZONE) == at("2026-03-01 08:00")


def test_a_time_that_is_skipped_is_the_instant_of_the_change() -> None:
    change = on("2026-03-29", "03:00", "Europe/Berlin")
    assert on("2026-03-29", "02:00", "Europe/Berlin") == change
    assert on("2026-03-29", "02:30", "Europe/Berlin") == change
    assert on("2026-03-29", "01:59", "Europe/Berlin") == change - MINUTE


def test_of_a_time_that_comes_twice_it_is_the_first() -> None:
    first = on("2026-10-25", "02:30", "Europe/Berlin")
    assert first == at("2026-10-25 02:30", "Europe/Berlin", fold=0)
    assert first + HOUR == at("2026-10-25 02:30", "Europe/Berlin", fold=1)


def test_half_an_hour_is_a_change_too() -> None:
    assert on("2026-10-04", "02:10", "Australia/Lord_Howe") == on(
        "2026-10-04", "02:30", "Australia/Lord_Howe"
    )


def test_a_whole_day_that_was_skipped_is_the_midnight_it_ended_with() -> None:
    assert on("2011-12-30", "12:00", "Pacific/Apia") == on("2011-12-31", "00:00", "Pacific/Apia")


def test_minute_1440_is_the_next_midnight() -> None:
    assert instant(ZONE, ordinal("2028-02-29"), 1440) == at("2028-03-01 00:00")


def test_the_date_is_the_local_one() -> None:
    assert local_day(ZONE, at("2026-01-01 00:30")) == ordinal("2026-01-01")
    assert local(ZONE, at("2026-01-01 00:30")).minute == 30


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "middle", [(2026, 3, 29), (2026, 10, 25), (2026, 4, 5), (2026, 9, 6), (2011, 12, 30)]
)
def test_every_minute_agrees_with_a_table_of_what_clocks_show(
    zone: str, middle: tuple[int, int, int]
) -> None:
    day = date(*middle)
    around_ns = instant("UTC", day.toordinal(), 0)
    wall = Wall(zone, around_ns - 3 * DAY, around_ns + 3 * DAY)
    for minute in range(-600, 2 * 1440, 7):
        assert instant(zone, day.toordinal(), minute) == wall.first(day, minute)


@given(st.sampled_from(ZONES), st.integers(738_000, 741_000), st.integers(0, 1440), st.integers(0, 1440))
def test_later_times_are_never_earlier_instants(zone: str, day: int, one: int, other: int) -> None:
    first, second = sorted((one, other))
    assert instant(zone, day, first) <= instant(zone, day, second)
