"""What tests prove, held against what was promised and what is needed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.bandwidth.judge import (
    KEEP_NS,
    Proven,
    Trial,
    capacity,
    need,
    promised,
    proven,
    trial,
    worst,
)
from bridgewatch.core.bandwidth.need import Span
from bridgewatch.model.bandwidth import (
    MTU_SHARE,
    CapacityState,
    Contract,
    Direction,
    Method,
    NeedState,
    Raise,
    Throughput,
)

M = 1_000_000
DAY = 86_400 * 10**9
NOW = 1_000 * DAY
DOWN = Direction.DOWN
PLAIN = Contract(20 * M, 10 * M)
RAISED = Contract(20 * M, 10 * M, (Raise(NOW - DAY, NOW + 5 * DAY, 100 * M, 50 * M),))
SOON = Span(NOW + DAY, NOW + DAY + 1)


def state(contract: Contract, *trials: Trial, share: float = 0.8) -> CapacityState:
    return capacity(contract, DOWN, proven(trials, contract, NOW), NOW, share)


def at(days: float, rate: float, asked: float = math.inf) -> Trial:
    return Trial(NOW - round(days * DAY), rate * M, asked * M)


def test_payload_is_held_against_ip_packets_and_the_best_method_counts() -> None:
    results = [
        Throughput(DOWN, Method.TCP, 20 * M * MTU_SHARE, 1, 10.0),
        Throughput(DOWN, Method.HTTP, 5 * M, 1, 10.0),
        Throughput(Direction.UP, Method.TCP, 99 * M, 1, 10.0),
    ]
    found = trial(results, DOWN, NOW, None)
    assert found is not None
    assert found.rate == pytest.approx(20 * M)
    assert trial(results[:0], DOWN, NOW, None) is None


def test_the_median_of_the_last_three_tests_within_a_month_counts() -> None:
    tests = [at(40, 1), at(5, 20), at(3, 4), at(1, 19)]
    assert proven(tests, PLAIN, NOW) == Proven(tests[-1].at_ns, 19 * M, 19 * M)
    assert state(PLAIN, *tests) is CapacityState.DELIVERED
    assert state(PLAIN, at(3, 4), at(2, 19), at(1, 5)) is CapacityState.SHORT
    assert state(PLAIN, at(40, 20)) is CapacityState.UNKNOWN


@pytest.mark.parametrize(("rate", "expected"), [(16.0, "DELIVERED"), (15.9, "SHORT"), (0.0, "SHORT")])
def test_short_is_what_is_below_the_share_of_the_contract(rate: float, expected: str) -> None:
    assert state(PLAIN, at(1, rate)) is CapacityState[expected]


def test_a_test_that_asked_for_less_proves_only_that_it_carries_at_least_this() -> None:
    assert state(PLAIN, at(1, 4.9, asked=5)) is CapacityState.UNKNOWN
    assert state(PLAIN, at(1, 2, asked=5)) is CapacityState.SHORT  # it did not even get what it asked for
    assert state(PLAIN, at(1, 16.5, asked=17)) is CapacityState.DELIVERED


def test_a_test_that_was_capped_by_who_ran_it_is_one_that_asked_for_less() -> None:
    capped = [Throughput(DOWN, Method.TCP, 4.9 * M * MTU_SHARE, 1, 10.0, cap=5 * M)]
    found = trial(capped, DOWN, NOW, 30 * M)
    assert found is not None
    assert (found.asked, found.most) == (5 * M, math.inf)
    assert state(PLAIN, found) is CapacityState.UNKNOWN
    alone = trial(capped, DOWN, NOW, None)
    assert alone is not None
    assert alone.asked == 5 * M


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(96.0, "DELIVERED"), (19.0, "RAISE_MISSING"), (79.0, "RAISE_MISSING"), (9.0, "SHORT")],
)
def test_a_raise_that_is_in_force_is_delivered_or_missing(rate: float, expected: str) -> None:
    assert state(RAISED, at(3, 19), at(2, 19), at(0.5, rate)) is CapacityState[expected]


def test_of_a_raise_that_was_not_tested_since_it_began_nothing_is_known() -> None:
    assert state(RAISED, at(3, 19)) is CapacityState.UNKNOWN
    assert state(RAISED, at(3, 95)) is CapacityState.DELIVERED  # it had that before
    assert state(RAISED, at(3, 9)) is CapacityState.SHORT


def test_a_raise_that_is_late_is_delivered_by_the_first_test_that_finds_it() -> None:
    late = [at(3, 19), at(0.9, 19), at(0.1, 97)]
    assert state(RAISED, *late[:2]) is CapacityState.RAISE_MISSING
    assert state(RAISED, *late) is CapacityState.DELIVERED


def test_of_both_directions_the_worse_counts_and_half_a_measurement_is_none() -> None:
    short, missing, unknown, delivered = (
        CapacityState.SHORT,
        CapacityState.RAISE_MISSING,
        CapacityState.UNKNOWN,
        CapacityState.DELIVERED,
    )
    assert worst([delivered, unknown]) is unknown
    assert worst([missing, unknown]) is missing
    assert worst([missing, short]) is short
    assert worst([delivered, delivered]) is delivered


def test_what_is_promised_over_a_time_is_the_least_of_it() -> None:
    ends_ns = RAISED.raises[0].ends_ns
    assert promised(RAISED, DOWN, SOON) == 100 * M
    assert promised(RAISED, DOWN, Span(ends_ns - 2, ends_ns)) == 100 * M
    assert promised(RAISED, DOWN, Span(ends_ns - 2, ends_ns + 1)) == 20 * M


@pytest.mark.parametrize(
    ("contract", "tests", "needed", "expected"),
    [
        (PLAIN, [], 20, "ENOUGH"),
        (PLAIN, [], 21, "CONTRACT_SMALL"),
        (PLAIN, [at(1, 18)], 19, "DELIVERY_SMALL"),
        (PLAIN, [at(1, 18, asked=18)], 19, "ENOUGH"),
        (PLAIN, [at(1, 30)], 25, "CONTRACT_SMALL"),
        (None, [], 5, "UNKNOWN"),
        (None, [at(1, 8)], 5, "ENOUGH"),
        (None, [at(1, 4)], 5, "DELIVERY_SMALL"),
        (None, [at(1, 4, asked=4)], 5, "UNKNOWN"),
        (RAISED, [at(3, 20)], 50, "ENOUGH"),  # of before the raise
        (RAISED, [at(0.5, 20)], 50, "DELIVERY_SMALL"),
    ],
)
def test_a_link_is_enough_for_an_event_by_contract_or_by_test(
    contract: Contract | None, tests: list[Trial], needed: int, expected: str
) -> None:
    known = proven(tests, contract, NOW)
    assert need(contract, DOWN, known, needed * M, SOON) is NeedState[expected]


trials = st.builds(
    Trial,
    st.integers(NOW - 2 * KEEP_NS, NOW),
    st.floats(0, 2e8),
    st.one_of(st.just(math.inf), st.floats(1e6, 2e8)),
)


@given(st.lists(trials, max_size=6), st.sampled_from([PLAIN, RAISED]), st.floats(1.01, 4))
def test_a_link_that_carries_more_is_never_judged_worse(
    tests: list[Trial], contract: Contract, factor: float
) -> None:
    tests = sorted(tests)
    better = [each._replace(rate=each.rate * factor, asked=math.inf) for each in tests]
    exact = [each._replace(asked=math.inf) for each in tests]
    order = [CapacityState.SHORT, CapacityState.RAISE_MISSING, CapacityState.UNKNOWN, CapacityState.DELIVERED]
    assert order.index(state(contract, *better)) >= order.index(state(contract, *exact))


@given(st.lists(trials, max_size=6), st.sampled_from([PLAIN, RAISED]))
def test_what_a_test_did_not_ask_for_never_makes_a_link_short(tests: list[Trial], contract: Contract) -> None:
    got_all = [each._replace(asked=each.rate) for each in sorted(tests)]
    assert state(contract, *got_all) in {CapacityState.UNKNOWN, CapacityState.DELIVERED}
