"""Sending never waits long, and the sockets never fill up between two looks at them."""

from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.app.pace import LEAST_TICK_NS, pace

DEBIAN = 212_992 // 832
SHIPPED = 2 * 33_554_432 // 832


def test_with_the_shipped_sysctl_a_country_is_looked_at_every_second_tick():
    assert pace(22_726, SHIPPED) == (10_000_000, 2)
    assert pace(6_000, SHIPPED) == (15_000_000, 2)


def test_with_debians_buffers_a_province_is_looked_at_every_second_tick_and_a_country_as_often_as_can_be():
    assert pace(90, DEBIAN) == (15_000_000, 2)
    assert pace(22_726, DEBIAN) == (LEAST_TICK_NS, 1)


@given(rate=st.floats(0, 1e6), backlog=st.integers(0, 10**6))
def test_what_arrives_between_two_looks_fits_four_times_into_the_sockets(rate, backlog):
    chosen = pace(rate, backlog)
    assert LEAST_TICK_NS <= chosen.tick_ns <= 15_000_000
    arriving = 2 * rate * chosen.tick_ns * chosen.ticks_per_round / 1e9
    assert (
        arriving * 4 <= backlog + 1e-6
        or chosen.tick_ns * chosen.ticks_per_round <= LEAST_TICK_NS + 1
        or rate < 1
    )
