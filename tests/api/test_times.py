"""Times as people type them."""

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.api.times import at, parse_instant, parse_past, parse_span, parse_start
from tests.answers.desk import NOW_NS

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SECOND_NS = 10**9


def local(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()) * SECOND_NS


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("13:00", "2026-11-25T13:00"),
        ("7h05", "2026-11-25T07:05"),
        ("2026-11-26 13:00", "2026-11-26T13:00"),
        ("2026-11-26T13:00:30", "2026-11-26T13:00:30"),
        ("2026-11-26T06:00Z", "2026-11-26T13:00"),
        ("26/11/2026 13:00", "2026-11-26T13:00"),
        ("1/2/2027 7:05", "2027-02-01T07:05"),
        ("2026-11-27", "2026-11-27T00:00"),
        ("27/11/2026", "2026-11-27T00:00"),
    ],
)
def test_a_time_without_an_offset_is_local(text: str, meant: str) -> None:
    assert parse_instant(text, ZONE, after_ns=local("2026-11-25T06:00")) == local(meant)


def test_a_time_of_day_after_another_may_be_tomorrow() -> None:
    starts_ns = local("2026-11-25T22:00")
    assert parse_instant("02:00", ZONE, after_ns=starts_ns) == local("2026-11-26T02:00")
    assert parse_instant("23:00", ZONE, after_ns=starts_ns) == local("2026-11-25T23:00")
    assert parse_instant("22:00", ZONE, after_ns=starts_ns) == local("2026-11-26T22:00")


@pytest.mark.parametrize(
    ("now", "text", "begins"),
    [
        ("2026-11-25T10:43", "02:00", "2026-11-26T02:00"),
        ("2026-11-25T10:43", "22:00", "2026-11-25T22:00"),
        ("2026-11-25T10:43", "10:43", "2026-11-25T10:43"),
        ("2026-11-25T10:43", "10:40", "2026-11-25T10:40"),
        ("2026-11-25T10:43", "10:37", "2026-11-26T10:37"),
        ("2026-11-25T00:02", "23:58", "2026-11-24T23:58"),
        ("2026-11-25T10:43", "2026-11-25 02:00", "2026-11-25T02:00"),
    ],
)
def test_what_is_to_begin_at_a_time_of_day_begins_at_the_next_one(now: str, text: str, begins: str) -> None:
    assert parse_start(text, local(now), ZONE) == local(begins)


@pytest.mark.parametrize(
    ("now", "text", "was"),
    [
        ("2026-11-25T10:43", "08:00", "2026-11-25T08:00"),
        ("2026-11-25T10:43", "11:30", "2026-11-24T11:30"),
        ("2026-11-25T10:43", "10:43", "2026-11-25T10:43"),
        ("2026-11-25T10:43", "27/11/2026", "2026-11-27T00:00"),
    ],
)
def test_what_was_at_a_time_of_day_was_at_the_latest_one(now: str, text: str, was: str) -> None:
    assert parse_past(text, local(now), ZONE) == local(was)


@given(st.integers(NOW_NS // SECOND_NS, NOW_NS // SECOND_NS + 400 * 86_400), st.integers(0, 24 * 60 - 1))
def test_of_all_days_one_alone_has_that_time_of_day_near_enough(now_s: int, minute: int) -> None:
    midnight = datetime.fromtimestamp(now_s, ZONE).replace(hour=0, minute=0, second=0)
    meant_s = [int((midnight + timedelta(days, 60 * minute)).timestamp()) for days in (-1, 0, 1)]
    text = f"{minute // 60:02}:{minute % 60:02}"
    starts_s, was_s = (
        parse(text, now_s * SECOND_NS, ZONE) // SECOND_NS for parse in (parse_start, parse_past)
    )
    assert [starts_s] == [one for one in meant_s if -300 < one - now_s <= 86_400 - 300]
    assert [was_s] == [one for one in meant_s if -86_400 < one - now_s <= 0]


@pytest.mark.parametrize("text", ["", "soon", "25:00", "12:60", "31/02/2027 10:00", "2026-13-01 10:00", "13"])
def test_what_is_no_time_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        parse_instant(text, ZONE, after_ns=NOW_NS)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("2d", 172_800), ("45s", 45), ("90 min", 5400)],
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_span(text) == seconds * SECOND_NS


@pytest.mark.parametrize("text", ["", "0h", "2", "h", "-2h", "1.5h", "400d", "2h 3x", "9" * 40 + "h"])
def test_what_is_no_duration_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="no duration"):
        parse_span(text)


@given(st.integers(0, 4 * 10**18))
def test_an_instant_comes_back_to_the_millisecond(wall_ns: int) -> None:
    shown = at(wall_ns, ZONE)
    assert shown.tzinfo is not None
    assert (shown - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() == pytest.approx(
        wall_ns / 1e9, abs=2e-3
    )


@given(st.text(max_size=30))
def test_no_text_is_worse_than_refused(text: str) -> None:
    for parse in (lambda: parse_instant(text, ZONE, after_ns=NOW_NS), lambda: parse_span(text)):
        with contextlib.suppress(ValueError):
            assert parse() > 0
