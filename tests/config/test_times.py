"""Times as operators write them, and the instants they are."""

# ruff: noqa: DTZ001 - a local time has no zone

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.config.times import instant_ns, parse_day, parse_days, parse_moment, parse_time, parse_window
from bridgewatch.model.bandwidth import Window

ZONES = st.sampled_from(
    ["Asia/Ho_Chi_Minh", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "UTC"]
)
LOCAL = st.datetimes(datetime(2001, 1, 1), datetime(2037, 12, 31)).map(
    lambda moment: moment.replace(second=0, microsecond=0)
)


def test_a_moment_is_local_unless_an_offset_stands_behind_it():
    assert parse_moment("2026-11-25T08:00") == datetime(2026, 11, 25, 8)
    assert parse_moment("2026-11-25 08:00") == datetime(2026, 11, 25, 8)
    assert parse_moment("2026-11-25T08:00+07:00") == datetime(2026, 11, 25, 1, tzinfo=UTC)
    assert parse_moment("2026-11-25t08:00z") == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert parse_moment("2026-12-31 24:00") == datetime(2027, 1, 1)
    assert parse_moment("2026-11-25T24:00+07:00") == datetime(2026, 11, 25, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None,
        5,
        "",
        "tomorrow",
        "2026-11-25",
        "08:00",
        "2026-11-25T24:01",
        "2026-11-25T8:00",
        "2026-13-01T08:00",
        "2026-11-25T08:00+24:00",
        "2026-11-25T08:00 Asia/Tokyo",
        "٢٠٢٦-11-25T08:00",
    ],
)
def test_what_is_no_moment_is_a_mistake(text):
    with pytest.raises(ValueError):  # noqa: PT011 - any mistake will do
        parse_moment(text)


def test_times_of_day_are_minutes_and_the_end_of_a_day_is_midnight():
    assert [parse_time(text) for text in ("00:00", "07:30", "7:30", "23:59", "24:00")] == [
        0,
        450,
        450,
        1439,
        0,
    ]
    for text in (None, "24:01", "07:60", "7h30", "0730", "-1:00"):
        with pytest.raises(ValueError):  # noqa: PT011
            parse_time(text)


def test_days_are_ranges_lists_and_daily():
    assert parse_days("mon-fri") == {1, 2, 3, 4, 5}
    assert parse_days("sat-mon") == {6, 7, 1}
    assert parse_days("sun") == {7}
    assert parse_days("daily") == set(range(1, 8))
    assert parse_days(["sat", "mon-tue"]) == {1, 2, 6}
    for value in (None, [], "", "monday", "mon-", "Mon", ["mon", 5], {"mon": 1}):
        with pytest.raises(ValueError):  # noqa: PT011
            parse_days(value)


def test_a_day_is_kept_as_text():
    assert parse_day("2028-02-29") == "2028-02-29"
    for value in ("2026-02-29", "26-01-01", "2026/01/01", None):
        with pytest.raises(ValueError):  # noqa: PT011
            parse_day(value)


def test_a_skipped_time_is_the_change_and_a_double_one_the_first():
    def utc(moment, zone):
        return datetime.fromtimestamp(instant_ns(moment, zone) / 1e9, UTC)

    spring = datetime(2026, 3, 29, 1, tzinfo=UTC)  # 02:00 to 03:00 in Berlin
    assert {utc(datetime(2026, 3, 29, 2, minute), "Europe/Berlin") for minute in (0, 30, 59)} == {spring}
    assert utc(datetime(2026, 10, 25, 2, 30), "Europe/Berlin") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(LOCAL, ZONES)
def test_an_instant_is_the_first_one_at_which_clocks_show_that_time_or_later(local, zone):
    place = ZoneInfo(zone)
    found = instant_ns(local, zone) // 10**9

    def shown(second):
        return datetime.fromtimestamp(second, UTC).astimezone(place).replace(tzinfo=None)

    assert shown(found) >= local
    assert all(shown(found - 1 - 600 * before) < local for before in range(2 * 144))


@given(LOCAL, st.integers(-14 * 60, 14 * 60))
def test_a_moment_with_an_offset_needs_no_zone(local, minutes):
    offset = timezone(timedelta(minutes=minutes))
    moment = local.replace(tzinfo=offset)
    assert instant_ns(moment, "") == round(moment.timestamp()) * 10**9


@pytest.mark.parametrize(
    ("text", "window"),
    [("22:00-05:00", (1320, 300)), ("0:00 - 24:00", (0, 0)), ("12:00–13:30", (720, 810))],  # noqa: RUF001
)
def test_a_window_of_every_day_may_pass_midnight(text, window):
    assert parse_window(text) == Window(*window)


@pytest.mark.parametrize("text", [None, "", "22:00", "22:00-22:00", "22h-5h", "25:00-05:00", ["22:00-05:00"]])
def test_what_is_no_window_is_a_mistake(text):
    with pytest.raises(ValueError):  # noqa: PT011 - any mistake will do
        parse_window(text)
