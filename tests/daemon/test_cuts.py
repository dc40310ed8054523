"""What the page of the real process says when a link, a handover or our own uplink is cut."""

import pytest

from bridgewatch.model.words import EgressState, LinkState, Reason
from tests.daemon.province import BLIND, DOWN, UP, links, plan_of, targets, watched

pytestmark = pytest.mark.root
BOTH_FAMILIES = pytest.mark.parametrize("family", [4, 6])


@BOTH_FAMILIES
def test_a_cut_link_is_down_and_nobody_else_is(lab, tmp_path, family):
    plan = plan_of(family, interval="100ms")
    daemon = watched(lab, tmp_path, plan, delay=0.030).daemon
    victim = links(plan, "wan")[0]
    drop = lab.drop("wan", "forward", addresses=targets(plan, "wan")[:1])
    daemon.until(lambda: daemon.states()[victim] == DOWN)
    assert daemon.series("bridgewatch_link_reason")[victim] == Reason.SILENT_WITH_WITNESS
    assert daemon.series("bridgewatch_link_up")[victim] == 0
    lab.lift(drop)
    daemon.until(lambda: daemon.states()[victim] == UP)
    assert {state for link, state in daemon.states().items() if link != victim} == {UP}


@pytest.mark.parametrize(("how", "family"), [("silence", 4), ("silence", 6), ("interface down", 4)])
def test_when_our_own_egress_is_cut_its_links_are_blind_with_one_reason_and_none_is_down(
    lab, tmp_path, how, family
):
    plan = plan_of(family)
    ways, _, daemon = watched(lab, tmp_path, plan)
    ours, others = links(plan, "wan"), links(plan, "internet")
    drop = None
    if how == "silence":
        drop = lab.drop("wan", "prerouting")
    else:
        lab.down(ways["wan"].near.a)
    seen: set[int] = set()

    def all_blind() -> bool:
        states = daemon.states()
        seen.update(states[link] for link in ours)
        assert {states[link] for link in others} == {UP}
        return {states[link] for link in ours} == {BLIND}

    daemon.until(all_blind)
    reasons = daemon.series("bridgewatch_link_reason")
    assert len({reasons[link] for link in ours}) == 1
    assert daemon.series("bridgewatch_egress_state", "egress") == {
        "wan": EgressState.DARK,
        "internet": EgressState.OK,
    }
    assert DOWN not in seen
    if drop is not None:
        lab.lift(drop)
    else:
        lab.up(ways["wan"].near.a)
        # Its routes went with it; an operator's network manager brings them back.
        for via, word in ((ways["wan"].near.b.v4, "-4"), (ways["wan"].near.b.v6, "-6")):
            lab.run("vantage", ["ip", word, "route", "replace", "default", "via", via, "metric", "100"])
    daemon.until(lambda: set(daemon.states().values()) == {UP})


@pytest.mark.parametrize("family", [6])
def test_a_carriers_handover_is_down_not_blind_while_the_references_answer(lab, tmp_path, family):
    plan = plan_of(family)
    daemon = watched(lab, tmp_path, plan).daemon
    dark, lit = links(plan, "wan", "vnpt"), [*links(plan, "wan", "viettel"), *links(plan, "internet")]
    lab.drop("wan", "forward", addresses=targets(plan, "wan", "vnpt"))
    daemon.until(lambda: {daemon.states()[link] for link in dark} == {DOWN})
    assert {daemon.states()[link] for link in lit} == {UP}
    assert daemon.series("bridgewatch_egress_state", "egress")["wan"] == EgressState.OK


def test_when_every_link_of_an_egress_is_dark_but_its_references_answer_all_are_down(lab, tmp_path):
    plan = plan_of(4)
    daemon = watched(lab, tmp_path, plan).daemon
    lab.drop("wan", "forward")
    daemon.until(lambda: {daemon.states()[link] for link in links(plan, "wan")} == {DOWN})
    assert daemon.series("bridgewatch_egress_state", "egress")["wan"] == EgressState.OK


@pytest.mark.soak
@BOTH_FAMILIES
def test_loss_on_our_own_uplink_is_one_finding_about_ourselves(lab, tmp_path, family):
    plan = plan_of(family, wan=10, interval="100ms")
    daemon = watched(lab, tmp_path, plan).daemon
    lab.loss("wan", 0.3, "prerouting", match='iifname "vantage"')
    seen: set[int] = set()

    def impaired() -> bool:
        seen.update(daemon.states()[link] for link in links(plan, "wan"))
        return daemon.series("bridgewatch_egress_state", "egress")["wan"] == EgressState.IMPAIRED

    daemon.until(impaired, 120.0)
    reasons = daemon.series("bridgewatch_link_reason")
    for _ in range(1500):
        impaired()
    assert not seen & {LinkState.DEGRADED, LinkState.DOWN, LinkState.BLIND, LinkState.FLAPPING}
    assert {reasons[link] for link in links(plan, "internet")} == {Reason.ANSWERED}
    assert daemon.series("bridgewatch_egress_state", "egress") == {
        "wan": EgressState.IMPAIRED,
        "internet": EgressState.OK,
    }
