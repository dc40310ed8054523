"""Everything that watches, without doors: the pipeline over an engine, its routes, its journal, its readers.

The daemon gives it sockets and the host's clock; a simulation gives it a world and virtual time.
"""

import asyncio
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from bridgewatch.adapters.wire.resolver import Lookup
from bridgewatch.app.dial_in import DialIn
from bridgewatch.app.journal import Journal
from bridgewatch.app.keys import key_of
from bridgewatch.app.routing import Moved, Router, moved
from bridgewatch.app.snapshots import Places, Snapshots
from bridgewatch.app.ticker import Ticker
from bridgewatch.app.turns import between_ticks
from bridgewatch.core.dialin.awaited import Remembered
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.plan import Plan
from bridgewatch.core.steps import Steps, finish
from bridgewatch.core.watch import Watch
from bridgewatch.model.delivery import LinkFigures
from bridgewatch.model.dial_in import CalledIn
from bridgewatch.model.ids import EventId, KeyId, LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.paging import Phase
from bridgewatch.model.ports import Clock, DialInPort, Engine
from bridgewatch.model.snapshot import ConfigStats, Snapshot
from bridgewatch.model.words import LinkState

ALIVE_SECONDS = 2.0
_NS = 1e9
_SECRET_SIZE = 32  # octets
_NO_PHASES: Mapping[EventId, Phase] = {}

ReadKeys = Callable[[Inventory], Mapping[KeyId, bytes]]  # may block


def _no_keys(_: Inventory) -> Mapping[KeyId, bytes]:
    return {}


def _authenticates(inventory: Inventory) -> bool:
    return any(key_of(spec) is not None for spec in inventory.paths)


@dataclass(frozen=True, slots=True)
class Ready:
    """An inventory made ready to be watched. Good until another is made ready or put in force."""

    plan: Plan
    places: Places
    moves: Moved
    keys: Mapping[KeyId, bytes] = field(repr=False)

    @property
    def inventory(self) -> Inventory:
        """What is to be watched."""
        return self.plan.inventory


class Station:
    """Watches one inventory over one engine; `ticker.run()` is its life. `seed` as in `Watch`.

    `doors`: where the boxes of sites call, if they can; raises OSError where they cannot be opened. Those
    `remembered` from before this start are awaited.
    """

    def __init__(
        self,
        inventory: Inventory,
        engine: Engine,
        clock: Clock,
        lookup: Lookup,
        *,
        seed: int,
        on_changes: Callable[[Changes, int], None] | None = None,
        read_keys: ReadKeys = _no_keys,
        doors: DialInPort | None = None,
        remembered: Sequence[Remembered] = (),
    ) -> None:
        self.engine = engine
        self.journal = Journal(self._call_of)
        self._clock = clock
        self._on_changes = on_changes
        self._read_keys = read_keys
        self.watch = Watch(inventory, clock.monotonic_ns(), echo_ident=engine.echo_ident, seed=seed)
        keys = read_keys(inventory)
        self.watch.know(keys, clock.monotonic_ns())
        self._dial_in: DialIn | None = None
        self._listening = False  # more of what boxes say is taken before the next tick
        if doors is not None and inventory.dial_in.listen:
            secret = secrets.token_bytes(_SECRET_SIZE)
            self._dial_in = DialIn(
                doors, engine, self.watch, clock, secret, inventory, self._note_move, remembered
            )
            self._dial_in.follow(inventory, keys)
        self.ticker = Ticker(self.watch, engine, clock, self._take, self._look)
        self._router = Router(self.watch, engine, clock, lookup)
        finish(self._router.apply(self.watch.last_changes, ()))
        self._snapshots = Snapshots(self.watch, self.ticker, clock, clock.wall_ns())
        self._marked: Collection[LinkId] = ()
        self._reconfiguring = asyncio.Lock()
        self._ready: Ready | None = None

    async def configure(self, inventory: Inventory) -> None:
        """Watch another inventory; it is in force when this returns."""
        async with self._reconfiguring:
            await self._enter(await self._prepare(inventory))

    async def prepare(self, inventory: Inventory) -> Ready:
        """Make another inventory ready, so that putting it in force takes no time. It is not watched yet.

        Probing goes on meanwhile: the work is done in steps between ticks.
        """
        async with self._reconfiguring:
            return await self._prepare(inventory)

    async def enter(self, ready: Ready) -> None:
        """Watch what was made ready; it is in force when this returns. What is good no more is made anew.

        The change-over is one piece, so that nobody ever sees half an inventory.
        """
        async with self._reconfiguring:
            if ready is not self._ready:
                ready = await self._prepare(ready.inventory)
            await self._enter(ready)

    async def renew_keys(self) -> None:
        """Read the keys of authenticated probes again."""
        async with self._reconfiguring:
            keys = await asyncio.to_thread(self._read_keys, self.watch.inventory)
            self._know(keys)
            self._ready = None  # what was made ready has the keys of before

    async def _prepare(self, inventory: Inventory) -> Ready:
        self._ready = None
        keys = await asyncio.to_thread(self._read_keys, inventory) if _authenticates(inventory) else {}
        self._ready = await between_ticks(self._make_ready(inventory, keys))
        return self._ready

    def _make_ready(self, inventory: Inventory, keys: Mapping[KeyId, bytes]) -> Steps[Ready]:
        plan = yield from self.watch.prepare(inventory, self._clock.monotonic_ns())
        places = yield from self._snapshots.prepare(inventory, plan.paths.rows)
        moves = yield from moved(plan.paths.changes)
        return Ready(plan, places, moves, keys)

    async def _enter(self, ready: Ready) -> None:
        self._ready = None
        changes = self.watch.adopt(ready.plan, self._clock.monotonic_ns())
        self._know(ready.keys)
        self.mark(self._marked)
        self._snapshots.adopt(ready.places, changes)
        await between_ticks(self._router.apply(changes, ready.moves))

    def _know(self, keys: Mapping[KeyId, bytes]) -> None:
        self.watch.know(keys, self._clock.monotonic_ns())
        if self._dial_in is not None:
            self._dial_in.follow(self.watch.inventory, keys)

    def _note_move(self, link: LinkId, former: str, present: str) -> None:
        figures = self.figures(link)
        if figures is not None:
            wall_ns = self._clock.wall_ns()
            self.journal.moved(link, figures.state, self.watch.inventory, wall_ns, former, present)

    def _call_of(self, link: LinkId) -> CalledIn | None:
        return self._dial_in.call(link) if self._dial_in is not None else None

    @property
    def dial_in(self) -> DialIn | None:
        """The boxes that call; None where nothing is listened on for them."""
        return self._dial_in

    def _look(self) -> None:
        if self._dial_in is not None and not self._listening:
            self._listen(self._dial_in)

    def _listen(self, dial_in: DialIn) -> None:
        """Take what the boxes say; a flood of it between ticks, a little at a time."""
        self._listening = False  # should this fail, the next look goes on
        self._listening = dial_in.turn()
        if self._listening:
            asyncio.get_running_loop().call_soon(self._listen, dial_in)

    def mark(self, links: Collection[LinkId]) -> None:
        """Throughput tests fill the paths of exactly these links from now on: their quality is not judged."""
        if links or self._marked:
            self._marked = links
            self.watch.mark(links, self._clock.monotonic_ns())

    def _take(self, changes: Changes, now: int) -> None:
        offset = self._clock.wall_ns() - self._clock.monotonic_ns()
        self.journal.record(changes, self.watch.inventory, now, offset)
        if self._on_changes is not None:
            self._on_changes(changes, now)

    def snapshot(self, config: ConfigStats, phases: Mapping[EventId, Phase] = _NO_PHASES) -> Snapshot:
        """The present state of everything. `phases` are those that its inventory follows."""
        taken = self._snapshots.take(config, phases)
        return taken if self._dial_in is None else replace(taken, dial_in=self._dial_in.stats())

    def figures(self, link: LinkId) -> LinkFigures | None:
        """What is seen of one link at the moment; None for one that is not watched."""
        seen = self._snapshots.figures(link)
        call = self._call_of(link)
        return seen if seen is None or call is None else replace(seen, call=call)

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
        return f"{_some(int(counts.sum()), 'link')}: {', '.join(told)}"

    def describe(self) -> str:
        """One line: what is watched, and what that costs."""
        inventory = self.watch.inventory
        return (
            f"{_some(len(inventory.links), 'link')} of {_some(len(inventory.sites), 'site')}, "
            f"{_some(len(inventory.paths), 'path')}, {self.watch.prober.schedule.wanted:,.0f} probes/s"
        )

    async def close(self) -> None:
        """Let go of the names and the sockets."""
        await self._router.close()
        self.engine.close()


def _some(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
