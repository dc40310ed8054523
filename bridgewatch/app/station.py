"""Everything that watches, without doors: the pipeline over an engine, its routes, its journal, its readers.

The daemon gives it sockets and the host's clock; a simulation gives it a world and virtual time.
"""

import asyncio
from collections.abc import Callable, Mapping

import numpy as np

from bridgewatch.adapters.wire.resolver import Lookup
from bridgewatch.app.journal import Journal
from bridgewatch.app.routing import Router
from bridgewatch.app.snapshots import Snapshots
from bridgewatch.app.ticker import Ticker
from bridgewatch.app.turns import between_ticks
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.steps import finish
from bridgewatch.core.watch import Watch
from bridgewatch.model.ids import EventId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Phase
from bridgewatch.model.ports import Clock, Engine
from bridgewatch.model.snapshot import ConfigStats, Snapshot
from bridgewatch.model.words import LinkState

ALIVE_SECONDS = 2.0
_NS = 1e9
_NO_PHASES: Mapping[EventId, Phase] = {}


class Station:
    """Watches one inventory over one engine; `ticker.run()` is its life. `seed` as in `Watch`."""

    def __init__(
        self,
        inventory: Inventory,
        engine: Engine,
        clock: Clock,
        lookup: Lookup,
        *,
        seed: int,
        on_changes: Callable[[Changes, int], None] | None = None,
    ) -> None:
        self.engine = engine
        self.journal = Journal()
        self._clock = clock
        self._on_changes = on_changes
        self.watch = Watch(inventory, clock.monotonic_ns(), echo_ident=engine.echo_ident, seed=seed)
        self.ticker = Ticker(self.watch, engine, clock, self._take)
        self._router = Router(self.watch, engine, clock, lookup)
        finish(self._router.apply(self.watch.last_changes))
        self._snapshots = Snapshots(self.watch, self.ticker, clock, clock.wall_ns())
        self._reconfiguring = asyncio.Lock()

    async def configure(self, inventory: Inventory) -> None:
        """Watch another inventory; it is in force when this returns.

        Probing goes on meanwhile: the work is done in steps between ticks. Only the change-over itself is one
        piece, so that nobody ever sees half an inventory.
        """
        async with self._reconfiguring:
            plan = await between_ticks(self.watch.prepare(inventory, self._clock.monotonic_ns()))
            places = await between_ticks(self._snapshots.prepare(inventory, plan.paths.rows))
            changes = self.watch.adopt(plan, self._clock.monotonic_ns())
            self._snapshots.adopt(places, changes)
            await between_ticks(self._router.apply(changes))

    def _take(self, changes: Changes, now: int) -> None:
        offset = self._clock.wall_ns() - self._clock.monotonic_ns()
        self.journal.record(changes, self.watch.inventory, now, offset)
        if self._on_changes is not None:
            self._on_changes(changes, now)

    def snapshot(self, config: ConfigStats, phases: Mapping[EventId, Phase] = _NO_PHASES) -> Snapshot:
        """The present state of everything. `phases` are those that its inventory follows."""
        return self._snapshots.take(config, phases)

    def is_ready(self) -> tuple[bool, str]:
        """Whether the fate of any probe is known, and the sentence that says so."""
        return (True, "ready") if self.watch.has_results else (False, "no probe's fate is known yet")

    def is_alive(self) -> tuple[bool, str]:
        """Whether the probing loop runs, and the sentence that says so."""
        silent = (self._clock.monotonic_ns() - self.ticker.ticked_ns) / _NS
        if silent > ALIVE_SECONDS:
            return False, f"the probing loop has stood still for {silent:.1f} s"
        return True, "probing"

    def headline(self) -> str:
        """One line for the service manager: how many links are in which state."""
        counts = np.bincount(self.watch.standing().link_state, minlength=len(LinkState))
        told = [f"{counts[state]} {state.name.lower()}" for state in LinkState if counts[state]]
        return f"{counts.sum()} links: {', '.join(told)}"

    def describe(self) -> str:
        """One line: what is watched, and what that costs."""
        inventory = self.watch.inventory
        return (
            f"{len(inventory.links)} links of {len(inventory.sites)} sites, {len(inventory.paths)} paths, "
            f"{self.watch.prober.schedule.wanted:,.0f} probes/s"
        )

    async def close(self) -> None:
        """Let go of the names and the sockets."""
        await self._router.close()
        self.engine.close()
