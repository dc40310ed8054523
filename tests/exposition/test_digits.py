import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.views.exposition.digits import Text, instant, real, whole


def lines_of(text: Text) -> list[str | None]:
    """What each row says, None where it is absent."""
    octets, present = text
    rows = [bytes(row).replace(b"\0", b"").decode("ascii") for row in octets]
    return (
        rows
        if present is None
        else [row if there else None for row, there in zip(rows, present, strict=True)]
    )


@given(st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 20_001), min_size=1, max_size=40))
def test_whole_numbers_are_written_exactly(values: list[int]) -> None:
    assert lines_of(whole(np.array(values, np.int64))) == [str(value) for value in values]


def test_group_borders_keep_their_inner_zeros() -> None:
    values = [0, 9, 10, 9_999, 10_000, 10_001, 100_000_000, 100_000_001, 2**53, 2**63 - 1]
    assert lines_of(whole(np.array(values, np.int64))) == [str(value) for value in values]


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=40))
def test_a_negative_count_is_absent(values: list[int]) -> None:
    expected = [str(value) if value >= 0 else None for value in values]
    assert lines_of(whole(np.array(values, np.int64))) == expected


@given(
    st.lists(
        st.floats(0, 100) | st.floats(0, 1e9) | st.floats(0, 1e-6) | st.just(math.nan),
        min_size=1,
        max_size=40,
    )
)
def test_reals_read_back_within_half_a_billionth_and_nan_is_absent(values: list[float]) -> None:
    for value, written in zip(values, lines_of(real(np.array(values))), strict=True):
        if math.isnan(value):
            assert written is None
        else:
            assert written is not None
            assert math.isclose(float(written), value, rel_tol=1e-15, abs_tol=0.51e-9)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=40))
def test_any_float_keeps_nine_significant_digits_or_billionths(values: list[float]) -> None:
    for value, written in zip(values, lines_of(real(np.array(values))), strict=True):
        if math.isnan(value):
            assert written is None
        else:
            assert written is not None
            assert math.isclose(float(written), value, rel_tol=1e-9, abs_tol=1e-9)


def test_odd_reals_stand_beside_ordinary_ones() -> None:
    values = np.array([0.25, -1.5, math.inf, -math.inf, math.nan, 1e300, -0.0])
    written = lines_of(real(values))
    assert written[1:6] == ["-1.5", "+Inf", "-Inf", None, "1e+300"]
    assert [float(written[0] or "nan"), float(written[6] or "nan")] == [0.25, 0.0]


def test_a_column_of_integral_reals_is_written_without_decimals() -> None:
    assert lines_of(real(np.array([0.0, 3.0, 12_345.0]))) == ["0", "3", "12345"]


def test_rounding_carries_into_the_integer_part() -> None:
    written = lines_of(real(np.array([9.9999999999, 0.99999999999, 1e-12])))
    assert [float(text or "nan") for text in written] == [10.0, 1.0, 0.0]


@given(st.lists(st.integers(-(2**63), 2**62), min_size=1, max_size=40))
def test_instants_keep_their_milliseconds_and_never_is_absent(values: list[int]) -> None:
    for value, written in zip(values, lines_of(instant(np.array(values, np.int64))), strict=True):
        milliseconds = value // 1_000_000
        assert written == (f"{milliseconds // 1000}.{milliseconds % 1000:03}" if value > 0 else None)


def test_empty_columns_are_written_as_nothing() -> None:
    assert lines_of(whole(np.empty(0, np.int64))) == []
    assert lines_of(real(np.empty(0))) == []
    assert lines_of(instant(np.empty(0, np.int64))) == []
