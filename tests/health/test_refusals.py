"""A target that refuses is not a dead link: its path is alive, and nobody answers there."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bridgewatch.core.health.silence import PATIENCE_NS
from bridgewatch.model.observations import Observations
from bridgewatch.model.words import EgressState, Family, LinkState, Outcome, Reason, SiteState
from bridgewatch.sim.far_end import Refusals
from tests.health.test_reload import reload
from tests.health.worlds import MS, SECOND, LinkPlan, Prober, Refusal, world

UNKNOWN, UP, SUSPECT, DOWN = LinkState.UNKNOWN, LinkState.UP, LinkState.SUSPECT, LinkState.DOWN
FLAPPING, BLIND = LinkState.FLAPPING, LinkState.BLIND
RTT = 20 * MS
FAST = 100 * MS
RATES = pytest.mark.parametrize("interval_ns", [FAST, SECOND])
TWO = (Family.V4, Family.V4)


@dataclass
class Hosts:
    """Far ends: the rows in `stopped` refuse as often as hosts do, those in `dead` say nothing."""

    stopped: tuple[int, ...] = ()
    dead: tuple[int, ...] = ()
    lost: Callable[[int], bool] = lambda _: False  # which refusals get lost, by their number
    latest_ns: int = 0  # when the latest probe was sent whose refusal came back
    _limit: Refusals = field(default_factory=Refusals)
    _sent: int = 0

    def __call__(self, row: int, sent_ns: int) -> int | Refusal | None:
        if row in self.dead:
            return None
        if row not in self.stopped:
            return RTT
        if not self._limit.told(np.array([row], np.int32), np.array([sent_ns])).all():
            return None
        self._sent += 1
        if self.lost(self._sent):
            return None
        self.latest_ns = sent_ns
        return Refusal(RTT)


def started(*plans: LinkPlan | str, hosts: Hosts | None = None, **options: object) -> tuple[Prober, Hosts]:
    """Three seconds of a world whose far ends are these."""
    hosts = hosts or Hosts()
    prober = Prober(world(plans, **options), hosts)
    prober.run(3)
    return prober, hosts


def busy(interval_ns: int = FAST) -> list[LinkPlan]:
    return [LinkPlan(f"s{number}/wan", interval_ns=interval_ns) for number in range(4)]


def reason(prober: Prober, link: str) -> Reason:
    return Reason(int(prober.health.standing().link_reason[list(prober.inventory.links).index(link)]))


def refuses(prober: Prober, link: str = "s2/wan") -> bool:
    return prober.state(link) is UNKNOWN and reason(prober, link) is Reason.TARGET_REFUSES


@RATES
def test_a_stopped_reflector_makes_its_link_unknown_as_soon_as_a_cut_would_make_it_down(interval_ns):
    prober, hosts = started(*busy(interval_ns))
    start = prober.now
    hosts.stopped = (2,)
    prober.run(6)
    assert prober.states("s2/wan") == [UP, UNKNOWN]
    assert refuses(prober)
    found = prober.links[-1]
    assert found.at_ns - start <= SECOND + 2 * interval_ns
    assert found.evidence.unanswered >= 2
    assert start <= found.evidence.since_ns <= found.at_ns - SECOND


@RATES
def test_nothing_more_happens_while_it_refuses_however_few_of_its_probes_are_refused(interval_ns):
    prober, _ = started(*busy(interval_ns), hosts=Hosts(stopped=(2,)))
    before = len(prober.links)
    prober.run(20)
    assert len(prober.links) == before
    assert refuses(prober)
    assert prober.most_boosted == 0


def test_two_refusals_in_a_row_may_get_lost_without_a_suspicion():
    hosts = Hosts(stopped=(2,), lost=lambda number: number > 8 and number % 3 != 0)
    prober, hosts = started(*busy(), hosts=hosts)
    prober.run(60)
    assert prober.states("s2/wan") == []
    assert refuses(prober)


def test_a_reflector_that_is_restarted_within_a_second_is_nobodys_business():
    prober, hosts = started(*busy())
    hosts.stopped = (2,)
    prober.run(0.9)
    hosts.stopped = ()
    prober.run(3)
    assert prober.states("s2/wan") == [UP]


def test_a_link_that_refuses_from_the_start_says_so():
    prober, _ = started(*busy(), hosts=Hosts(stopped=(2,)))
    (change,) = (change for change in prober.links if change.link == "s2/wan")
    assert (change.old, change.new, change.reason) == (UNKNOWN, UNKNOWN, Reason.TARGET_REFUSES)


@RATES
def test_a_path_that_dies_behind_a_stopped_reflector_goes_down(interval_ns):
    prober, hosts = started(*busy(interval_ns))
    hosts.stopped = (2,)
    prober.run(5)
    hosts.dead = (2,)
    prober.run(6)
    assert prober.states("s2/wan") == [UP, UNKNOWN, SUSPECT, DOWN]
    assert prober.links[-1].reason is Reason.SILENT_WITH_WITNESS
    silent_ns = prober.when("s2/wan", DOWN) - hosts.latest_ns
    assert PATIENCE_NS <= silent_ns <= PATIENCE_NS + SECOND


def test_a_path_that_comes_back_behind_a_stopped_reflector_is_alive_at_the_first_refusal():
    prober, hosts = started(*busy(), hosts=Hosts(stopped=(2,), dead=(2,)))
    assert prober.state("s2/wan") is DOWN
    start = prober.now
    hosts.dead = ()
    prober.run(0.3)
    assert refuses(prober)
    assert prober.links[-1].at_ns - start <= 150 * MS
    hosts.stopped = ()
    prober.run(0.3)
    assert prober.state("s2/wan") is UP


def test_a_reply_on_another_path_is_life_and_a_silent_one_no_death():
    prober, hosts = started(LinkPlan("a/wan", families=TWO), "b/wan", "c/wan")
    hosts.stopped = (0,)
    prober.run(6)
    assert prober.states("a/wan") == [UP]
    hosts.dead = (1,)
    prober.run(6)
    assert prober.states("a/wan") == [UP, UNKNOWN]
    assert refuses(prober, "a/wan")
    hosts.dead = (0, 1)
    prober.run(8)
    assert prober.states("a/wan") == [UP, UNKNOWN, SUSPECT, DOWN]
    hosts.dead, hosts.stopped = (0,), ()
    prober.run(2)
    assert prober.state("a/wan") is UP


def test_a_refusal_is_a_witness_for_the_other_links_of_its_egress():
    prober, hosts = started(*busy()[:2], references=0)
    hosts.stopped, hosts.dead = (1,), (0,)
    prober.run(6)
    assert prober.state("s0/wan") is DOWN
    assert refuses(prober, "s1/wan")


def test_a_refusal_that_anybody_could_have_made_up_is_no_witness():
    prober, hosts = started(*busy()[:2], references=0)
    observe = prober.health.observe

    def unproven(now: int, batch: Observations) -> None:
        observe(now, replace(batch, error_proven=np.zeros(len(batch.error_path), np.bool_)))

    prober.health.observe = unproven
    hosts.stopped, hosts.dead = (1,), (0,)
    prober.run(6)
    assert prober.state("s0/wan") is BLIND
    assert refuses(prober, "s1/wan")


def test_no_site_is_dark_that_a_link_whose_target_refuses_could_carry():
    prober, hosts = started(LinkPlan("a/wan", interval_ns=FAST), LinkPlan("a/net", interval_ns=FAST), "b/wan")
    hosts.stopped, hosts.dead = (0,), (1,)
    prober.run(6)
    assert (prober.state("a/wan"), prober.state("a/net")) == (UNKNOWN, DOWN)
    hosts.dead = (0, 1)
    prober.run((hosts.latest_ns - prober.now + PATIENCE_NS) / SECOND + 0.05)
    assert prober.state("a/wan") is SUSPECT
    of_site = [change.new for change in prober.sites if change.site == "a"]
    assert of_site == [SiteState.OK, SiteState.REDUCED, SiteState.UNKNOWN]
    prober.run(1)
    assert prober.sites[-1].new is SiteState.DARK


def test_what_a_target_refused_is_no_loss_of_its_path():
    prober, hosts = started(*busy())
    hosts.stopped = (2,)
    prober.run(30)
    hosts.stopped = ()
    prober.run(5)
    hosts.dead = (2,)
    prober.run(3)
    down = prober.links[-1]
    assert (down.new, down.evidence.needed, down.evidence.loss) == (DOWN, 8, 0)


def test_a_flapping_link_flaps_on_behind_its_refusals():
    prober, hosts = started(*busy(), hosts=Hosts(stopped=(2,)))
    for _ in range(3):
        hosts.dead = (2,)
        prober.run(5)
        hosts.dead = ()
        prober.run(3)
    assert prober.state("s2/wan") is FLAPPING
    assert prober.states("s2/wan").count(DOWN) == 2
    hosts.stopped = ()
    prober.run(1)
    assert prober.state("s2/wan") is FLAPPING


def test_our_own_failure_to_send_outweighs_what_the_target_said():
    prober, hosts = started(*busy(), hosts=Hosts(stopped=(2,)))
    prober.fate = lambda row, sent_ns: Outcome.LOCAL_ERROR if row == 2 else hosts(row, sent_ns)
    prober.run(6)
    assert (prober.state("s2/wan"), reason(prober, "s2/wan")) == (UNKNOWN, Reason.LOCAL_ERROR)
    prober.fate = hosts
    prober.run(1)
    assert refuses(prober)


def test_what_was_known_of_a_target_goes_with_it():
    prober, _ = started("a/wan", "b/wan", hosts=Hosts(stopped=(0,)))
    assert refuses(prober, "a/wan")
    inventory = world(["a/wan", "b/wan"])
    paths = (replace(inventory.paths[0], key=inventory.paths[0].key._replace(target="new")),)
    prober.fate = lambda row, _: None if row == len(inventory.paths) else RTT
    reload(prober, replace(inventory, paths=(*paths, *inventory.paths[1:])))
    prober.run(0.02)
    assert (prober.state("a/wan"), reason(prober, "a/wan")) == (UNKNOWN, Reason.NOT_YET_PROBED)


def test_a_reason_from_before_does_not_outweigh_a_refusal():
    prober, _ = started(*busy(), hosts=Hosts(stopped=(2,)))
    prober.health.explain(prober.now, {"s2/wan": Reason.NEVER_RESOLVED})
    assert refuses(prober)


def test_references_that_refuse_are_a_note_and_no_dark_egress():
    prober, hosts = started(LinkPlan("a/wan", interval_ns=FAST), reference_interval_ns=FAST)
    hosts.stopped = (0, 1, 2)
    prober.run(20)
    assert {change.new for change in prober.egresses} == {EgressState.OK}
    assert prober.egresses[-1].reason is Reason.TARGET_REFUSES
    assert refuses(prober, "a/wan")


@settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    interval_ns=st.sampled_from([20 * MS, FAST, 300 * MS, SECOND]),
    answered=st.booleans(),
    other=st.sampled_from([None, "dead"]),
    references=st.sampled_from([0, 2]),
    lost=st.integers(0, 2),  # of three refusals
    seconds=st.integers(4, 8),
)
def test_a_link_is_never_held_for_dead_as_long_as_its_target_refuses(
    interval_ns, answered, other, references, lost, seconds
):
    """Whatever its rate, its other target and its egress; and it is dead soon after the last refusal."""
    families = TWO if other else TWO[:1]
    plan = LinkPlan("a/wan", interval_ns=interval_ns, families=families)
    dead = tuple(range(1, len(families)))
    hosts = Hosts(() if answered else (0,), dead, lambda number: number > 8 and number % 3 < lost)
    prober, hosts = started(plan, "b/wan", hosts=hosts, references=references)
    hosts.stopped = (0,)
    prober.run(seconds)
    assert set(prober.states("a/wan")) <= {UP, UNKNOWN}
    assert refuses(prober, "a/wan")
    hosts.dead = (0, *dead)
    prober.run(8)
    assert prober.state("a/wan") is DOWN
    assert prober.when("a/wan", DOWN) - hosts.latest_ns <= PATIENCE_NS + 1.5 * SECOND
    hosts.dead, hosts.lost = dead, lambda _: False
    prober.run(1.2)
    assert refuses(prober, "a/wan")
