"""What links go through, told by a prober to whom anything can happen."""

import pytest

from bridgewatch.core.health.flapping import FLAPPING_WINDOW_NS
from bridgewatch.model.words import Family, LinkState, Outcome, Reason, SiteState
from tests.health.worlds import MS, ROUTER, SECOND, LinkPlan, Prober, world

UNKNOWN, UP, SUSPECT, DOWN = LinkState.UNKNOWN, LinkState.UP, LinkState.SUSPECT, LinkState.DOWN
FLAPPING, BLIND, PAUSED = LinkState.FLAPPING, LinkState.BLIND, LinkState.PAUSED
RTT = 20 * MS


def good(_row, _sent_ns):
    return RTT


def dead(*rows, otherwise=RTT):
    return lambda row, _sent_ns: None if row in rows else otherwise


def busy(count=6, **plan):
    return [LinkPlan(f"s{i}/wan", interval_ns=100 * MS, **plan) for i in range(count)]


def test_a_link_is_unknown_until_its_first_reply():
    prober = Prober(world(["a/wan"]), good)
    assert prober.state("a/wan") is UNKNOWN
    prober.run(1.5)
    assert prober.states("a/wan") == [UP]
    assert prober.links[0].reason is Reason.ANSWERED


def test_a_link_that_never_answered_goes_down_too():
    prober = Prober(world(busy()), dead(2))
    prober.run(4)
    assert prober.states("s2/wan") == [SUSPECT, DOWN]


def test_the_evidence_of_a_down_is_complete():
    prober = Prober(world(busy()), good)
    prober.run(3)
    prober.fate = dead(2)
    prober.run(3)
    down = prober.links[-1]
    assert (down.new, down.reason) == (DOWN, Reason.SILENT_WITH_WITNESS)
    proof = down.evidence
    assert proof.unanswered >= proof.needed == 8
    assert proof.since_ns <= down.at_ns - SECOND
    assert proof.since_ns < proof.witness_ns <= down.at_ns
    assert proof.loss == 0  # what is assumed of a new path was not seen


def test_one_lost_probe_is_no_suspicion():
    prober = Prober(world(["a/wan", "b/wan"]), good)
    prober.run(3)
    lost_from = prober.now
    prober.fate = lambda row, sent_ns: None if row == 0 and sent_ns < lost_from + SECOND else RTT
    prober.run(3)
    assert prober.states("a/wan") == [UP]


def test_a_short_cut_is_a_suspicion_and_no_more():
    prober = Prober(world(busy()), good)
    prober.run(3)
    start = prober.now
    prober.fate = lambda row, sent_ns: None if row == 2 and sent_ns < start + 700 * MS else RTT
    prober.run(3)
    assert prober.states("s2/wan") == [UP, SUSPECT, UP]


def test_a_reply_on_any_path_is_life():
    links = [LinkPlan("a/wan", families=(Family.V4, Family.V4)), "b/wan", "c/wan"]
    prober = Prober(world(links), good)
    prober.run(3)
    prober.fate = dead(0)
    prober.run(10)
    assert prober.states("a/wan") == [UP]
    prober.fate = dead(0, 1)
    prober.run(5)
    assert prober.states("a/wan") == [UP, SUSPECT, DOWN]
    prober.fate = dead(0)
    prober.run(2)
    assert prober.state("a/wan") is UP


def test_our_own_dead_family_is_no_witness_against_a_link():
    """The v4 target died long ago; when our IPv6 dies, only v6 could still show that the link lives."""
    links = [LinkPlan(f"{name}/wan", families=(Family.V4, Family.V6), interval_ns=100 * MS) for name in "abc"]
    prober = Prober(world(links), good)
    prober.run(3)
    prober.fate = dead(0)
    prober.run(3)
    prober.fate = dead(0, 1, 3, 5)
    prober.run(5)
    assert prober.state("a/wan") is BLIND
    assert DOWN not in prober.states("a/wan")
    assert prober.states("b/wan") == [UP]


def test_a_family_we_never_had_is_no_excuse():
    links = [LinkPlan(f"{name}/wan", families=(Family.V4, Family.V6), interval_ns=100 * MS) for name in "abc"]
    prober = Prober(world(links), dead(1, 3, 5))
    prober.run(3)
    prober.fate = dead(0, 1, 3, 5)
    prober.run(3)
    assert prober.state("a/wan") is DOWN


def test_routers_that_answer_for_a_target_are_named_as_the_reason():
    prober = Prober(world(busy()), good)
    prober.run(3)
    prober.fate = lambda row, _: Outcome.UNREACHABLE if row == 2 else RTT
    prober.run(3)
    assert prober.links[-1].new is DOWN
    assert prober.links[-1].reason is Reason.UNREACHABLE
    assert prober.links[-1].evidence.router == ROUTER


def test_an_unreachable_is_no_witness():
    prober = Prober(world(busy(2), references=0), good)
    prober.run(3)
    prober.fate = lambda row, _: None if row == 0 else Outcome.UNREACHABLE
    prober.run(4)
    assert prober.state("s0/wan") is BLIND


def test_local_errors_are_never_silence():
    prober = Prober(world(busy()), good)
    prober.run(3)
    start = prober.now
    prober.fate = lambda row, _: Outcome.LOCAL_ERROR if row == 2 else RTT
    prober.run(6)
    assert prober.states("s2/wan") == [UP, UNKNOWN]
    assert prober.links[-1].reason is Reason.LOCAL_ERROR
    assert 3 * SECOND <= prober.links[-1].at_ns - start <= 3_200 * MS
    prober.fate = good
    prober.run(1)
    assert prober.state("s2/wan") is UP


def test_a_path_that_cannot_be_sent_does_not_hide_the_silence_of_the_other():
    links = [LinkPlan("a/wan", families=(Family.V4, Family.V4)), "b/wan", "c/wan"]
    prober = Prober(world(links), good)
    prober.run(3)
    prober.fate = lambda row, _: {0: None, 1: Outcome.LOCAL_ERROR}.get(row, RTT)
    prober.run(10)
    assert prober.state("a/wan") is DOWN


def test_a_down_stays_down_while_we_cannot_send():
    prober = Prober(world(busy()), good)
    prober.run(3)
    prober.fate = dead(2)
    prober.run(3)
    prober.fate = lambda row, _: Outcome.LOCAL_ERROR if row == 2 else RTT
    prober.run(5)
    assert prober.state("s2/wan") is DOWN


def cuts(row, start, length_ns, period_ns, until_ns=2**62):
    return lambda at, sent_ns: (
        None if at == row and sent_ns < until_ns and (sent_ns - start) % period_ns < length_ns else RTT
    )


def test_three_downs_in_ten_minutes_are_flapping():
    prober = Prober(world(busy()), good)
    prober.run(3)
    prober.fate = cuts(2, prober.now, 2 * SECOND, 5 * SECOND)
    prober.run(20)
    assert prober.states("s2/wan") == [UP, SUSPECT, DOWN, UP, SUSPECT, DOWN, UP, SUSPECT, FLAPPING]
    assert prober.links[-1].reason is Reason.FLAPS


def test_flapping_ends_ten_minutes_after_the_last_down():
    prober = Prober(world(["a/wan"], references=2), good)
    prober.run(3)
    start = prober.now
    prober.fate = cuts(0, start, 5 * SECOND, 10 * SECOND, start + 30 * SECOND)
    prober.run(30)
    assert prober.state("a/wan") is FLAPPING
    prober.run(620)
    assert prober.state("a/wan") is UP
    last_down = max(change.at_ns for change in prober.links if change.new in (DOWN, FLAPPING))
    assert prober.when("a/wan", UP) - last_down >= FLAPPING_WINDOW_NS
    assert prober.links[-1].reason is Reason.SETTLED


def test_a_flapping_link_that_stays_down_says_so():
    prober = Prober(world(busy()), good, page_delay_ns=10 * SECOND)
    prober.run(3)
    prober.fate = cuts(2, prober.now, 2 * SECOND, 5 * SECOND)
    prober.run(14)
    assert prober.state("s2/wan") is FLAPPING
    prober.fate = dead(2)
    start = prober.now
    prober.run(15)
    assert prober.state("s2/wan") is DOWN
    assert 10 * SECOND <= prober.when("s2/wan", DOWN) - start <= 12 * SECOND
    prober.fate = good
    prober.run(1)
    assert prober.state("s2/wan") is UP


def test_a_paused_link_is_not_judged():
    prober = Prober(world([LinkPlan("a/wan", paused=True), "b/wan"]), dead(0))
    prober.run(5)
    assert prober.states("a/wan") == [PAUSED]
    assert prober.links[0].reason is Reason.PAUSED_BY_OPERATOR


@pytest.mark.parametrize("dial_in", [None, "KEY"])
def test_an_unknown_link_says_why(dial_in):
    prober = Prober(world([LinkPlan("a/internet", families=(), dial_in=dial_in), "b/wan"]), good)
    prober.run(2)
    expected = Reason.DIAL_IN_NEVER_SEEN if dial_in else Reason.NOT_YET_PROBED
    assert prober.health.standing().link_reason[0] == expected
    prober.health.explain(prober.now, {"a/internet": Reason.NEVER_RESOLVED, "b/wan": Reason.NEVER_RESOLVED})
    assert prober.health.standing().link_reason.tolist() == [Reason.NEVER_RESOLVED, Reason.ANSWERED]


def test_a_suspect_is_probed_faster_until_it_is_judged():
    prober = Prober(world([f"s{i}/wan" for i in range(6)]), good)
    prober.run(3)
    assert prober.most_boosted == 0
    prober.fate = dead(2)
    prober.run(2.5)
    assert prober.boosted == {2} or prober.state("s2/wan") is DOWN
    prober.run(3)
    assert prober.state("s2/wan") is DOWN
    assert prober.boosted == set()


def test_the_budget_of_suspects_is_never_exceeded_and_serves_all_in_the_end():
    prober = Prober(world([f"s{i}/wan" for i in range(30)], budget=50), good)
    prober.run(3)
    prober.fate = dead(*range(20))
    prober.run(20)
    assert prober.most_boosted == 5
    assert all(prober.state(f"s{i}/wan") is (DOWN if i < 20 else UP) for i in range(30))


def test_fast_links_need_no_boost():
    prober = Prober(world(busy(), reference_interval_ns=100 * MS), good)
    prober.run(3)
    prober.fate = dead(2)
    prober.run(3)
    assert prober.state("s2/wan") is DOWN
    assert prober.most_boosted == 0


def test_a_cut_darkens_the_site_and_a_second_of_doubt_does_not():
    prober = Prober(world(busy()), good)
    prober.run(3)
    start = prober.now
    prober.fate = lambda row, sent_ns: None if row == 2 and sent_ns < start + 700 * MS else RTT
    prober.run(3)
    prober.fate = dead(2)
    prober.run(3)
    assert [change.new for change in prober.sites if change.site == "s2"] == [SiteState.OK, SiteState.DARK]


def test_references_asked_for_a_witness_are_calmed_in_the_end():
    prober = Prober(world([LinkPlan("a/wan", interval_ns=100 * MS)]), good)
    prober.run(3)
    prober.fate = dead(0)
    prober.run(0.8)
    assert prober.boosted == {1, 2}
    prober.run(3)
    assert prober.state("a/wan") is DOWN
    assert prober.boosted == set()
