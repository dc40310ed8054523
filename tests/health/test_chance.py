"""Loss alone brings no link down, in a day of a province or a month of a country.

Nothing interesting happens while probes are answered, so time skips ahead from one long run of losses to the
next. In between, the paths' memories are told how many probes were answered and lost.
"""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from bridgewatch.core.health.health import Health
from bridgewatch.core.health.memory import LossMemory
from bridgewatch.model.words import LinkState
from tests.health.worlds import GRACE, MS, SECOND, START, Events, LinkPlan, Prober, rows_of, world

BLOCK_S = 50  # a fifth of the memory's half-life
LONG = 5  # shorter runs cannot matter: the least that is needed is eight


def false_downs(rng, paths: int, days: float, loss: float) -> tuple[int, int]:
    """Downs among `paths` at one probe a second with independent loss, and the long runs they were among.

    A run of at least LONG losses starts at a probe with chance (1 - loss) x loss^LONG; its rest is geometric.
    """
    memory, now, downs, runs = LossMemory(paths, 0), 0, 0, 0
    everyone = np.arange(paths, dtype=np.int32)
    for _ in range(round(days * 86_400 / BLOCK_S)):
        row = np.flatnonzero(rng.random(paths) < BLOCK_S * (1 - loss) * loss**LONG).astype(np.int32)
        length = LONG - 1 + rng.geometric(1 - loss, row.size)
        downs += int((length >= memory.needed(now, row)).sum())
        runs += row.size
        lost = rng.binomial(BLOCK_S, loss, paths).astype(np.int32)
        now += BLOCK_S * SECOND
        memory.lost(now, everyone, lost)
        memory.answered(now, everyone, BLOCK_S - lost)
    return downs, runs


@pytest.mark.parametrize("loss", [0.02, 0.1])
def test_independent_loss_brings_nothing_down_in_a_day_of_a_province(loss):
    downs, runs = false_downs(np.random.default_rng(1), 500, 1, loss)
    assert downs == 0
    expected = 500 * 86_400 * (1 - loss) * loss**LONG
    assert abs(runs - expected) <= 5 * expected**0.5 + 1


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("loss", [0.02, 0.1])
def test_independent_loss_brings_nothing_down_in_a_month_of_a_country(loss):
    downs, runs = false_downs(np.random.default_rng(2), 22_726, 30, loss)
    assert downs == 0
    assert runs > 22_726 * 30 * 86_400 * loss**LONG / 2


def test_the_simulation_would_see_downs_if_eight_were_always_enough(monkeypatch):
    monkeypatch.setattr(LossMemory, "needed", lambda _self, _now, path: np.full(path.size, 8))
    downs, _ = false_downs(np.random.default_rng(3), 500, 1, 0.2)
    assert downs > 10


class Country:
    """Links probed by the plain rules through the real Health; row i is link i, then two references."""

    def __init__(self, links: int) -> None:
        inventory = world([LinkPlan(f"s{i}/wan") for i in range(links)])
        self.health = Health(inventory, rows_of(inventory), START)
        self.now = START
        self.links = links
        self.seen: Counter[LinkState] = Counter()

    def tick(self, answering: np.ndarray, quiet: np.ndarray, count: int = 0, since_ns: int = 0) -> None:
        """The references and the rows `answering` answer; `quiet` rows have left `count` unanswered."""
        rows = np.append(np.flatnonzero(answering), [self.links, self.links + 1]).astype(np.int32)
        quiet = np.flatnonzero(quiet).astype(np.int32)
        batch = replace(
            Events().batch(),
            path=rows,
            outcome=np.zeros(rows.size, dtype=np.uint8),
            sent_ns=np.full(rows.size, self.now - MS),
            quiet_path=quiet,
            quiet_count=np.full(quiet.size, count, dtype=np.int32),
            quiet_since_ns=np.full(quiet.size, since_ns),
        )
        self.health.observe(self.now, batch)
        for moved in self.health.advance(self.now).links.passes:
            self.seen.update(moved.new.tolist())

    def burst(self, lost: np.ndarray, spacing_ns: int) -> None:
        """Every link loses `lost` [links] probes in a row, sent `spacing_ns` apart; the next is answered."""
        start, rtt_ns = self.now, 5 * MS
        missed = [((count - 1) * spacing_ns + GRACE, count) for count in range(1, int(lost.max()) + 1)]
        between = [(count * spacing_ns + rtt_ns, 0) for count in range(1, int(lost.max()) + 1)]
        answered_ns = lost * spacing_ns + rtt_ns
        for after_ns, count in sorted(missed + between):
            self.now = start + after_ns
            self.tick(
                answered_ns <= after_ns,
                (count > 0) & (lost >= count) & (answered_ns > after_ns),
                count,
                start,
            )
        self.now += SECOND


def bursts(rng, country: Country, rounds: int, spacing_ns: int, longest: int) -> None:
    """Gilbert-Elliott bursts with a mean of three probes, their bad state cut where the rule begins."""
    for _ in range(rounds):
        country.burst(np.minimum(rng.geometric(1 / 3, country.links), longest), spacing_ns)


# Below the rule: fewer than eight probes in a row, or over in less than a second.
BELOW = pytest.mark.parametrize(("spacing_ns", "longest"), [(SECOND, 7), (100 * MS, 9)])


@BELOW
def test_bursts_below_the_rule_bring_nothing_down_in_a_day_of_a_province(spacing_ns, longest):
    """500 paths, 24 h, a burst each hour on each."""
    country = Country(500)
    bursts(np.random.default_rng(4), country, 24, spacing_ns, longest)
    assert set(country.seen) == {LinkState.UP, LinkState.SUSPECT}


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@BELOW
def test_bursts_below_the_rule_bring_nothing_down_in_a_month_of_a_country(spacing_ns, longest):
    """22,726 paths, 30 days, a burst each hour on each."""
    country = Country(22_726)
    bursts(np.random.default_rng(5), country, 30 * 24, spacing_ns, longest)
    assert set(country.seen) == {LinkState.UP, LinkState.SUSPECT}


@pytest.mark.parametrize(("spacing_ns", "length"), [(SECOND, 9), (100 * MS, 12)])
def test_bursts_above_the_rule_do_bring_links_down(spacing_ns, length):
    country = Country(20)
    country.burst(np.full(20, length), spacing_ns)
    assert country.seen[LinkState.DOWN] == 20


def test_losses_of_an_outage_do_not_teach_the_path_to_be_patient():
    prober = Prober(
        world([LinkPlan(f"s{i}/wan", interval_ns=100 * MS) for i in range(4)]), lambda *_: 20 * MS
    )
    prober.run(5)
    for _ in range(3):
        prober.fate = lambda row, _: None if row == 0 else 20 * MS
        prober.run(20)
        prober.fate = lambda *_: 20 * MS
        prober.run(10)
    downs = [
        change.evidence for change in prober.links if change.link == "s0/wan" and change.new is LinkState.DOWN
    ]
    assert [proof.needed for proof in downs] == [8, 8]
    assert all(proof.loss < 0.02 for proof in downs)


def test_losses_of_short_cuts_do_teach_it():
    prober = Prober(
        world([LinkPlan(f"s{i}/wan", interval_ns=100 * MS) for i in range(3)]), lambda *_: 20 * MS
    )
    prober.run(5)
    prober.fate = lambda row, sent_ns: None if row == 0 and sent_ns % SECOND < 300 * MS else 20 * MS
    prober.run(60)
    prober.fate = lambda row, _: None if row == 0 else 20 * MS
    prober.run(5)
    assert prober.links[-1].new is LinkState.DOWN
    assert prober.links[-1].evidence.needed > 15
