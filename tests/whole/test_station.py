"""The whole watch over a simulated country: what it concludes of faults near, far and our own."""

import errno
from dataclasses import replace

import numpy as np
import pytest

from bridgewatch.model.inventory import Inventory
from bridgewatch.model.words import EgressState, LinkState, ProbeKind, Reason, SiteState
from bridgewatch.sim.country import AddressSpace, Plan, country
from bridgewatch.sim.host import firewall, no_route
from bridgewatch.sim.weather import Bursts, Direction, cut, spell
from bridgewatch.sim.world import handover_of
from tests.whole.nights import SECOND, START, Night, seconds, watch

DOWN = (LinkState.DOWN, LinkState.FLAPPING)


def at(second: float) -> int:
    return START + round(second * SECOND)


def states(night: Night) -> dict[str, LinkState]:
    snapshot = night.snapshot()
    numbers = snapshot.links.state.tolist()
    return {link: LinkState(number) for link, number in zip(snapshot.inventory.links, numbers, strict=True)}


def paths_of(inventory: Inventory, element: str) -> list[str]:
    return [link for link in inventory.links if inventory.links[link].egress == element]


def test_a_quiet_country_is_up_and_loses_nothing():
    night = watch(country(Plan(provinces=2, communes=18)), until=30)
    links = night.snapshot().links
    assert set(states(night).values()) == {LinkState.UP}
    assert links.lost.sum() == links.late.sum() == links.unreachable.sum() == links.local_error.sum() == 0
    assert night.engine.truth.sent.sum() == links.sent.sum() + 4 * 30
    assert (links.received + 5 >= links.sent).all()


@pytest.mark.parametrize("kind", [kind for kind in ProbeKind if kind is not ProbeKind.DIAL_IN])
@pytest.mark.parametrize("space", [AddressSpace.LOOPBACK, AddressSpace.DOCUMENTATION_V6])
def test_every_counter_equals_what_the_world_really_did(kind, space):
    inventory = country(
        Plan(provinces=1, communes=9, kind=kind, space=space, stateful=kind is not ProbeKind.ICMP)
    )
    lossy, doubled, *_ = inventory.links
    script = [
        spell(f"link:{lossy}", at(3), at(20), loss=0.2, reorder=0.05, reorder_ns=30_000_000),
        spell(f"link:{doubled}", at(3), at(20), duplicate=0.2),
        cut("egress:wan", at(21), at(23)),
    ]
    night = watch(inventory, until=30, script=script)
    truth, links = night.engine.truth, night.snapshot().links
    references = sum(spec.link is None for spec in inventory.paths)
    lost = truth.lost_forward + truth.lost_backward
    assert links.lost.tolist() == lost[references:].tolist()
    assert links.lost.sum() > 20
    assert links.duplicate.sum() > 0
    assert links.local_error.sum() == links.late.sum() == links.unreachable.sum() == 0
    assert links.received.sum() > 0


def test_a_cut_link_is_down_within_seconds_and_its_neighbours_are_not():
    inventory = country(Plan(provinces=1, communes=9))
    victim = next(link for link in inventory.links if link.endswith("/wan"))
    night = watch(inventory, until=20, script=[cut(f"link:{victim}", at(5), at(12))])
    downs = night.of(*DOWN)
    assert [change.link for change in downs] == [victim]
    assert seconds(downs[0].at_ns) - 5 <= 4.5
    assert downs[0].reason is Reason.SILENT_WITH_WITNESS
    assert states(night)[victim] is LinkState.UP


def test_one_look_at_a_link_says_what_the_columns_say_of_it():
    inventory = country(Plan(provinces=1, communes=9))
    victim = next(link for link in inventory.links if link.endswith("/wan"))
    night = watch(inventory, until=20, script=[cut(f"link:{victim}", at(5))])
    links = night.snapshot().links
    for place, name in enumerate(inventory.links):
        seen = night.station.figures(name)
        assert seen is not None
        assert (seen.state, seen.since_ns) == (links.state[place], links.since_wall_ns[place])
        for figure, column in (
            (seen.loss, links.loss_ratio),
            (seen.rtt, links.rtt[:, 0]),
            (seen.jitter, links.jitter_rfc3550),
        ):
            assert figure == pytest.approx(column[place]) if figure is not None else np.isnan(column[place])
    assert night.station.figures(victim).state is LinkState.DOWN
    assert night.station.figures("of/nobody") is None


def test_at_ten_probes_a_second_a_cut_is_down_within_one_and_a_half_seconds():
    inventory = country(Plan(provinces=1, communes=4, interval=0.1))
    victim = next(iter(inventory.links))
    night = watch(inventory, until=10, script=[cut(f"link:{victim}", at(5))])
    (down,) = night.of(*DOWN)
    assert seconds(down.at_ns) - 5 <= 1.5


def test_a_dead_handover_is_down_not_blind_because_the_references_answer():
    inventory = country(Plan(provinces=1, communes=19))
    handover = handover_of(inventory, next(iter(inventory.links.values())))
    behind = {link for link, known in inventory.links.items() if handover_of(inventory, known) == handover}
    night = watch(inventory, until=15, script=[cut(handover, at(5))])
    assert {change.link for change in night.of(*DOWN)} == behind
    assert not night.of(LinkState.BLIND)
    assert not [change for change in night.egresses if change.new is EgressState.DARK]


def test_our_own_dead_egress_is_blind_with_one_reason_and_no_link_goes_down():
    inventory = country(Plan(provinces=2, communes=18))
    night = watch(inventory, until=25, script=[cut("egress:wan", at(5), at(15))])
    blind = night.of(LinkState.BLIND)
    assert {change.link for change in blind} == set(paths_of(inventory, "wan"))
    assert {change.reason for change in blind} == {Reason.NO_WITNESS}
    assert not night.of(*DOWN)
    back = [seconds(change.at_ns) for change in night.of(LinkState.UP) if seconds(change.at_ns) > 15]
    assert len(back) == len(blind)
    assert max(back) - 15 <= 3
    turned = [change for change in night.egresses if change.egress == "wan" and change.new != change.old]
    assert [change.new for change in turned] == [EgressState.OK, EgressState.DARK, EgressState.OK]


def test_a_link_that_died_behind_our_dead_egress_is_down_once_the_egress_is_back():
    inventory = country(Plan(provinces=1, communes=9))
    victim = next(link for link in inventory.links if link.endswith("/wan"))
    night = watch(
        inventory, until=30, script=[cut("egress:wan", at(5), at(15)), cut(f"link:{victim}", at(8))]
    )
    assert [change.link for change in night.of(*DOWN)] == [victim]
    assert 15 <= seconds(night.of(*DOWN)[0].at_ns) <= 20


def test_thirty_percent_loss_on_our_own_uplink_is_one_finding_about_ourselves():
    inventory = country(Plan(provinces=1, communes=9, interval=0.1))
    night = watch(inventory, until=60, script=[spell("egress:wan", at(10), loss=0.16)])
    wan = set(paths_of(inventory, "wan"))
    assert not [change for change in night.of(*DOWN, LinkState.DEGRADED) if change.link in wan]
    findings = [c for c in night.egresses if c.egress == "wan" and c.new is EgressState.IMPAIRED]
    assert len(findings) == 1
    ratios = night.snapshot().links.loss_ratio[[link in wan for link in inventory.links]]
    assert np.nanmean(ratios) == pytest.approx(0.3, abs=0.05)


@pytest.mark.soak
def test_chance_alone_takes_no_link_down():
    """2 and 10 % independent loss, and bursts too short for the rule."""
    inventory = country(Plan(provinces=1, communes=29))
    climate_script = []
    for number, link in enumerate(inventory.links):
        changes = [
            {"loss": 0.02},
            {"loss": 0.10},
            {"bursts": Bursts(20e9, 0.4e9, longest_bad_ns=0.8e9, least_good_ns=5e9)},
        ][number % 3]
        climate_script.append(spell(f"link:{link}", at(0), directions=(Direction.FORWARD,), **changes))
    night = watch(inventory, until=150, script=climate_script)
    assert not night.of(*DOWN, LinkState.BLIND)
    assert night.of(LinkState.SUSPECT)


def test_a_firewall_on_our_own_host_is_a_local_error_and_never_loss():
    inventory = country(Plan(provinces=1, communes=9))
    faults = [firewall(at(5), at(12)), no_route(at(15), at(18))]
    night = watch(inventory, until=25, faults=faults)
    links = night.snapshot().links
    assert links.lost.sum() == 0
    assert links.local_error.sum() > 100
    assert not night.of(*DOWN, LinkState.SUSPECT)
    assert Reason.LOCAL_ERROR in {change.reason for change in night.of(LinkState.UNKNOWN)}
    assert Reason.LOCAL_ERROR in {change.reason for change in night.egresses}
    assert set(states(night).values()) == {LinkState.UP}


@pytest.mark.parametrize("step", [3_600 * SECOND, -3_600 * SECOND, 2_000_000])
def test_a_wall_clock_that_jumps_spoils_no_figure_and_loses_nothing(step):
    night = watch(country(Plan(provinces=1, communes=9)), until=20, clock_steps=[(8.0, step), (12.0, -step)])
    links = night.snapshot().links
    assert links.lost.sum() == links.late.sum() == 0
    assert np.nanmax(links.rtt) < 0.1
    assert np.nanmin(links.rtt_min) > 0.001
    assert set(states(night).values()) == {LinkState.UP}
    assert night.snapshot().self_stats.clock_steps == 2


def test_a_reload_disturbs_no_path_that_did_not_change():
    """Half the links go and return, one changes its rate; the others' counters run on as if nothing was."""
    whole = country(Plan(provinces=1, communes=9))
    kept_sites = list(whole.sites)[:5]
    links = {name: link for name, link in whole.links.items() if link.site in kept_sites}
    half = replace(
        whole,
        sites={i: s for i, s in whole.sites.items() if i in kept_sites},
        links=links,
        paths=tuple(p for p in whole.paths if p.link is None or p.link in links),
    )
    quick = next(p for p in half.paths if p.link is not None)
    faster = replace(
        half, paths=tuple(replace(p, interval_ns=SECOND // 10) if p == quick else p for p in half.paths)
    )
    seen = {}

    def note(night: Night) -> None:
        columns = night.snapshot().links
        seen.update(
            {
                link: (int(columns.sent[i]), int(columns.state[i]))
                for i, link in enumerate(night.station.watch.inventory.links)
            }
        )

    night = watch(
        whole,
        until=40,
        at=[
            (10.0, note),
            (10.1, lambda n: n.station.configure(faster)),
            (20.0, lambda n: n.station.configure(whole)),
        ],
    )
    columns = night.snapshot().links
    for place, link in enumerate(whole.links):
        if link in links and link != quick.link:
            assert columns.sent[place] == pytest.approx(40, abs=1), link
            assert columns.lost[place] == 0
        elif link not in links:
            assert columns.sent[place] == pytest.approx(20, abs=1), link
    assert columns.lost.sum() == 0
    assert set(states(night).values()) == {LinkState.UP}
    assert not [c for c in night.links if c.link in links and seconds(c.at_ns) > 5]
    assert seen


def test_a_site_is_dark_when_what_carries_its_meeting_is_down():
    inventory = country(Plan(provinces=1, communes=4))
    site = next(iter(inventory.sites))
    night = watch(inventory, until=20, script=[cut(f"site:{site}", at(5), at(12))])
    mine = [change.new for change in night.sites if change.site == site]
    assert SiteState.DARK in mine
    assert mine[-1] is SiteState.OK


def test_the_same_seed_tells_the_same_night():
    def play():
        inventory = country(Plan(provinces=1, communes=9))
        script = [cut(f"link:{next(iter(inventory.links))}", at(4), at(9))]
        night = watch(inventory, until=15, script=script, seed=5)
        return [
            (c.link, c.at_ns, c.new, c.reason) for c in night.links
        ], night.snapshot().links.rtt_sum.tolist()

    assert play() == play()


def test_our_host_without_permission_says_so():
    faults = [firewall(at(0), at(100))]
    night = watch(country(Plan(provinces=1, communes=4)), until=10, faults=faults)
    snapshot = night.snapshot()
    assert set(snapshot.links.state.tolist()) <= {LinkState.UNKNOWN, LinkState.BLIND}
    assert snapshot.links.local_error.sum() > 0
    assert {change.reason for change in night.egresses} == {Reason.LOCAL_ERROR}
    assert {change.reason for change in night.of(LinkState.BLIND)} == {Reason.LOCAL_ERROR}
    assert firewall(at(0), at(1)).errno == errno.EPERM
