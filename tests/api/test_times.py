"""Times as people type them."""

import contextlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.adapters.api.times import at, parse_instant, parse_span
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
    ],
)
def test_a_time_without_an_offset_is_local(text: str, meant: str) -> None:
    assert parse_instant(text, NOW_NS, ZONE) == local(meant)


def test_a_time_of_day_after_another_may_be_tomorrow() -> None:
    starts_ns = local("2026-11-25T22:00")
    assert parse_instant("02:00", NOW_NS, ZONE, after_ns=starts_ns) == local("2026-11-26T02:00")
    assert parse_instant("23:00", NOW_NS, ZONE, after_ns=starts_ns) == local("2026-11-25T23:00")
    assert parse_instant("22:00", NOW_NS, ZONE, after_ns=starts_ns) == local("2026-11-26T22:00")


@pytest.mark.parametrize("text", ["", "soon", "25:00", "12:60", "31/02/2027 10:00", "2026-13-01 10:00", "13"])
def test_what_is_no_time_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        parse_instant(text, NOW_NS, ZONE)


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
    for parse in (lambda: parse_instant(text, NOW_NS, ZONE), lambda: parse_span(text)):
        with contextlib.suppress(ValueError):
            assert parse() > 0
