"""Plain letters for SMS, and numbers and codes as they are read aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.model.words import Language
from bridgewatch.texts.messages.gsm import clip, plain
from bridgewatch.texts.messages.numbers import number, spelled, time_of_day
from bridgewatch.texts.messages.spoken import speakable
from bridgewatch.texts.messages.tongue import Tongue, parts_of

SECOND = 1_000_000_000


def test_vietnamese_loses_its_marks_and_no_letter() -> None:
    assert plain("Đường truyền ở ấp Ưng Đắk Ngọc Ỹ") == "Duong truyen o ap Ung Dak Ngoc Y"
    assert plain("[a] {b} | c~d\\e — “f”…\u00a0g") == '(a) (b) / c-d/e - "f"... g'
    assert plain("会\nжи") == "? ??"


@given(st.text())
def test_plain_text_is_gsm_without_extension_and_in_one_line(text: str) -> None:
    made = plain(text)
    assert all(" " <= sign <= "~" and sign not in "[]{}\\|~^`" for sign in made)
    assert plain(made) == made


@given(st.text("abc ,."), st.integers(0, 20))
def test_a_clipped_text_fits(text: str, room: int) -> None:
    assert len(clip(text, room)) <= room
    assert clip(text, len(text)) == text


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (0, "không", "zero"),
        (5, "năm", "five"),
        (10, "mười", "ten"),
        (11, "mười một", "eleven"),
        (15, "mười lăm", "fifteen"),
        (21, "hai mươi mốt", "twenty-one"),
        (55, "năm mươi lăm", "fifty-five"),
        (100, "một trăm", "one hundred"),
        (104, "một trăm linh bốn", "one hundred and four"),
        (115, "một trăm mười lăm", "one hundred and fifteen"),
        (1_005, "một nghìn không trăm linh năm", "one thousand and five"),
        (3_321, "ba nghìn ba trăm hai mươi mốt", "three thousand three hundred and twenty-one"),
        (
            22_726,
            "hai mươi hai nghìn bảy trăm hai mươi sáu",
            "twenty-two thousand seven hundred and twenty-six",
        ),
    ],
)
def test_numbers_are_read_as_people_read_them(value: int, vi: str, en: str) -> None:
    assert number(value, Language.VI) == vi
    assert number(value, Language.EN) == en


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_different_numbers_sound_different(one: int, other: int) -> None:
    for language in Language:
        if abs(one) != abs(other):
            assert number(one, language) != number(other, language)
        assert not any(sign.isdigit() for sign in number(one, language))


def test_codes_are_spelled() -> None:
    assert spelled("K7F2", Language.VI) == "K, bảy, F, hai"
    assert spelled("K7F2", Language.EN) == "K, seven, F, two"


@pytest.mark.parametrize(
    ("hour", "minute", "vi", "en"),
    [
        (7, 54, "bảy giờ năm mươi bốn phút", "seven fifty-four"),
        (8, 0, "tám giờ", "eight hundred hours"),
        (19, 5, "mười chín giờ năm phút", "nineteen oh five"),
        (0, 10, "không giờ mười phút", "zero ten"),
    ],
)
def test_a_time_of_day_is_read_as_people_read_it(hour: int, minute: int, vi: str, en: str) -> None:
    assert time_of_day(hour, minute, Language.VI) == vi
    assert time_of_day(hour, minute, Language.EN) == en


def test_names_are_read_in_full() -> None:
    said = speakable("UBND TP Pleiku (VNPT, tổ 12, mạch GLI-0650)", Language.VI)
    assert said == ("ủy ban nhân dân thành phố Pleiku V N P T, tổ mười hai , mạch G L I- không sáu năm không")


@pytest.mark.parametrize(
    ("seconds", "parts"),
    [
        (0, [(0, "second")]),
        (59, [(59, "second")]),
        (60, [(1, "minute")]),
        (3_661, [(1, "hour"), (1, "minute")]),
        (3_601, [(1, "hour")]),
        (90_000, [(1, "day"), (1, "hour")]),
        (-5, [(0, "second")]),
    ],
)
def test_a_span_has_its_two_greatest_units(seconds: int, parts: list[tuple[int, str]]) -> None:
    assert parts_of(seconds * SECOND) == parts


def test_spans_and_times_are_written_as_the_language_does() -> None:
    vi, en = (Tongue(language, "Asia/Ho_Chi_Minh", 0) for language in Language)
    assert vi.span(3_720 * SECOND) == "1 giờ 2 phút"
    assert en.span(3_720 * SECOND) == "1 hour 2 minutes"
    assert vi.moment(0) == "08:00:00 01/01/1970 (GMT+08)"  # the time of those days
    assert en.clock(86_400 * SECOND) == "08:00:00 2 Jan 1970"
