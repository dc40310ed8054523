"""Loss goes to the direction that lost the packet, by the counts of a simulated stateful reflector."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.quality.windows import HOP_NS, Windows
from bridgewatch.model.words import Outcome
from tests.quality.events import Fate, batch, rows

SECOND = 1_000_000_000
MS = 1_000_000
PROBES = 700  # within one window at 50/s


@dataclass(frozen=True)
class Road:
    """One direction: what it does to packets sent 20 ms apart."""

    loss: float = 0.0
    duplicates: float = 0.0
    overtaken: float = 0.0  # share of packets that are delayed past the next one


def travel(road: Road, packets: list[tuple[float, int]], random) -> tuple[list[tuple[float, int]], set[int]]:
    """(arrival in ms, packet) in order of arrival, and the packets that were lost."""
    arrived, gone = [], set()
    for sent, packet in packets:
        if random.random() < road.loss:
            gone.add(packet)
            continue
        delay = 5 + (30 if random.random() < road.overtaken else 0)
        arrived.append((sent + delay, packet))
        if random.random() < road.duplicates:
            arrived.append((sent + delay + 1, packet))
    return sorted(arrived), gone


def session(out: Road, back: Road, *, seed: int = 1, restart_at: int | None = None, start: int = 0):
    """Fates as the prober tells them, and the probes lost on the way out and on the way back."""
    random = np.random.default_rng(seed)
    reflected, lost_out = travel(out, [(20.0 * seq, seq) for seq in range(PROBES)], random)
    replies, count = [], start
    for number, (at, seq) in enumerate(reflected):
        if number == restart_at:
            count = 0
        replies.append((at, (seq, count % 2**32)))
        count += 1
    arrived, _ = travel(back, replies, random)
    fates, answered = [], set()
    for _, (seq, number) in arrived:
        if seq not in answered:
            answered.add(seq)
            fates.append(Fate(0, seq, Outcome.REPLY, 10 * MS, reflected=number))
    fates += [Fate(0, seq, Outcome.LOST) for seq in range(PROBES) if seq not in answered]
    lost_back = set(range(PROBES)) - answered - lost_out
    return fates, lost_out, lost_back


def losses(fates: list[Fate], *, stateful: bool = True) -> tuple[float, float]:
    windows = Windows(capacity=1)
    windows.admit(rows(0), np.array([SECOND // 50]), stateful=np.array([stateful]))
    windows.close(0)
    windows.launched(np.zeros(PROBES, np.int32), np.arange(PROBES))
    windows.observe(batch(fates))
    found = windows.close(HOP_NS)
    return float(found.forward_loss[0]), float(found.backward_loss[0])


@pytest.mark.parametrize(
    ("out", "back"), [(0.03, 0.0), (0.0, 0.03), (0.05, 0.02), (0.3, 0.0), (0.0, 0.3), (0.0, 0.0)]
)
def test_without_reordering_every_loss_goes_to_its_direction(out, back):
    fates, lost_out, lost_back = session(Road(out), Road(back))
    forward, backward = losses(fates)
    # The window is judged from its first to its last answer; losses beyond are nobody's yet.
    answered = [fate.seq for fate in fates if fate.outcome == Outcome.REPLY]
    inside = set(range(min(answered) + 1, max(answered) + 1))
    assert forward == pytest.approx(len(lost_out & inside) / len(inside))
    assert backward == pytest.approx(len(lost_back & inside) / (len(inside) - len(lost_out & inside)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lossy", ["out", "back"])
def test_duplicates_and_reordering_hardly_move_a_loss_to_the_other_direction(lossy, seed):
    calm, bad = Road(0, 0.02, 0.05), Road(0.03, 0.02, 0.05)
    fates, lost_out, lost_back = session(
        bad if lossy == "out" else calm, bad if lossy == "back" else calm, seed=seed
    )
    forward, backward = losses(fates)
    assert forward == pytest.approx(len(lost_out) / PROBES, abs=0.005)
    assert backward == pytest.approx(len(lost_back) / PROBES, abs=0.005)


@pytest.mark.parametrize("seed", range(5))
def test_duplicates_and_reordering_alone_are_no_loss(seed):
    rough = Road(0.0, 0.02, 0.05)
    fates, _, _ = session(rough, rough, seed=seed)
    assert losses(fates) == (0.0, 0.0)


@pytest.mark.parametrize("lossy", ["out", "back"])
@pytest.mark.parametrize("restart_at", [20, 300, 600])
def test_a_reflector_that_restarts_counts_on(lossy, restart_at):
    fates, lost_out, lost_back = session(
        Road(0.04 if lossy == "out" else 0), Road(0.04 if lossy == "back" else 0), restart_at=restart_at
    )
    forward, backward = losses(fates)
    assert forward == pytest.approx(len(lost_out) / PROBES, abs=0.004)
    assert backward == pytest.approx(len(lost_back) / PROBES, abs=0.004)


@pytest.mark.parametrize("start", [2**32 - 1, 2**32 - 20, 2**32 - 300])
@pytest.mark.parametrize("calm", [True, False])
@pytest.mark.parametrize(("out", "back"), [(0.1, 0.0), (0.0, 0.1), (0.05, 0.2)])
def test_a_count_that_wraps_is_the_same_as_one_that_does_not(start, calm, out, back):
    roads = [Road(loss, *(() if calm else (0.02, 0.05))) for loss in (out, back)]
    (wrapping, *_), (plain, *_) = session(*roads, start=start), session(*roads)

    assert losses(wrapping) == losses(plain)


def test_an_unreachable_probe_was_lost_on_the_way_out():
    fates = [Fate(0, seq, Outcome.REPLY, MS, reflected=seq - (seq > 5)) for seq in range(10) if seq != 5]
    assert losses([*fates, Fate(0, 5, Outcome.UNREACHABLE)]) == (pytest.approx(1 / 9), 0.0)


def test_a_late_reply_is_lost_in_neither_direction():
    fates = [Fate(0, seq, Outcome.REPLY, MS, reflected=seq) for seq in range(10) if seq != 5]
    assert losses([*fates, Fate(0, 5, Outcome.LATE, reflected=5)]) == (0.0, 0.0)
    assert losses([*fates, Fate(0, 5, Outcome.LATE)]) == (0.0, 0.0)


def test_a_local_error_is_lost_in_neither_direction():
    fates = [Fate(0, seq, Outcome.REPLY, MS, reflected=seq - (seq > 5)) for seq in range(10) if seq != 5]
    assert losses([*fates, Fate(0, 5, Outcome.LOCAL_ERROR)]) == (0.0, 0.0)


def test_without_a_counting_reflector_there_is_no_direction():
    fates, _, _ = session(Road(0.03), Road())
    assert np.isnan(losses(fates, stateful=False)).all()
    assert np.isnan(losses([Fate(0, seq, Outcome.REPLY, MS) for seq in range(9)])).all()
    assert np.isnan(losses([Fate(0, 0, Outcome.REPLY, MS, reflected=0)])).all()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(Outcome), st.integers(-1, 2**32 - 1)), min_size=2, max_size=60),
    st.randoms(use_true_random=False),
)
def test_no_reflector_however_hostile_makes_a_ratio_that_is_none(events, random):
    fates = [
        Fate(0, seq, outcome, MS if outcome == Outcome.REPLY else -(2**63), reflected=number)
        for seq, (outcome, number) in enumerate(events)
    ]
    random.shuffle(fates)
    for ratio in losses(fates):
        assert np.isnan(ratio) or 0.0 <= ratio <= 1.0
