"""Our own faults are found as our own, and never booked on a link."""

import numpy as np
import pytest

from bridgewatch.model.words import EgressState, LinkState, Outcome, Reason, Severity
from tests.health.worlds import MS, SECOND, LinkPlan, Prober, world

UP, DEGRADED, DOWN, BLIND = LinkState.UP, LinkState.DEGRADED, LinkState.DOWN, LinkState.BLIND
RTT = 20 * MS


def two_ways(count=8, interval_ns=SECOND):
    """Links over two egresses, mixed round-trip times."""
    return world(
        [LinkPlan(f"s{i}/wan", "wan", interval_ns=interval_ns) for i in range(count)]
        + [LinkPlan(f"s{i}/internet", "net", interval_ns=interval_ns) for i in range(count)]
    )


def answers(row):
    """Round-trip times from 1 to 150 ms: the quick must not convict the slow."""
    return (1 + 37 * row % 150) * MS


def good(row, _sent_ns):
    return answers(row)


def of(prober, egress, *, references=True):
    return {
        row
        for row, spec in enumerate(prober.inventory.paths)
        if spec.egress == egress and (references or spec.link is not None)
    }


def dead(rows, start=0, until_ns=2**62, fate=None):
    return lambda row, sent_ns: fate if row in rows and start <= sent_ns < until_ns else answers(row)


@pytest.mark.parametrize("interval_ns", [100 * MS, SECOND])
@pytest.mark.parametrize("fate", [None, Outcome.LOCAL_ERROR], ids=["cut", "interface gone"])
def test_a_dark_egress_takes_all_its_links_with_one_reason_and_gives_them_back(interval_ns, fate):
    prober = Prober(two_ways(interval_ns=interval_ns), good)
    prober.run(5)
    prober.fate = dead(of(prober, "wan"), fate=fate)
    prober.run(8)
    wan = [change for change in prober.links if change.link.endswith("/wan") and change.new is BLIND]
    assert {change.link for change in wan} == {f"s{i}/wan" for i in range(8)}
    assert {change.reason for change in wan} == {Reason.LOCAL_ERROR if fate else Reason.NO_WITNESS}
    assert not any(change.new is DOWN for change in prober.links)
    assert [(change.egress, change.new) for change in prober.egresses if change.new is EgressState.DARK] == [
        ("wan", EgressState.DARK)
    ]
    assert all(prober.states(f"s{i}/internet") == [UP] for i in range(8))
    back = prober.now
    prober.fate = good
    prober.run(3)
    assert all(prober.state(f"s{i}/wan") is UP for i in range(8))
    assert all(prober.when(f"s{i}/wan", UP) - back <= 3 * SECOND for i in range(8))
    assert prober.egresses[-1].new is EgressState.OK
    assert not any(change.new is DOWN for change in prober.links)


def test_a_dark_egress_turns_its_links_in_one_tick():
    prober = Prober(two_ways(interval_ns=SECOND), good)
    prober.run(5)
    prober.fate = dead(of(prober, "wan"))
    prober.run(8)
    assert len({change.at_ns for change in prober.links if change.new is BLIND}) == 1


@pytest.mark.parametrize("length_ms", range(100, 2_600, 240))
@pytest.mark.parametrize("interval_ns", [100 * MS, SECOND])
def test_a_blink_of_our_own_egress_brings_no_link_down(length_ms, interval_ns):
    """Links with short delays answer first when the egress returns: they must not convict the others."""
    prober = Prober(two_ways(interval_ns=interval_ns), good)
    prober.run(5)
    start = prober.now
    prober.fate = dead(of(prober, "wan"), start, start + length_ms * MS)
    prober.run(6)
    assert not any(change.new is DOWN for change in prober.links)
    assert all(prober.state(f"s{i}/wan") is UP for i in range(8))


@pytest.mark.parametrize("period_ms", [700, 1_300, 2_600])
def test_a_flickering_egress_brings_no_link_down(period_ms):
    prober = Prober(two_ways(interval_ns=100 * MS), good)
    prober.run(5)
    start = prober.now
    rows = of(prober, "wan")
    prober.fate = lambda row, sent_ns: (
        None
        if row in rows and (sent_ns - start) % (period_ms * MS) < (period_ms - 150) * MS
        else answers(row)
    )
    prober.run(10)
    assert not any(change.new is DOWN for change in prober.links)


@pytest.mark.parametrize("interval_ns", [100 * MS, SECOND])
def test_every_link_of_a_carrier_silent_is_down_when_the_references_answer(interval_ns):
    prober = Prober(two_ways(interval_ns=interval_ns), good)
    prober.run(5)
    start = prober.now
    prober.fate = dead(of(prober, "wan", references=False))
    prober.run(8)
    assert all(prober.state(f"s{i}/wan") is DOWN for i in range(8))
    assert not any(change.new is BLIND for change in prober.links)
    limit_ns = 1_200 * MS if interval_ns < SECOND else 4_200 * MS
    assert all(prober.when(f"s{i}/wan", DOWN) - start <= limit_ns for i in range(8))


def test_a_lone_suspect_asks_the_references_and_is_down_not_blind():
    """One fast link on an egress whose references are slow: without asking, nobody could witness in time."""
    for phase in range(0, 1_000, 170):
        prober = Prober(world([LinkPlan("a/wan", interval_ns=100 * MS)]), good)
        prober.run(5)
        prober.fate = dead({0}, prober.now + phase * MS)
        prober.run(4)
        assert prober.states("a/wan") == [UP, LinkState.SUSPECT, DOWN]


def test_dead_references_are_a_note_while_links_answer():
    prober = Prober(two_ways(), good)
    prober.run(5)
    references = of(prober, "wan") - of(prober, "wan", references=False)
    prober.fate = dead(references)
    prober.run(20)
    assert prober.egresses[-1].new is EgressState.OK
    assert prober.egresses[-1].reason is Reason.SILENT
    assert not any(change.new is BLIND for change in prober.links)
    prober.fate = dead(of(prober, "wan"))
    prober.run(6)
    assert prober.egresses[-1].new is EgressState.DARK
    assert not any(change.new is DOWN for change in prober.links)


def test_a_link_that_is_still_silent_after_the_egress_returned_is_down():
    prober = Prober(two_ways(), good)
    prober.run(5)
    prober.fate = dead(of(prober, "wan"))
    prober.run(10)
    prober.fate = dead({2})
    prober.run(12)
    assert prober.states("s2/wan")[-2:] == [BLIND, DOWN]
    assert all(prober.state(f"s{i}/wan") is UP for i in range(8) if i != 2)


def test_a_link_already_down_stays_down_while_we_are_blind():
    prober = Prober(two_ways(), good)
    prober.run(5)
    prober.fate = dead({2})
    prober.run(6)
    prober.fate = dead(of(prober, "wan"))
    prober.run(6)
    prober.fate = dead({2})
    prober.run(20)
    assert prober.states("s2/wan") == [UP, LinkState.SUSPECT, DOWN]


def judge(prober, rows, severity, reason):
    path = np.array(sorted(rows), dtype=np.int32)
    prober.health.judged(
        prober.now, path, np.full(path.size, severity, np.uint8), np.full(path.size, reason, np.uint8)
    )


def lossy(rows, every):
    """Each `every`-th second is lost on `rows`, too seldom for a suspicion at 1/s."""
    return lambda row, sent_ns: (
        None if row in rows and (sent_ns // SECOND + row) % every == 0 else answers(row)
    )


def test_loss_of_our_own_uplink_is_one_finding_about_ourselves():
    """Links are judged before and after the references; none of them may be blamed."""
    prober = Prober(two_ways(), good)
    prober.run(30)
    links, every = of(prober, "wan", references=False), of(prober, "wan")
    prober.fate = lossy(every, 3)
    prober.run(45)
    judge(prober, sorted(links)[:4], Severity.CRITICAL, Reason.LOSS)
    prober.run(12)
    judge(prober, every, Severity.CRITICAL, Reason.LOSS)
    prober.run(60)
    assert [change.new for change in prober.egresses if change.egress == "wan"][-1] is EgressState.IMPAIRED
    assert not any(change.new is DEGRADED for change in prober.links)
    reasons = prober.health.standing().link_reason
    assert set(reasons[:8].tolist()) == {Reason.OWN_UPLINK}
    assert set(reasons[8:].tolist()) == {Reason.ANSWERED}
    prober.fate = good
    prober.run(75)
    judge(prober, every - links, Severity.OK, Reason.NONE)
    prober.run(14)
    assert prober.egresses[-1].new is EgressState.OK
    judge(prober, links, Severity.OK, Reason.NONE)
    prober.run(100)
    assert not any(change.new is DEGRADED for change in prober.links)
    assert set(prober.health.standing().link_reason[:8].tolist()) == {Reason.ANSWERED}


def test_what_a_link_lost_before_our_own_trouble_stays_its_own():
    prober = Prober(two_ways(2), good)
    prober.run(10)
    judge(prober, {0}, Severity.WARN, Reason.LOSS)
    prober.run(120)
    judge(prober, of(prober, "wan"), Severity.CRITICAL, Reason.LOSS)
    prober.run(30)
    assert prober.state("s0/wan") is DEGRADED
    assert prober.state("s1/wan") is UP


def test_delay_is_never_excused():
    prober = Prober(two_ways(2), good)
    prober.run(10)
    judge(prober, of(prober, "wan"), Severity.WARN, Reason.RTT)
    prober.run(1)
    assert prober.state("s0/wan") is DEGRADED


def test_a_link_still_poor_after_our_own_trouble_is_named_in_the_end():
    prober = Prober(two_ways(2), good)
    prober.run(10)
    judge(prober, of(prober, "wan"), Severity.CRITICAL, Reason.LOSS)
    prober.run(30)
    references = of(prober, "wan") - of(prober, "wan", references=False)
    judge(prober, references | {1}, Severity.OK, Reason.NONE)
    prober.run(100)
    assert prober.state("s0/wan") is DEGRADED
    assert prober.state("s1/wan") is UP


def test_a_lossy_link_is_degraded_at_once_while_the_references_lose_nothing():
    prober = Prober(two_ways(2), good)
    prober.run(10)
    judge(prober, {0}, Severity.WARN, Reason.LOSS)
    prober.run(0.01)
    assert prober.state("s0/wan") is DEGRADED
    assert prober.links[-1].reason is Reason.LOSS
    judge(prober, {0}, Severity.CRITICAL, Reason.LOSS)
    prober.run(0.01)
    assert (prober.links[-1].old, prober.links[-1].new) == (DEGRADED, DEGRADED)
    assert prober.links[-1].evidence.severity is Severity.CRITICAL
    judge(prober, {0}, Severity.OK, Reason.NONE)
    prober.run(0.01)
    assert prober.state("s0/wan") is UP
    assert prober.links[-1].reason is Reason.SETTLED


def test_a_judged_link_is_degraded_again_after_a_recovery():
    prober = Prober(two_ways(interval_ns=100 * MS), good)
    prober.run(5)
    judge(prober, {2}, Severity.WARN, Reason.RTT)
    prober.fate = dead({2})
    prober.run(4)
    prober.fate = good
    prober.run(1)
    assert prober.states("s2/wan") == [UP, DEGRADED, LinkState.SUSPECT, DOWN, DEGRADED]
