"""Timestamps against exact rational arithmetic."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridgewatch.core.probing import timestamps

BILLION = 10**9
ERA_0_END_NS = (2**32 - timestamps.NTP_TO_UNIX) * BILLION  # 7 February 2036
instants = st.integers(0, (2**32 + 2**31 - timestamps.NTP_TO_UNIX) * BILLION - 1)


def one(value, kind=np.int64):
    return np.array([value], kind)


@given(instants)
@example(0)
@example(BILLION - 1)
@example(ERA_0_END_NS - 1)
@example(ERA_0_END_NS)
def test_ntp_is_the_nearest_32nd_binary_fraction_and_comes_back_exactly(ns):
    ntp = int(timestamps.ntp_from_ns(one(ns))[0])

    exact = Fraction(ns, BILLION) + timestamps.NTP_TO_UNIX
    seconds = Fraction(ntp, 2**32)
    assert abs(seconds - exact % 2**32) <= Fraction(1, 2**33)
    assert int(timestamps.ns_from_ntp(one(ntp, np.uint64))[0]) == ns
    assert timestamps.ntp_now(ns) == ntp


@given(st.integers(0, 2**64 - 1))
def test_any_ntp_number_is_rounded_to_the_nearest_nanosecond_of_its_era(ntp):
    ns = int(timestamps.ns_from_ntp(one(ntp, np.uint64))[0])

    era = 0 if ntp >> 63 else 2**32
    exact = (Fraction(ntp, 2**32) + era - timestamps.NTP_TO_UNIX) * BILLION
    assert abs(ns - exact) <= Fraction(1, 2)


def test_the_unix_epoch_is_the_number_every_ntp_book_prints():
    assert int(timestamps.ntp_from_ns(one(0))[0]) == 2_208_988_800 << 32


@given(st.integers(0, 2**32 * BILLION - 1))
def test_truncated_ptp_holds_nanoseconds_exactly(ns):
    ptp = timestamps.ptp_from_ns(one(ns))

    assert int(ptp[0]) == (ns // BILLION) << 32 | ns % BILLION
    assert int(timestamps.ns_from_ptp(ptp)[0]) == ns


def test_each_stamp_is_read_in_the_format_its_flag_names():
    ns = np.array([1_700_000_000_123_456_789] * 2, np.int64)
    wire = np.array([timestamps.ntp_from_ns(ns)[0], timestamps.ptp_from_ns(ns)[0]], np.uint64)

    assert timestamps.ns_from_wire(wire, np.array([False, True])).tolist() == ns.tolist()


@given(st.floats(0, 2.0**37), st.booleans())
@example(0.0, False)
@example(2.0**-32, False)
@example(255 * 2.0**-32, False)
@example(255.5 * 2.0**-32, True)
def test_an_encoded_error_is_the_smallest_that_is_not_below(seconds, synchronised):
    estimate = timestamps.encode_error(seconds, synchronised=synchronised)

    read = timestamps.decode_error(one(estimate, np.uint16))
    assert bool(read.synchronised[0]) is synchronised
    assert not read.ptp[0]
    assert read.seconds[0] >= seconds
    multiplier, scale = estimate & 0xFF, estimate >> 8 & 0x3F
    assert multiplier > 0
    if scale or multiplier > 1:  # one step less would not cover it
        assert (multiplier - 1) * 2.0 ** (scale - 32) < seconds
        assert read.seconds[0] <= seconds * (1 + 1 / 127) + 2.0**-32


@pytest.mark.parametrize("seconds", [2.0**40, float("inf"), float("nan")])
def test_an_error_beyond_the_field_saturates(seconds):
    assert timestamps.encode_error(seconds, synchronised=False) == 0x3FFF


def test_every_estimate_decodes_as_the_rfc_says():
    every = np.arange(65_536).astype(np.uint16)

    read = timestamps.decode_error(every)

    for number in range(0, 65_536, 97):
        multiplier, scale = number & 0xFF, number >> 8 & 0x3F
        expected = multiplier * 2.0 ** (scale - 32) if multiplier else float("inf")
        assert read.seconds[number] == expected
        assert bool(read.synchronised[number]) is (number >= 0x8000)
        assert bool(read.ptp[number]) is bool(number & 0x4000)
