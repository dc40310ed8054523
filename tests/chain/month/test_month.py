"""Thirty days of two thousand links: nobody is paged for nothing, and nothing that lasts is missed.

A seed that fails fails again: `pytest tests/chain/month -k SEED`.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from bridgewatch.core.health.memory import LossMemory
from bridgewatch.model.ids import IncidentId
from bridgewatch.model.log import Grew, Noticed
from bridgewatch.model.paging import ASKING
from tests.chain.month.run import Run, play
from tests.chain.month.script import Cause, Shape, month
from tests.chain.month.truth import Truth, Verdict

FULL = Shape()
SMALL = Shape(
    provinces=3,
    communes=117,
    days=2.0,
    restarts=10,
    singles=10.0,
    power=1.0,
    roots=1.0,
    handovers=1.0,
    spells=1,
    flapping=0.03,
    own=3,
    busy=0.1,
)


def judged(run: Run) -> Verdict:
    verdict = Truth(run).judge()
    assert (verdict.false, verdict.missed, verdict.early, verdict.split) == ([], [], [], [])
    assert run.restored == [True] * run.month.shape.restarts
    return verdict


@cache
def small() -> Run:
    with TemporaryDirectory() as folder:
        return play(month(1, SMALL), Path(folder))


def test_two_days_of_a_few_hundred_links_page_for_what_was_and_for_nothing_else():
    verdict = judged(small())
    assert verdict.owed > 50
    assert {fault.cause for fault in small().month.faults} == set(Cause)


def test_the_same_seed_tells_the_same_month(tmp_path):
    shape = Shape(provinces=2, communes=48, days=0.5, busy=0.0, restarts=2, flapping=0.0, own=1)
    runs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        runs.append(play(month(3, shape), tmp_path / name))
    assert runs[0].log == runs[1].log
    assert len(runs[0].log) > 50


def test_the_judge_misses_pages_that_never_came():
    run = small()
    silent = replace(run, delivered=[(at, a) for at, a in run.delivered if a.kind not in ASKING])
    verdict = Truth(silent).judge()
    assert len(verdict.missed) == verdict.owed


def test_the_judge_sees_pages_for_nothing_and_spells_in_pieces():
    run = small()
    *others, gone = (fault for fault in run.month.faults if fault.cause is Cause.LINK)
    without = replace(run.month, faults=tuple(f for f in run.month.faults if f is not gone))
    assert Truth(replace(run, month=without)).judge().false
    spell = next(fault for fault in run.month.faults if fault.cause is Cause.FLAPS)
    name = next(e.incident for e in run.log if isinstance(e, Grew) and spell.subject in dict(e.links))
    other = IncidentId("INC-again")
    twice = [
        replace(e, incident=other) for e in run.log if isinstance(e, Noticed | Grew) and e.incident == name
    ]
    assert Truth(replace(run, log=[*run.log, *twice])).judge().split
    assert others


def test_loss_would_page_for_nothing_if_four_unanswered_were_always_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(LossMemory, "needed", lambda _self, _now, path: np.full(path.size, 4))
    monkeypatch.setattr("bridgewatch.core.health.links.OUTAGE_NS", 0)
    shape = Shape(provinces=2, communes=48, days=0.3, busy=0.0, restarts=0, loss=0.04, singles=1.0, own=0)
    assert Truth(play(month(4, shape), tmp_path)).judge().false


@pytest.mark.soak
@pytest.mark.timeout(14_400)
@pytest.mark.parametrize("seed", range(1, 6))
def test_thirty_days_of_two_thousand_links(tmp_path, seed):
    verdict = judged(play(month(seed, FULL), tmp_path))
    assert verdict.owed > 500
