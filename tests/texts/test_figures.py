"""Figures and instants read in one way everywhere, as the language writes them."""

from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.model.words import Language
from bridgewatch.texts.figures import milliseconds, number, percent
from bridgewatch.texts.times import full_time, short_time, time_of_day

VI, EN = Language
SECOND = 1_000_000_000
SAIGON = timezone(timedelta(hours=7))
NOW = 1_795_136_112 * SECOND  # 07:55:12 on 20 November 2026 in Pleiku


@pytest.mark.parametrize(
    ("ratio", "vi", "en"),
    [
        (0.0, "0 %", "0 %"),
        (0.0004, "0,04 %", "0.04 %"),
        (0.007, "0,7 %", "0.7 %"),
        (0.01, "1 %", "1 %"),
        (0.0996, "10 %", "10 %"),
        (0.166, "17 %", "17 %"),
        (1.0, "100 %", "100 %"),
    ],
)
def test_a_ratio_has_a_decimal_only_where_it_matters(ratio: float, vi: str, en: str) -> None:
    assert (percent(ratio, VI), percent(ratio, EN)) == (vi, en)


def test_a_delay_has_the_mark_of_its_language() -> None:
    assert [milliseconds(seconds, VI) for seconds in (0.00321, 0.0481)] == ["3,2 ms", "48 ms"]
    assert [milliseconds(seconds, EN) for seconds in (0.00321, 0.0481)] == ["3.2 ms", "48 ms"]


@given(st.floats(0, 1e6))
def test_a_number_is_as_near_as_it_claims(value: float) -> None:
    shown = float(number(value, EN))
    assert abs(shown - value) <= 0.5 * (1 if value >= 10 else 0.1 if value >= 0.1 else 0.01) * 1.000001
    assert number(value, VI) == number(value, EN).replace(".", ",")


def test_an_instant_is_its_time_and_then_its_date() -> None:
    assert [short_time(NOW, SAIGON, language) for language in Language] == [
        "07:55:12 20/11",
        "07:55:12 20 Nov",
    ]
    assert full_time(NOW, SAIGON, VI) == "07:55:12 20/11/2026"
    assert full_time(NOW, SAIGON, EN) == "07:55:12 20 Nov 2026"
    assert time_of_day(NOW - 60 * SECOND, NOW, SAIGON, VI) == "07:54:12"
    assert time_of_day(NOW - 86_400 * SECOND, NOW, SAIGON, EN) == "07:55:12 19 Nov 2026"
