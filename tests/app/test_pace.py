"""Rounds are rare where that is cheap, and never so rare that a probe is skipped or a socket fills up."""

from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.app.pace import LEAST_TICK_NS, TICK_NS, tick_ns

MS = 1_000_000
SECOND = 1_000 * MS
DEBIAN = 212_992 // 832
SHIPPED = 2 * 33_554_432 // 832


def test_with_the_shipped_sysctl_a_country_takes_fifty_rounds_a_second_and_a_province_thirty_three():
    assert tick_ns(22_726, SECOND, SHIPPED) == 20 * MS
    assert tick_ns(6_000, SECOND, SHIPPED) == 30 * MS


def test_with_debians_buffers_a_country_takes_as_many_rounds_as_can_be():
    assert tick_ns(90, SECOND, DEBIAN) == 30 * MS
    assert tick_ns(22_726, SECOND, DEBIAN) == LEAST_TICK_NS


def test_a_path_at_fifty_a_second_gets_two_rounds_for_each_of_its_probes():
    assert tick_ns(500, 20 * MS, SHIPPED) == 10 * MS


@given(rate=st.floats(0, 1e6), shortest=st.integers(20 * MS, 60 * SECOND), backlog=st.integers(0, 10**6))
def test_what_arrives_between_two_rounds_fits_four_times_into_the_sockets(rate, shortest, backlog):
    tick = tick_ns(rate, shortest, backlog)
    assert LEAST_TICK_NS <= tick <= TICK_NS
    assert 2 * tick <= shortest
    assert tick == LEAST_TICK_NS or 4 * 2 * rate * tick / 1e9 <= backlog + 1
