"""How long a silence must be, by what the path usually loses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewatch.core.health.memory import (
    CHANCE,
    HALF_LIFE_NS,
    NEEDED_MAX,
    NEEDED_MIN,
    LossMemory,
    needed_for,
)

SECOND = 1_000_000_000
FIRST = np.zeros(1, dtype=np.int32)


@given(st.floats(1e-6, 0.99))
def test_the_run_is_the_shortest_that_chance_does_not_explain(loss):
    needed = int(needed_for(np.array([loss]))[0])
    if NEEDED_MIN < needed < NEEDED_MAX:
        assert loss**needed <= CHANCE * (1 + 1e-9) < loss ** (needed - 1) * (1 + 1e-6)
    elif needed == NEEDED_MIN:
        assert loss**needed <= CHANCE * (1 + 1e-9)
    else:
        assert loss ** (needed - 1) > CHANCE * (1 - 1e-9)


@pytest.mark.parametrize(
    ("loss", "needed"), [(0.001, 8), (0.02, 8), (0.024, 9), (0.099, 13), (0.101, 14), (0.28, 24), (0.9, 24)]
)
def test_runs_at_some_losses(loss, needed):
    assert needed_for(np.array([loss])).tolist() == [needed]


def test_chance_alone_makes_no_run_in_a_month_of_a_country():
    probes = 22_726 * 30 * 86_400
    for loss in (0.02, 0.1, 0.2):
        needed = int(needed_for(np.array([loss]))[0])
        assert probes * loss**needed < 0.05


def plain_loss(events: list[tuple[int, bool]], now: int) -> float:
    """The definition: every probe weighs half as much each half-life; one in fifty is assumed before."""
    weigh = [(2.0 ** (-(now - at) / HALF_LIFE_NS), lost) for at, lost in events]
    lost = sum(weight for weight, was_lost in weigh if was_lost)
    return (lost + 1) / (sum(weight for weight, _ in weigh) + 50)


def plain_shown(events: list[tuple[int, bool]], now: int) -> float:
    """What was seen alone, weighed in the same way."""
    weigh = [(2.0 ** (-(now - at) / HALF_LIFE_NS), lost) for at, lost in events]
    return (
        sum(weight for weight, lost in weigh if lost) / sum(weight for weight, _ in weigh) if weigh else 0.0
    )


@given(st.lists(st.tuples(st.integers(0, 40_000), st.booleans()), max_size=60), st.integers(0, 20_000))
def test_the_memory_is_the_plain_decayed_ratio(steps, wait_s):
    now, events, memory = 0, [], LossMemory(1, 0)
    for step_s, lost in steps:
        now += step_s * SECOND
        events.append((now, lost))
        (memory.lost if lost else memory.answered)(now, FIRST)
    now += wait_s * SECOND
    assert memory.loss(now, FIRST)[0] == pytest.approx(plain_loss(events, now), rel=1e-9)
    assert memory.shown(FIRST)[0] == pytest.approx(plain_shown(events, now), rel=1e-9)
    assert math.isfinite(memory.loss(now + 10**9 * SECOND, FIRST)[0])


def test_repeats_of_a_path_in_one_batch_all_count():
    memory = LossMemory(2, 0)
    memory.lost(0, np.array([1, 1, 0, 1], dtype=np.int32))
    memory.answered(0, np.array([1, 1], dtype=np.int32))
    assert memory.loss(0, np.array([0, 1])).tolist() == [2 / 51, 4 / 55]
    assert memory.shown(np.array([0, 1])).tolist() == [1.0, 3 / 5]
