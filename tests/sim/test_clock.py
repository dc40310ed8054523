import numpy as np
import pytest

from bridgewatch.sim.clock import SimClock


def test_monotonic_time_passes_and_never_goes_back():
    clock = SimClock()
    start = clock.monotonic_ns()
    clock.advance(5)
    assert clock.monotonic_ns() == start + 5
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-1)
    assert clock.monotonic_ns() == start + 5


def test_a_wall_step_leaves_monotonic_time_alone():
    clock = SimClock(monotonic_ns=100, wall_ns=1_000)
    clock.step_wall(-300)
    assert (clock.monotonic_ns(), clock.wall_ns(), clock.wall_offset_ns) == (100, 700, 600)
    assert clock.first_wall_offset_ns == 900


def test_the_wall_offset_of_every_past_instant_is_remembered():
    clock = SimClock(monotonic_ns=0, wall_ns=0)
    clock.advance(10)
    clock.step_wall(5)
    clock.advance(10)
    clock.step_wall(-7)
    assert [clock.wall_offset_at(at) for at in (0, 9, 10, 19, 20, 99)] == [0, 0, 5, 5, -2, -2]


def test_stamps_taken_before_a_step_err_by_the_step():
    clock = SimClock(monotonic_ns=0, wall_ns=0)
    clock.advance(10)
    clock.step_wall(5)
    assert clock.stamp_error_ns(np.asarray([9, 10, 11])).tolist() == [-5, 0, 0]


def test_without_a_step_no_stamp_errs():
    assert SimClock().stamp_error_ns(np.asarray([1, 2])).tolist() == [0, 0]
