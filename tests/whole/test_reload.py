"""A reload while the country is probed: prepared between ticks, changed over at once, seen by nobody halfway."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from bridgewatch.app.turns import between_ticks
from bridgewatch.core.health.layout import Layout, lay_out
from bridgewatch.core.plan import regroup, touched_paths
from bridgewatch.core.probing.paths import PathTable
from bridgewatch.core.steps import Steps, finish, portions
from bridgewatch.model.inventory import Inventory, Profile, Threshold
from bridgewatch.model.words import LinkState
from bridgewatch.sim.country import Plan, country
from bridgewatch.sim.weather import cut
from tests.whole.nights import SECOND, START, Night, seconds, watch

UP, DOWN = LinkState.UP, LinkState.DOWN


def at(second: float) -> int:
    return START + round(second * SECOND)


def part(whole: Inventory, sites: range) -> Inventory:
    """Only some sites of a country."""
    chosen = {
        name: site
        for name, site in whole.sites.items()
        if name in list(whole.sites)[sites.start : sites.stop]
    }
    links = {name: link for name, link in whole.links.items() if link.site in chosen}
    paths = tuple(spec for spec in whole.paths if spec.link is None or spec.link in links)
    return replace(whole, sites=chosen, links=links, paths=paths)


def states(night: Night) -> dict[str, LinkState]:
    snapshot = night.snapshot()
    numbers = snapshot.links.state.tolist()
    return {name: LinkState(number) for name, number in zip(snapshot.inventory.links, numbers, strict=True)}


async def slowly(night: Night, inventory: Inventory, step_seconds: float) -> None:
    """What `Station.configure` does, on a host that takes its time for every step."""
    station = night.station
    ready = await stretched(station._make_ready(inventory, {}), step_seconds)
    changes = station.watch.adopt(ready.plan, station._clock.monotonic_ns())
    station._snapshots.adopt(ready.places, changes)
    await stretched(station._router.apply(changes, ready.moves), step_seconds)


async def stretched(steps: Steps, step_seconds: float):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
        await asyncio.sleep(step_seconds)


def test_what_happens_while_a_reload_is_prepared_is_not_forgotten():
    """A link dies and another recovers between the plan and its adoption."""
    whole = country(Plan(provinces=1, communes=9))
    before, after = part(whole, range(8)), part(whole, range(2, 10))
    dies, recovers = [name for name in after.links if name in before.links][:2]
    seen = {}

    def note(night):
        snapshot = night.snapshot()
        seen.update(zip(snapshot.inventory.links, snapshot.links.sent.tolist(), strict=True))

    night = watch(
        before,
        until=60,
        world_of=whole,
        script=[cut(f"link:{dies}", at(12)), cut(f"link:{recovers}", at(4), at(14))],
        at=[(9.9, note), (10.0, lambda n: slowly(n, after, 0.7))],
    )
    now = states(night)
    assert [change.new for change in night.links if change.link == dies and change.new in (UP, DOWN)] == [
        UP,
        DOWN,
    ]
    assert now.pop(dies) is DOWN
    assert set(now.values()) == {UP}
    assert set(now) | {dies} == set(after.links)
    sent = dict(zip(after.links, night.snapshot().links.sent.tolist(), strict=True))
    for link in after.links:
        if link in before.links:
            assert sent[link] >= 59, link
            assert sent[link] >= seen[link]
    assert night.snapshot().links.lost.sum() == sum(
        night.snapshot().links.lost[list(after.links).index(link)] for link in (dies, recovers)
    )


def test_readers_between_the_steps_see_one_inventory_or_the_other():
    whole = country(Plan(provinces=1, communes=9))
    before, after = part(whole, range(5)), part(whole, range(3, 10))
    seen = []

    async def read(night: Night) -> None:
        for _ in range(400):
            snapshot = night.snapshot()
            seen.append((snapshot.generation, len(snapshot.inventory.links), len(snapshot.links.sent)))
            await asyncio.sleep(0.05)

    async def both(night: Night) -> None:
        await asyncio.gather(read(night), slowly(night, after, 0.3))

    watch(before, until=40, world_of=whole, at=[(5.0, both)])
    sizes = (len(before.links), len(after.links))
    assert set(seen) == {(1, sizes[0], sizes[0]), (2, sizes[1], sizes[1])}


def test_two_reloads_at_once_come_one_after_the_other():
    whole = country(Plan(provinces=1, communes=9))
    first, last = part(whole, range(3)), part(whole, range(4, 9))

    async def both(night: Night) -> None:
        await asyncio.gather(night.station.configure(first), night.station.configure(last))

    night = watch(whole, until=20, at=[(5.0, both)])
    assert set(states(night)) == set(last.links)
    assert set(states(night).values()) == {UP}
    assert night.snapshot().generation == 3


def test_what_was_made_ready_and_overtaken_by_a_reload_is_made_anew():
    whole = country(Plan(provinces=1, communes=9))
    before, overtaking, overtaken = part(whole, range(3)), part(whole, range(2, 9)), part(whole, range(1, 6))

    async def overtake(night: Night) -> None:
        ready = await night.station.prepare(overtaken)
        await night.station.prepare(whole)
        await night.station.configure(overtaking)
        await night.station.enter(ready)

    night = watch(before, until=20, world_of=whole, at=[(5.0, overtake)])
    assert set(states(night)) == set(overtaken.links)
    assert set(states(night).values()) == {UP}
    assert night.snapshot().links.lost.sum() == night.snapshot().links.late.sum() == 0


def test_a_preparation_that_is_given_up_leaves_no_trace():
    whole = country(Plan(provinces=1, communes=9))
    before = part(whole, range(5))

    def give_up(night: Night) -> None:
        for taken in (1, 3, 9, 1000):
            steps = night.station.watch.prepare(whole, night.station._clock.monotonic_ns())
            for _ in zip(range(taken), steps, strict=False):
                pass
            steps.close()

    plain, disturbed = (
        watch(before, until=20, world_of=whole, at=acts) for acts in ([], [(5.0, give_up), (9.0, give_up)])
    )
    assert states(disturbed) == states(plain)
    for column in ("sent", "received", "lost", "rtt_sum"):
        assert (
            getattr(disturbed.snapshot().links, column).tolist()
            == getattr(plain.snapshot().links, column).tolist()
        )


def test_a_link_keeps_its_counts_when_its_target_is_replaced():
    whole = country(Plan(provinces=1, communes=3))
    mine = next(spec for spec in whole.paths if spec.link is not None)
    moved = replace(mine, key=mine.key._replace(target="another"))
    other = replace(whole, paths=tuple(moved if spec is mine else spec for spec in whole.paths))
    night = watch(
        whole,
        until=40,
        at=[(10.0, lambda n: n.station.configure(other)), (20.0, lambda n: n.station.configure(whole))],
    )
    assert night.snapshot().links.sent.tolist() == pytest.approx([40] * len(whole.links), abs=2)


def test_a_changed_profile_is_judged_by_without_touching_the_path():
    whole = country(Plan(provinces=1, communes=3))
    name = next(iter(whole.links))
    strict = Profile("strict", rtt=Threshold(0.000_001, 0.000_002))
    links = {key: replace(link, profile=strict) if key == name else link for key, link in whole.links.items()}
    night = watch(whole, until=60, at=[(10.0, lambda n: n.station.configure(replace(whole, links=links)))])
    assert {link for link, state in states(night).items() if state is not UP} == {name}
    assert states(night)[name] is LinkState.DEGRADED
    assert night.snapshot().links.sent.tolist() == pytest.approx([60] * len(links), abs=1)


def test_the_groups_of_a_reload_are_those_of_a_fresh_start():
    whole = country(Plan(provinces=3, communes=9))
    before = part(whole, range(20))
    carriers = list(whole.carriers)
    links = {
        name: replace(link, carrier=carriers[number % len(carriers)]) if number % 3 else link
        for number, (name, link) in enumerate(part(whole, range(5, 30)).links.items())
    }
    after = replace(part(whole, range(5, 30)), links=links)
    table, nothing = PathTable(1), replace(whole, egresses={}, sites={}, links={}, paths=())
    first = finish(table.plan(before.paths, 0))
    started = finish(regroup(finish(touched_paths(nothing, before, first)), before, {}))
    table.adopt(first, 0)
    second = finish(table.plan(after.paths, 9))
    changed = finish(regroup(finish(touched_paths(before, after, second)), after, started.numbers))
    group_of = np.full(second.size, -1)
    group_of[started.rows] = started.group
    group_of[changed.rows] = changed.group
    names = {number: group for group, number in changed.numbers.items()}
    for spec in after.paths:
        if spec.link is not None:
            link = links[spec.link]
            wanted = (link.carrier, link.network.value, after.sites[link.site].province)
            assert names[group_of[second.rows[spec.key]]] == wanted


def test_work_in_steps_lets_the_loop_turn_after_each():
    turns = []

    def work() -> Steps[str]:
        for portion in portions(range(10), 3):
            turns.append(portion)
            yield
        return "done"

    async def other() -> None:
        while len(turns) < 4:
            turns.append("tick")
            await asyncio.sleep(0)

    async def main() -> str:
        result, _ = await asyncio.gather(between_ticks(work()), other())
        return result

    assert asyncio.run(main()) == "done"
    assert turns[:4] == [(0, 1, 2), "tick", (3, 4, 5), "tick"]
    assert finish(work()) == "done"


def test_a_layout_does_not_depend_on_how_it_is_cut_into_steps(monkeypatch):
    inventory = country(Plan(provinces=2, communes=9))
    rows = {spec.key: number for number, spec in enumerate(reversed(inventory.paths))}
    whole = finish(lay_out(inventory, rows))
    monkeypatch.setattr("bridgewatch.core.health.layout.portions", lambda things: portions(things, 7))
    cut_up = finish(lay_out(inventory, rows))
    for name in Layout.__dataclass_fields__:
        assert np.array_equal(getattr(whole, name), getattr(cut_up, name)), name


def test_a_night_of_reloads_ends_where_a_fresh_start_would():
    """Every few seconds other sites: what is there at the end is up, and counted from when it came."""
    whole = country(Plan(provinces=1, communes=9))
    reloads = [
        part(whole, sites) for sites in (range(5), range(3, 10), range(1), range(10), range(2, 4), range(10))
    ]
    acts = [
        (5.0 * number, lambda night, inventory=inventory: night.station.configure(inventory))
        for number, inventory in enumerate(reloads, 1)
    ]
    night = watch(whole, until=40, at=acts)
    assert set(states(night).values()) == {UP}
    links = night.snapshot().links
    assert links.lost.sum() == links.late.sum() == links.local_error.sum() == 0
    stayed = [
        number for number, link in enumerate(whole.links.values()) if link.site in list(whole.sites)[2:3]
    ]
    gone_at_25 = [number for number in range(len(whole.links)) if number not in stayed]
    assert all(seconds(at(40)) - 31 <= links.sent[number] <= 41 for number in gone_at_25)
