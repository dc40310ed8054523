"""A station over a simulated world on virtual time, and what it concluded."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bridgewatch.app.phases import Phases
from bridgewatch.app.station import ReadKeys, Ready, Station
from bridgewatch.core.dialin.awaited import Remembered
from bridgewatch.core.health.changes import Changes, EgressTransition, SiteTransition, Transition
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.ports import DialInPort
from bridgewatch.model.snapshot import ConfigStats, Snapshot
from bridgewatch.model.words import Family
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.host import LocalFault
from bridgewatch.sim.loop import run
from bridgewatch.sim.network import SimEngine
from bridgewatch.sim.weather import Spell
from bridgewatch.sim.world import Climate, World, keys_of, typical_climate

SECOND = 1_000_000_000
START = 1_000 * SECOND
CONFIG = ConfigStats(0, ok=True, seconds=0.0, reloads_ok=0, reloads_failed=0, errors=())


@dataclass
class Night:
    """What happened, with times in seconds since the start."""

    station: Station
    phases: Phases
    engine: SimEngine
    links: list[Transition] = field(default_factory=list)
    egresses: list[EgressTransition] = field(default_factory=list)
    sites: list[SiteTransition] = field(default_factory=list)

    def take(self, changes: Changes, _: int) -> None:
        self.links += changes.links
        self.egresses += changes.egresses
        self.sites += changes.sites

    def snapshot(self) -> Snapshot:
        return self.station.snapshot(CONFIG, self.phases.phases)

    def of(self, *states: int) -> list[Transition]:
        return [change for change in self.links if change.new in states]


def seconds(at_ns: int) -> float:
    """Seconds since the start."""
    return (at_ns - START) / SECOND


async def _numeric_only(host: str, _: Family) -> tuple[str, float]:
    raise OSError(f"nobody knows {host}")


def watch(
    inventory: Inventory,
    *,
    until: float,
    script: Sequence[Spell] = (),
    faults: Sequence[LocalFault] = (),
    climate: Climate | None = None,
    seed: int = 1,
    at: Sequence[tuple[float, Callable[[Night], Awaitable[None] | None]]] = (),
    clock_steps: Sequence[tuple[float, int]] = (),
    world_of: Inventory | None = None,
    read_keys: ReadKeys | None = None,
    doors: DialInPort | None = None,
    remembered: Sequence[Remembered] = (),
) -> Night:
    """Watch `inventory` for `until` seconds; `at` does things on the way, `clock_steps` steps the wall clock."""
    clock = SimClock(monotonic_ns=START)
    world = World.of(
        world_of or inventory, seed=seed, climate=climate or typical_climate(seed), script=list(script)
    )
    engine = SimEngine(clock, world, faults=list(faults))

    async def main() -> Night:
        async def make_ready(effective: Inventory) -> Ready:
            return await station.prepare(effective)

        async def put_in_force(ready: Ready) -> None:
            await station.enter(ready)

        phases = Phases(inventory, clock, make_ready, put_in_force)
        station = Station(
            phases.inventory,
            engine,
            clock,
            _numeric_only,
            seed=seed,
            on_changes=_late_bound,
            read_keys=read_keys or keys_of,
            doors=doors,
            remembered=remembered,
        )
        night = nights[0] = Night(station, phases, engine)
        running = [asyncio.create_task(part.run()) for part in (station.ticker, phases)]
        steps = [(when, lambda _, by=by: clock.step_wall(by)) for when, by in clock_steps]
        for when, act in sorted([*at, *steps], key=lambda item: item[0]):
            await asyncio.sleep(when - seconds(clock.monotonic_ns()))
            acted = act(night)
            if acted is not None:
                await acted
        await asyncio.sleep(until - seconds(clock.monotonic_ns()))
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await station.close()
        return night

    nights: list[Night | None] = [None]

    def _late_bound(changes: Changes, now: int) -> None:
        if nights[0] is not None:
            nights[0].take(changes, now)

    ended = run(main(), clock)
    assert ended is not None
    assert ended.station.ticker.failures == 0
    return ended
