"""Ten thousand links of the whole country down in one tick: how long until it is decided what that is.

    python -m tests.bench.incidents [LINKS]

Prints CPU milliseconds for deciding (storing aside), over five runs, and how many incidents and entries come
of it: independent cuts, all behind one root, all on one handover, whole areas; all of it seen to recover in
one tick; a quiet tick; the replay of the log after a restart; a reload. Every policy pages at 0 s and a
national event is live, which is the most there is to decide.
"""

# ruff: noqa: T201 - a bench prints

import gc
import statistics
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bridgewatch.app.interpreter import Storm, tune
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.incidents.incidents import Incidents
from bridgewatch.core.incidents.regions import Region
from bridgewatch.core.incidents.topology import Topology
from bridgewatch.model.inventory import Inventory, Link
from bridgewatch.model.words import LinkState
from bridgewatch.sim.country import country, nationwide_before_2025
from tests.incidents.worlds import Room, Said, at_once, live_event

DOWN: Final = 10_000
RUNS: Final = 5
QUIET_TICKS: Final = 100_000
BOUND_MS: Final = 300.0
_MS: Final = 1000.0


@dataclass(frozen=True)
class Shape:
    """A country, and which of its links fall."""

    name: str
    inventory: Inventory
    fall: tuple[str, ...]


def shapes(down: int) -> list[Shape]:
    """The same country under different faults."""
    base = country(nationwide_before_2025())
    sites = list(base.sites.values())
    event = live_event(*base.sites)
    links = {link.id: replace(link, handover=None) for link in base.links.values()}
    base = replace(base, directory=at_once(), events={event.id: event}, links=links)
    wan = [site.links[0] for site in sites]
    single = independent(base)
    hub = wan[0]

    def changed(name: str, change: Callable[[Link], Link]) -> Shape:
        links = {link.id: change(link) if link.id in few else link for link in base.links.values()}
        return Shape(name, replace(base, links=links), tuple(wan[:down]))

    few = set(wan[:down])
    carrier = base.links[hub].carrier
    return [
        Shape("independent cuts", base, tuple(single[:down])),
        changed("behind one root", lambda link: link if link.id == hub else replace(link, via=hub)),
        changed("on one handover", lambda link: replace(link, carrier=carrier, handover="pop")),
        Shape("whole areas", base, tuple(wan[:down])),
    ]


def independent(inventory: Inventory) -> list[str]:
    """One link of each site where that makes no area: less than 60 % of a carrier's links anywhere."""
    topology = Topology.of(inventory)
    size = Counter(
        (link.carrier, area) for link in inventory.links.values() for area in topology.areas[link.site]
    )
    chosen: list[str] = []
    down: Counter[Region] = Counter()
    for site in inventory.sites.values():
        for link in site.links:
            its = inventory.links[link]
            regions = [(its.carrier, area) for area in topology.areas[site.id]]
            if all(down[region] < 4 or 5 * (down[region] + 1) < 3 * size[region] for region in regions):
                down.update(regions)
                chosen.append(link)
                break
    return chosen


def cpu_ms(work: Callable[[], object]) -> float:
    """How long it takes, in CPU time of this process, with no cyclic garbage looked for, as in a storm."""
    gc.collect()
    gc.freeze()
    storm = Storm()
    storm.begin_turn()
    began = time.process_time()
    work()
    spent = time.process_time() - began
    storm.end()
    gc.unfreeze()
    return spent * _MS


def decide(room: Room, tick: Changes) -> None:
    """Take in a tick and decide all of it, portion by portion."""
    room.note(room.room.observe(tick, room.now_ns, room.offset_ns))
    while room.room.unfinished:
        room.note(room.room.advance(room.now_ns))


def fallen(shape: Shape) -> Room:
    """A country in which all is well."""
    room = Room(shape.inventory)
    room.all_up()
    return room


def run(shape: Shape) -> None:
    """Print one line of figures."""
    falls, recoveries, replays = [], [], []
    for _ in range(RUNS):
        room = fallen(shape)
        since_ns = room.now_ns - 1_200_000_000
        tick = room.tick(*(Said(link, LinkState.DOWN, since_ns) for link in shape.fall))
        falls.append(cpu_ms(lambda r=room, t=tick: decide(r, t)))
        incidents, entries, log = len(room.open), len(room.log), list(room.log)
        tick = room.tick(*(Said(link, LinkState.UP) for link in shape.fall))
        recoveries.append(cpu_ms(lambda r=room, t=tick: decide(r, t)))
        fresh = Incidents(shape.inventory, Agenda(shape.inventory), room.now_ns)

        def replay(fresh: Incidents = fresh, log: list[object] = log, now_ns: int = room.now_ns) -> None:
            for entry in log:
                fresh.apply(entry)
            fresh.advance(now_ns)

        replays.append(cpu_ms(replay))
    verdict = "within" if max(falls) <= BOUND_MS else "BEYOND"
    print(
        f"{shape.name:>17}: {len(shape.fall):,} down decided in {statistics.median(falls):6.1f} ms"
        f" (max {max(falls):6.1f}, {verdict} {BOUND_MS:.0f}), {incidents:,} incidents, {entries:,} entries;"
        f" up again {statistics.median(recoveries):6.1f} ms; replay {statistics.median(replays):6.1f} ms"
    )


def quiet(shape: Shape) -> None:
    """Print what a tick costs in which nothing happens, with ten thousand incidents open."""
    room = fallen(shape)
    decide(room, room.tick(*(Said(link, LinkState.DOWN, room.now_ns) for link in shape.fall)))
    room.wait(20)
    tick = room.tick()

    def ticks() -> None:
        for _ in range(QUIET_TICKS):
            room.room.observe(tick, room.now_ns, room.offset_ns)

    spent = cpu_ms(ticks) / QUIET_TICKS * _MS
    print(f"{'quiet tick':>17}: {spent:.2f} us, with {len(room.open):,} incidents open")
    inventory = replace(shape.inventory)
    agenda = Agenda(inventory)
    spent = cpu_ms(lambda: room.room.adopt(inventory, agenda, room.now_ns))
    print(f"{'reload':>17}: {spent:.0f} ms, with {len(room.open):,} incidents open")


def memory(shape: Shape) -> None:
    """Print what ten thousand incidents weigh."""
    room = fallen(shape)
    tick = room.tick(*(Said(link, LinkState.DOWN, room.now_ns) for link in shape.fall))
    tracemalloc.start()
    room.room.observe(tick, room.now_ns, room.offset_ns)
    while room.room.unfinished:
        room.room.advance(room.now_ns)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"{'memory':>17}: {size / len(room.open) / 1000:.1f} kB an open incident of one link")


def main() -> None:
    """Print every figure."""
    tune()
    every = shapes(int(sys.argv[1]) if len(sys.argv) > 1 else DOWN)
    for shape in every:
        run(shape)
    quiet(every[0])
    memory(every[0])


if __name__ == "__main__":
    main()
