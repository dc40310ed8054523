"""Rounds and looks are rare where that is cheap, never so rare that a probe is skipped or a socket fills up."""

from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.app.pace import LEAST_TICK_NS, LOOK_NS, TICK_NS, Pace, pace

MS = 1_000_000
SECOND = 1_000 * MS
DEBIAN = 212_992 // 832
SHIPPED = 2 * 33_554_432 // 832


def test_with_the_shipped_sysctl_a_country_sends_fifty_times_a_second_and_a_province_thirty_three():
    assert pace(22_726, SECOND, SHIPPED) == Pace(20 * MS, 2)
    assert pace(6_000, SECOND, SHIPPED) == Pace(30 * MS, 3)


def test_with_debians_buffers_a_country_looks_after_every_sending_as_often_as_can_be():
    assert pace(90, SECOND, DEBIAN) == Pace(30 * MS, 3)
    assert pace(22_726, SECOND, DEBIAN) == Pace(LEAST_TICK_NS, 1)


def test_a_path_at_fifty_a_second_gets_two_rounds_and_one_look_for_each_of_its_probes():
    assert pace(500, 20 * MS, SHIPPED) == Pace(10 * MS, 2)


def test_suspects_at_ten_a_second_do_not_quicken_the_pace():
    assert pace(6_000, 100 * MS, SHIPPED) == pace(6_000, SECOND, SHIPPED)


@given(rate=st.floats(0, 1e6), shortest=st.integers(20 * MS, 60 * SECOND), backlog=st.integers(0, 10**6))
def test_what_arrives_between_two_looks_fits_four_times_into_the_sockets(rate, shortest, backlog):
    tick, ticks = pace(rate, shortest, backlog)
    look = tick * ticks
    assert LEAST_TICK_NS <= tick <= TICK_NS
    assert 2 * tick <= shortest
    assert ticks >= 1
    assert look <= min(LOOK_NS, shortest)
    assert look == LEAST_TICK_NS or 4 * 2 * rate * look / 1e9 <= backlog + 1
