"""What is told of a line is what the line did: held against nft's counters and the forwarder's log."""

import itertools
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from bridgewatch.model.inventory import PathSpec
from bridgewatch.model.words import Outcome, ProbeKind
from tests.lab.line import Line, impaired_line
from tests.lab.topology import Lab
from tests.wire.far_end import reflector
from tests.wire.rig import Rig, count, spec
from tests.wire.truth import Key, Truth, names, read_truth

pytestmark = pytest.mark.root

PATHS = 40
SECONDS = 1.5
ICMP, STAMP = ProbeKind.ICMP, ProbeKind.STAMP
KINDS = {"icmp4": (ICMP, 4), "icmp6": (ICMP, 6), "stamp4": (STAMP, 4), "stamp6": (STAMP, 6)}
REQUESTS = {
    "icmp4": "icmp type echo-request",
    "icmp6": "icmpv6 type echo-request",
    "stamp4": "udp dport 862",
    "stamp6": "udp dport 862",
}
SPOILT = {"duplicate": 0.02, "reorder": 0.05, "hold": 0.150, "corrupt": 0.01}
STAMP_SLACK_NS = (
    20_000  # kernel stamps are wall clock, the log is not: what lies between two readings of both
)
MEDIAN_AGREEMENT_NS = 5_000_000  # generous: veth, router and two wake-ups of the forwarder on a busy machine


@dataclass(frozen=True)
class Cell:
    """What is done to the line; `spoilt` adds duplicates, reordering and corruption in both directions."""

    loss: float
    delay: float
    jitter: float = 0.0
    spoilt: bool = False

    def impairment(self) -> dict[str, float]:
        neutral = dict.fromkeys(SPOILT, 0.0)
        return {"delay": self.delay, "jitter": self.jitter, **(SPOILT if self.spoilt else neutral)}


CELLS = [
    Cell(0.0, 0.005),
    Cell(0.005, 0.080, 0.005),
    Cell(0.03, 0.005, 0.020),
    Cell(0.3, 0.080, 0.020, spoilt=True),
]
MATRIX = [
    Cell(*cell)
    for cell in itertools.product((0.0, 0.005, 0.03, 0.3), (0.005, 0.080), (0.0, 0.005, 0.020), (False, True))
]


def paths(kind: str) -> list[PathSpec]:
    probe, family = KINDS[kind]
    return [
        spec(number, address, kind=probe, stateful=probe is STAMP)
        for number, address in enumerate(Line.targets(PATHS, family=family))
    ]


def probe_cell(lab: Lab, line: Line, kind: str, cell: Cell, seconds: float) -> None:
    """Probe for some seconds under one cell, and hold all that was told against all that was done."""
    line.far.impair(**cell.impairment())
    before = len(line.far.settled_log())
    # Behind the forwarder a drop may take one of two copies and lose nothing: then it strikes requests only.
    drop = lab.loss("router", cell.loss, match=REQUESTS[kind] if cell.spoilt else "")
    with lab.inside("vantage"), Rig(paths(kind)) as rig:
        rig.run(seconds)
        rig.settle()
    lab.lift(drop)
    log = line.far.settled_log()[before:]
    assert (lab.queue_drops(line.far.a), lab.queue_drops(line.far.b)) == (0, 0)
    probes, truth, dropped = rig.probes(), read_truth(log), lab.dropped(drop)
    assert not probes["errno"].any()
    assert rig.ledger.overflows == 0
    replies_may_drop = bool(cell.loss) and not cell.spoilt  # behind the forwarder, unknown to its log
    compare_losses(rig, probes, truth, dropped, replies_may_drop=replies_may_drop)
    if not replies_may_drop:
        compare_order(rig, probes, truth)
    compare_delays(rig, probes, truth)


def compare_losses(
    rig: Rig, probes: NDArray[np.void], truth: Truth, dropped: int, *, replies_may_drop: bool
) -> None:
    first = truth.first()
    unanswered = [key for key in truth.asked_ns if key not in first]
    assert set(unanswered) <= truth.spoilt  # the lab loses by corruption alone; else it lies
    assert count(probes, Outcome.LOST) == dropped + len(unanswered)
    assert count(probes, Outcome.REPLY) == len(probes) - dropped - len(unanswered)
    if not replies_may_drop:
        lost = (probes["outcome"] == Outcome.LOST).tolist()
        assert [key not in first for key in names(rig, probes)] == lost


def compare_order(rig: Rig, probes: NDArray[np.void], truth: Truth) -> None:
    """Duplicates and overtaken answers, counted by path."""
    named = dict(zip(names(rig, probes), probes, strict=True))
    seen: set[Key] = set()
    highest: dict[int, int] = {}
    duplicates: Counter[int] = Counter()
    overtaken: Counter[int] = Counter()
    for delivery in truth.deliveries:
        path, seq = int(named[delivery.key]["path"]), int(named[delivery.key]["seq"])
        if delivery.key in seen:
            duplicates[path] += 1
            continue
        seen.add(delivery.key)
        overtaken[path] += seq < highest.get(path, -1)
        highest[path] = max(highest.get(path, -1), seq)
    assert Counter(rig.ledger.duplicates().tolist()) == duplicates
    assert Counter(rig.ledger.reordered().tolist()) == +overtaken


def compare_delays(rig: Rig, probes: NDArray[np.void], truth: Truth) -> None:
    """The round trip is what lies between the forwarder's two sights of the probe, and little more."""
    first = truth.first()
    answered = probes["outcome"] == Outcome.REPLY
    keys = [key for key, yes in zip(names(rig, probes), answered.tolist(), strict=True) if yes]
    seen_ns = [first[key].out_ns - truth.asked_ns[key] - first[key].residence_ns for key in keys]
    beyond = probes["rtt_ns"][answered] - np.array(seen_ns)
    assert beyond.min() >= -STAMP_SLACK_NS
    assert np.median(beyond) <= MEDIAN_AGREEMENT_NS


@pytest.mark.parametrize(
    ("kind", "cells"),
    [("icmp4", CELLS[:2]), ("icmp6", CELLS[2:]), ("stamp4", CELLS[3:]), ("stamp6", CELLS[3:])],
)
def test_every_fate_is_the_one_the_line_gave(lab, kind, cells):
    line = impaired_line(lab)
    reflector(lab)
    for cell in cells:
        probe_cell(lab, line, kind, cell, SECONDS)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_every_fate_is_the_one_the_line_gave_in_the_whole_matrix(lab, kind):
    line = impaired_line(lab)
    reflector(lab)
    for cell in MATRIX:
        probe_cell(lab, line, kind, cell, 10.0)


@pytest.mark.parametrize(
    ("direction", "family"), [pytest.param("forward", 4, marks=pytest.mark.soak), ("backward", 6)]
)
def test_one_way_loss_goes_to_the_direction_that_lost(lab, direction, family):
    line = impaired_line(lab)
    reflector(lab)
    line.far.impair(delay=0.005)
    match = {"forward": "udp dport 862", "backward": "udp sport 862"}[direction]
    targets = enumerate(Line.targets(PATHS, family=family))
    paths = [spec(n, address, kind=STAMP, stateful=True, interval=0.05) for n, address in targets]
    with lab.inside("vantage"), Rig(paths) as rig:
        rig.run(0.5)
        drop = lab.loss("router", 0.1, match=match)
        rig.run(16.0)  # a window is 15 s
    ratio = {way: rig.watch.latest.figure(f"{way}_loss")[: len(paths)] for way in ("forward", "backward")}
    lost = rig.watch.latest.figure("loss_ratio")[: len(paths)]
    assert lab.dropped(drop) > PATHS
    assert np.isfinite(lost).all()
    other = {"forward": "backward", "backward": "forward"}[direction]
    assert (ratio[other] == 0.0).all()
    # The direction is judged between two answers, the round trip over the whole window.
    assert ratio[direction].mean() == pytest.approx(lost.mean(), abs=0.02)
    assert ratio[direction].mean() > 0.04
