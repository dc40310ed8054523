"""Probes beside a throughput test: their quality is not judged, their silence is."""

from dataclasses import replace

import pytest

from bridgewatch.model.inventory import Inventory
from bridgewatch.model.words import LinkState
from bridgewatch.sim.country import Plan, country
from bridgewatch.sim.delay import gamma
from bridgewatch.sim.weather import Spell, cut, spell
from tests.whole.nights import SECOND, START, Night, seconds, watch

TENTH = SECOND // 10
BEGINS, ENDS = 60, 120  # of the test, seconds
MS = 1_000_000


def at(second: float) -> int:
    return START + round(second * SECOND)


def village(interval_ns: int) -> Inventory:
    whole = country(Plan(communes=1))
    paths = tuple(
        replace(path, interval_ns=interval_ns) if path.link is not None else path for path in whole.paths
    )
    return replace(whole, paths=paths)


def filled(link: str, begins: float = BEGINS, ends: float = ENDS) -> Spell:
    """What a full buffer does to a link: a tenth of the packets go, the others wait long and unequally."""
    return spell(f"link:{link}", at(begins), at(ends), loss=0.1, delay=gamma(150 * MS, 60 * MS))


def under_test(*links: str):
    return lambda night: night.station.mark(frozenset(links))


def poor(night: Night) -> set[str]:
    return {change.link for change in night.of(LinkState.DEGRADED)}


@pytest.mark.parametrize(("interval_ns", "until"), [(TENTH, 145), (SECOND, 300)])
def test_a_test_that_fills_a_link_is_no_bad_quality_and_the_same_without_a_test_is(interval_ns, until):
    inventory = village(interval_ns)
    tested, overloaded, *_ = inventory.links
    marks = [(BEGINS, under_test(tested)), (ENDS, under_test())]
    night = watch(inventory, until=until, script=[filled(tested), filled(overloaded)], at=marks)
    assert poor(night) == {overloaded}
    assert {change.link for change in night.of(LinkState.DOWN)} == set()
    counted = dict(zip(inventory.links, night.snapshot().links.lost.tolist(), strict=False))
    assert counted[tested] > 0  # measured and exported as ever


@pytest.mark.parametrize("interval_ns", [TENTH, SECOND])
def test_a_cut_during_a_test_is_down_as_fast_as_one_without(interval_ns):
    inventory = village(interval_ns)
    tested, plain, *_ = inventory.links
    script = [
        spell(f"link:{tested}", at(BEGINS), at(90), delay=gamma(150 * MS, 60 * MS)),
        cut(f"link:{tested}", at(90), at(100)),
        cut(f"link:{plain}", at(90), at(100)),
    ]
    night = watch(inventory, until=110, script=script, at=[(BEGINS, under_test(tested))])
    took = {change.link: seconds(change.at_ns) - 90 for change in night.of(LinkState.DOWN)}
    assert set(took) == {tested, plain}
    assert took[tested] <= took[plain] + interval_ns / SECOND + 0.3  # each has its own phase


def test_a_link_that_stays_bad_after_its_test_is_found_when_its_windows_hold_nothing_of_the_test():
    inventory = village(TENTH)
    tested, *_ = inventory.links
    marks = [(BEGINS, under_test(tested)), (ENDS, under_test())]
    night = watch(inventory, until=200, script=[filled(tested, BEGINS, 200)], at=marks)
    [found] = [seconds(change.at_ns) for change in night.of(LinkState.DEGRADED)][:1]
    assert ENDS + 15 < found < ENDS + 90


@pytest.mark.soak
def test_a_link_that_was_bad_before_its_test_stays_so_and_is_well_afterwards():
    inventory = village(TENTH)
    tested, *_ = inventory.links
    script = [filled(tested, 10, 90)]
    marks = [(60, under_test(tested)), (90, under_test())]
    night = watch(inventory, until=200, script=script, at=marks)
    told = [(change.new, seconds(change.at_ns)) for change in night.links if change.link == tested]
    states = [state for state, _ in told if state in (LinkState.DEGRADED, LinkState.UP)]
    assert states[0] == LinkState.UP
    assert states[-1] == LinkState.UP
    assert LinkState.DEGRADED in states
    assert not [state for state, second in told if 60 < second < 90 and state == LinkState.UP]


@pytest.mark.soak
def test_marks_hold_over_a_reload():
    inventory = village(TENTH)
    tested, gone, *_ = inventory.links
    smaller = replace(
        inventory,
        links={name: link for name, link in inventory.links.items() if name != gone},
        sites={
            name: replace(site, links=tuple(link for link in site.links if link != gone))
            for name, site in inventory.sites.items()
        },
        paths=tuple(path for path in inventory.paths if path.link != gone),
    )

    async def reload(night: Night) -> None:
        await night.station.configure(smaller)

    marks = [(BEGINS, under_test(tested)), (70, reload), (ENDS, under_test())]
    night = watch(inventory, until=180, script=[filled(tested)], at=marks)
    assert poor(night) == set()
