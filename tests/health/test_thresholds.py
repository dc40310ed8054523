"""Severities follow evidence: quick where loss is plain, silent where it is chance."""

from dataclasses import replace
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewatch.core.health.evidence import improbably_few
from bridgewatch.core.health.loss import HORIZONS, LossJudge, design_effect, table_of
from bridgewatch.core.health.thresholds import QUANTITIES, Judge
from bridgewatch.core.quality.batch import WindowBatch, empty_batch
from bridgewatch.model.inventory import Profile, Threshold
from bridgewatch.model.words import Reason, Severity

PROFILE = Profile("conference")
DAY = 17_280  # windows of 5 s
OK, WARN, CRITICAL = Severity.OK, Severity.WARN, Severity.CRITICAL


def closing(known=50, lost=0, bursts=None, rtt=0.02, jitter=0.001, pdv=0.005, paths=1) -> WindowBatch:
    def column(value):
        return np.broadcast_to(np.asarray(value), paths)

    return replace(
        empty_batch(),
        path=np.arange(paths, dtype=np.int32),
        rtt=np.repeat(column(rtt)[:, None], 3, axis=1).astype(float),
        jitter_rfc3550=column(jitter).astype(float),
        jitter_pdv_p99=column(pdv).astype(float),
        hop_known=column(known).astype(np.int64),
        hop_lost=column(lost).astype(np.int64),
        hop_bursts=column(lost if bursts is None else bursts).astype(np.int64),
    )


def judge(profile=PROFILE) -> Judge:
    made = Judge(capacity=1)
    made.admit(np.zeros(1, np.int32), profile)
    return made


def severities(judge: Judge, *closings: WindowBatch) -> list[int]:
    return [int(judge.judge(found).severity[0]) for found in closings]


# --- delays ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure", "warn", "critical", "reason"),
    [("rtt", 0.1, 0.3, Reason.RTT), ("jitter", 0.03, 0.05, Reason.JITTER), ("pdv", 0.05, 0.1, Reason.PDV)],
)
def test_a_delay_is_raised_after_three_closings_and_cleared_after_five(figure, warn, critical, reason):
    made = judge()
    bad, worse, good = (closing(**{figure: value}) for value in (warn, critical, warn * 0.99))
    assert severities(made, bad, bad) == [OK, OK]
    verdict = made.judge(bad)
    assert (verdict.severity[0], verdict.reason[0], verdict.changed[0]) == (WARN, reason, True)
    assert severities(made, worse, worse, worse) == [WARN, WARN, CRITICAL]
    assert severities(made, *[good] * 5) == [CRITICAL] * 4 + [OK]
    assert made.judge(good).reason[0] == Reason.NONE


def test_one_good_closing_starts_the_count_anew():
    made = judge()
    bad, good = closing(rtt=0.2), closing()
    assert severities(made, bad, bad, good, bad, bad) == [OK] * 5
    assert severities(made, bad, good, good, good, good, bad, good) == [WARN] * 7


def test_a_closing_without_the_figure_counts_neither_way():
    made = judge()
    bad, unknown = closing(rtt=0.2), closing(rtt=np.nan)
    assert severities(made, bad, unknown, bad, unknown, bad, unknown) == [OK] * 4 + [WARN] * 2


def test_the_worst_quantity_gives_the_reason():
    made = judge()
    bad = closing(rtt=0.15, jitter=0.06)
    for _ in range(3):
        verdict = made.judge(bad)
    assert (verdict.severity[0], verdict.reason[0]) == (CRITICAL, Reason.JITTER)
    assert dict(zip(QUANTITIES, verdict.by_quantity[0].tolist(), strict=True)) == {
        Reason.LOSS: OK, Reason.RTT: WARN, Reason.JITTER: CRITICAL, Reason.PDV: OK,
    }  # fmt: skip


def test_each_path_is_judged_by_its_own_profile_and_profiles_can_change():
    made = judge()
    strict = Profile("strict", rtt=Threshold(0.01, 0.02))
    made.admit(np.array([1, 2], np.int32), strict)
    for _ in range(3):
        verdict = made.judge(closing(rtt=0.05, paths=3))
    assert verdict.severity.tolist() == [OK, CRITICAL, CRITICAL]
    made.set_profile(np.array([1], np.int32), PROFILE)
    for _ in range(5):
        verdict = made.judge(closing(rtt=0.05, paths=3))
    assert verdict.severity.tolist() == [OK, OK, CRITICAL]


def test_a_readmitted_path_is_judged_anew():
    made = judge()
    severities(made, *[closing(rtt=0.5, lost=20)] * 3)
    made.admit(np.zeros(1, np.int32), PROFILE)
    assert severities(made, closing()) == [OK]


def test_an_empty_batch_judges_nothing():
    assert len(judge().judge(empty_batch()).path) == 0


# --- loss -----------------------------------------------------------------------------------------------


def test_gross_loss_is_raised_after_three_windows_and_cleared_after_five_good_ones():
    made = judge()
    assert severities(made, *[closing(lost=10)] * 3) == [OK, OK, CRITICAL]
    assert severities(made, *[closing()] * 5) == [CRITICAL] * 4 + [OK]
    assert severities(made, *[closing()] * 60) == [OK] * 60


def test_one_burst_is_not_a_trend():
    made = judge()
    clean, burst = closing(), closing(lost=50, bursts=1)
    assert severities(made, clean, burst, burst, *[clean] * 60) == [OK] * 63
    outage = [burst, closing(lost=50, bursts=0), closing(lost=50, bursts=0)]
    assert severities(made, clean, *outage, *[clean] * 60) == [OK] * 64


def test_losses_in_bursts_prove_less_than_losses_on_their_own():
    assert severities(judge(), *[closing(lost=10, bursts=9)] * 3) == [OK, OK, CRITICAL]
    assert severities(judge(), *[closing(lost=10, bursts=1)] * 3) == [OK, OK, OK]


def test_independent_losses_are_not_taken_for_bursts():
    random = np.random.default_rng(3)
    for ratio in (0.02, 0.2, 0.6):
        lost = random.random((1, 100_000)) < ratio
        effect = design_effect(np.array([100_000]), lost.sum(axis=1), bursts_of(lost, lost[:, :0]))
        assert effect[0] == pytest.approx(1.0, abs=0.02)


def test_windows_in_which_nothing_became_known_change_nothing():
    made = judge()
    severities(made, *[closing(lost=10)] * 3)
    assert severities(made, *[closing(known=0)] * 100) == [CRITICAL] * 100


def test_one_loss_in_a_few_probes_proves_nothing():
    made = judge()
    assert (
        severities(made, *[closing(known=5, lost=1 if n % 30 == 0 else 0) for n in range(600)]) == [OK] * 600
    )


def test_a_flood_of_results_after_a_stall_is_no_evidence_beyond_the_tables():
    made = judge()
    assert severities(made, *[closing(known=10**6, lost=10**6)] * 5) == [OK] * 5


class PlainLoss:
    """The rule of `health.loss` for one level of one path, as said in words."""

    def __init__(self, limit: float) -> None:
        self.limit, self.table = limit, table_of(limit)
        self.counts: list[tuple[int, int, int]] = []
        self.raised, self.ratio = False, 0.0

    def step(self, known: int, lost: int, bursts: int) -> bool:
        self.counts.append((known, lost, bursts))
        pooled = []
        for windows in HORIZONS.tolist():
            last = self.counts[-windows:]
            known, lost, bursts = (sum(column) for column in zip(*last, strict=True))
            pooled.append((known, lost, bursts, sum(x > 0 for _, x, _ in last)))
        proven = [
            lost / known for row, (known, lost, bursts, lossy) in zip(self.table, pooled, strict=True)
            if lossy >= 3 and bursts >= 3 and self.enough(row, known, lost, bursts)
        ]  # fmt: skip
        self.raised = self.raised or bool(proven)
        if proven and self.counts[-1][1]:
            self.ratio = min(proven)
        good = [
            k > 0
            and x < self.limit * k
            and improbably_few(np.array([x]), np.array([k]), np.array([self.ratio]), 1e-3)[0]
            for k, x, _, _ in pooled[1:]
        ]
        if self.raised and len(self.counts) >= 5 and any(good):
            self.raised, self.counts = False, []
        return self.raised

    @staticmethod
    def enough(row, known: int, lost: int, bursts: int) -> bool:
        length, ratio = lost / bursts, lost / known
        effect = max(1.0, (2 * length - 1) * (1 - ratio) / (1 + ratio))
        return floor(lost / effect) >= row[min(ceil(known / effect), len(row) - 1)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([5, 50, 250]))
def test_the_columns_judge_as_the_rule_says(seed, known):
    random = np.random.default_rng(seed)
    made, plain = LossJudge(3), [[PlainLoss(limit) for limit in (0.01, 0.03)] for _ in range(3)]
    rows = np.arange(3, dtype=np.int32)
    made.reset(rows)
    made.set_limits(rows, Threshold(0.01, 0.03))
    for _ in range(int(random.integers(2, 6))):
        ratio = random.choice([0.0, 0.01, 0.04, 0.3], 3)
        for _ in range(int(random.integers(1, 50))):
            turn = np.flatnonzero(random.random(3) < 0.9).astype(np.int32)  # each on its own phase
            counts = np.full(len(turn), known)
            lost = random.binomial(counts, ratio[turn])
            bursts = np.minimum(lost, random.integers(0, known, len(turn)))
            found = made.judge(turn, counts, lost, bursts)
            for row, flags, *count in zip(turn, found.tolist(), counts, lost, bursts, strict=True):
                assert [level.step(*map(int, count)) for level in plain[row]] == flags


def bursts_of(lost: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Beginnings of runs per row; `before` [n, 0 or 1] is the probe before the first."""
    first = before if before.shape[1] else np.zeros((len(lost), 1), bool)
    return (lost & ~np.concatenate((first, lost[:, :-1]), axis=1)).sum(axis=1)


def judged(made: LossJudge, draw, links: int, windows: int):
    """What is raised after each window: `draw` gives the lost flags [links, probes] of the next one."""
    rows, before = np.arange(links, dtype=np.int32), np.zeros((links, 1), bool)
    for _ in range(windows):
        lost = draw()
        known = np.full(links, lost.shape[1])
        yield made.judge(rows, known, lost.sum(axis=1), bursts_of(lost, before))
        before = lost[:, -1:]


def independent(ratio, probes: int, random):
    """Flags of independent loss; `ratio` per link, to 1/65536."""
    below = np.round(np.asarray(ratio) * 65536).astype(np.uint16)[:, None]
    return lambda: random.integers(0, 65536, (len(below), probes), np.uint16) < below


def gilbert(ratio: float, length: float, links: int, probes: int, random):
    """Flags of two-state loss in bursts of that mean length."""
    ends, begins = 1 / length, ratio / (1 - ratio) / length
    state = random.random(links) < ratio

    def draw():
        nonlocal state
        lost = np.empty((links, probes), bool)
        for probe in range(probes):
            chance = random.random(links)
            state = np.where(state, chance >= ends, chance < begins)
            lost[:, probe] = state
        return lost

    return draw


def loss_judge(links: int, loss: Threshold = PROFILE.loss) -> LossJudge:
    made, rows = LossJudge(links), np.arange(links, dtype=np.int32)
    made.reset(rows)
    made.set_limits(rows, loss)
    return made


def first_raise(ratio: float, per_second: int, level: int, *, links: int = 300, windows: int = 240):
    """Seconds until each link is raised, infinity where it is not."""
    draw = independent(np.full(links, ratio), 5 * per_second, np.random.default_rng(1))
    first = np.full(links, np.inf)
    for window, raised in enumerate(judged(loss_judge(links), draw, links, windows), 1):
        first = np.where(raised[:, level], np.minimum(first, window * 5.0), first)
    return first


@pytest.mark.parametrize(
    ("ratio", "per_second", "level", "median", "p95"),
    [
        (0.02, 10, 0, 400, np.inf),
        (0.03, 10, 0, 135, 225),
        (0.06, 10, 0, 35, 55),
        (0.06, 10, 1, 120, 210),
        (0.09, 10, 1, 40, 70),
        (0.02, 50, 0, 80, 130),
        (0.06, 50, 1, 30, 45),
        (0.09, 1, 1, 480, np.inf),
    ],
)
def test_loss_beyond_a_limit_is_raised_in_the_time_stated(ratio, per_second, level, median, p95):
    seconds = first_raise(ratio, per_second, level)
    assert np.median(seconds) <= median
    assert np.percentile(seconds, 95, method="higher") <= p95


def raises_in_a_day(per_second: int, seed: int, links: int = 250) -> int:
    """How often loss a tenth inside a limit of 1 % or of 3 % is raised, on `links` links each, in 24 h."""
    made = loss_judge(2 * links, Threshold(0.01, 0.5))
    made.set_limits(np.arange(links, 2 * links, dtype=np.int32), Threshold(0.03, 0.5))
    draw = independent(np.repeat([0.009, 0.027], links), 5 * per_second, np.random.default_rng(seed))
    return sum(int(raised.sum()) for raised in judged(made, draw, 2 * links, DAY))


@pytest.mark.parametrize("length", [3, 10])
def test_loss_inside_a_limit_raises_nothing_when_it_comes_in_bursts(length):
    draw = gilbert(0.009, length, 100, 50, np.random.default_rng(length))
    assert not any(raised.any() for raised in judged(loss_judge(100), draw, 100, DAY // 12))


@pytest.mark.parametrize("per_second", [pytest.param(1, marks=pytest.mark.soak), 10])
def test_loss_inside_a_limit_raises_nothing_on_500_links_in_a_day(per_second):
    assert raises_in_a_day(per_second, seed=7) == 0


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("per_second", [1, 10, 50])
def test_loss_inside_a_limit_raises_nothing_on_2000_links_in_five_days(per_second):
    assert sum(raises_in_a_day(per_second, seed, links=1000) > 0 for seed in range(5)) == 0
