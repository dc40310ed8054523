"""The daemon: one probing loop, its readers, and the doors it listens on."""

import asyncio
import contextlib
import gc
import logging
import secrets
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from aiohttp import web

from bridgewatch import __version__
from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.control import ControlServer
from bridgewatch.adapters.systemd import Notifier
from bridgewatch.adapters.wire.batch import BatchEngine
from bridgewatch.adapters.wire.resolver import DnsLookup
from bridgewatch.app.journal import Journal
from bridgewatch.app.reloads import Reloads
from bridgewatch.app.routing import Router
from bridgewatch.app.snapshots import Snapshots
from bridgewatch.app.ticker import Ticker
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.watch import Watch
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.ports import Clock, Engine
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.model.words import LinkState
from bridgewatch.views import happenings, status
from bridgewatch.views.happenings import Happening
from bridgewatch.views.web.app import make_app, make_runner

log = logging.getLogger(__name__)

_ALIVE_SECONDS: Final = 2.0
_STATUS_SECONDS: Final = 5.0
_GC_THRESHOLDS: Final = (50_000, 20, 100)  # young garbage is rare here and a full collection is a stall


@dataclass(frozen=True, slots=True)
class Options:
    """What `bridgewatch run` was told. `listen` is (host, port); None listens nowhere."""

    config_dir: Path
    listen: tuple[str, int] | None
    state_dir: Path
    portable: bool = False


class Daemon:
    """Start with `run`, end with `stop`. `snapshot` and `recent_events` are for readers in this process."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self._options = options
        self._clock: Clock = clock or SystemClock()
        self._journal = Journal()
        self._manager = Notifier()
        self._stopping = asyncio.Event()
        self._reloads = Reloads(options.config_dir, self._clock, self._on_inventory)
        self._parts: _Parts | None = None
        self.ready = asyncio.Event()  # every door is open

    async def run(self) -> None:
        """Run until `stop`, SIGTERM or SIGINT.

        Raises ConfigErrors for a configuration that does not load, and OSError or AlreadyRunningError for an
        address or directory that cannot be had.
        """
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._manager.close)
            stack.push_async_callback(self._reloads.close)
            inventory = await self._reloads.first()
            parts = self._assemble(inventory)
            stack.callback(parts.engine.close)
            stack.push_async_callback(parts.router.close)
            await self._open_doors(stack)
            log.info("bridgewatch %s watches %s", __version__, _describe(inventory))
            log.info("%s", parts.engine.name)
            _say_stall_budget(parts.engine, inventory)
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_GC_THRESHOLDS)
            await self._work(parts)

    def _assemble(self, inventory: Inventory) -> "_Parts":
        ident = secrets.randbelow(1 << 16)
        engine = self._make_engine(inventory, ident)
        now = self._clock.monotonic_ns()
        watch = Watch(inventory, now, echo_ident=engine.echo_ident, seed=secrets.randbits(128))
        ticker = Ticker(watch, engine, self._clock, self._on_changes)
        router = Router(watch, engine, self._clock, DnsLookup())
        router.apply(watch.last_changes)
        snapshots = Snapshots(watch, ticker, self._clock, self._clock.wall_ns())
        self._parts = _Parts(engine, watch, ticker, router, snapshots)
        return self._parts

    def _make_engine(self, inventory: Inventory, ident: int) -> Engine:
        if self._options.portable:
            from bridgewatch.adapters.wire.portable import PortableEngine  # noqa: PLC0415 - a GPL extra

            return PortableEngine(self._clock, timeout=inventory.limits.tmax)
        return BatchEngine(self._clock, echo_ident=ident)

    async def _open_doors(self, stack: contextlib.AsyncExitStack) -> None:
        self._options.state_dir.mkdir(parents=True, exist_ok=True)
        control = ControlServer(
            self._options.state_dir,
            {
                "/status": lambda: status.to_json(status.report(self.snapshot())),
                "/events": lambda: happenings.to_json(tuple(self._journal.recent())),
            },
        )
        await control.start()
        stack.push_async_callback(control.close)
        if self._options.listen is not None:
            runner = make_runner(make_app(self.snapshot, self._is_ready, self._is_alive))
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            host, port = self._options.listen
            await web.TCPSite(runner, host or None, port).start()

    async def _work(self, parts: "_Parts") -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reloads.want)
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [
                    tasks.create_task(coroutine)
                    for coroutine in (
                        parts.ticker.run(),
                        self._reloads.run(),
                        self._reloads.watch_files(),
                        self._tell_manager(),
                    )
                ]
                self._manager.ready(_describe(parts.watch.inventory))
                self.ready.set()
                await self._stopping.wait()
                self._manager.stopping()
                for task in running:
                    task.cancel()
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)

    async def _tell_manager(self) -> None:
        """Tie the service manager's watchdog to probing being alive, and keep its status line fresh."""
        period = min(_STATUS_SECONDS, (self._manager.watchdog_seconds or _STATUS_SECONDS) / 2)
        while True:
            await asyncio.sleep(period)
            alive, why = self._is_alive()
            if alive:
                self._manager.watchdog()
                self._manager.status(_headline(self._running().watch))
            else:
                log.error("%s", why)

    def stop(self) -> None:
        """Begin the end."""
        self._stopping.set()

    def snapshot(self) -> Snapshot:
        """The present state of everything."""
        return self._running().snapshots.take(self._reloads.stats())

    def recent_events(self) -> Sequence[Happening]:
        """What changed lately, oldest first."""
        return self._journal.recent()

    def _running(self) -> "_Parts":
        if self._parts is None:
            raise RuntimeError("the daemon has not started")
        return self._parts

    def _on_changes(self, changes: Changes, now: int) -> None:
        offset = self._clock.wall_ns() - self._clock.monotonic_ns()
        self._journal.record(changes, self._running().watch.inventory, now, offset)

    def _on_inventory(self, inventory: Inventory) -> None:
        parts = self._running()
        self._manager.reloading(self._clock.monotonic_ns())
        if inventory.limits != parts.watch.inventory.limits:
            log.warning("new limits take effect at the next start")
        changes = parts.watch.configure(inventory, self._clock.monotonic_ns())
        parts.router.apply(changes)
        parts.snapshots.reconfigured(changes)
        self._manager.ready(_describe(inventory))

    def _is_ready(self) -> tuple[bool, str]:
        if self._parts is None or not self._parts.watch.has_results:
            return False, "no probe's fate is known yet"
        return True, "ready"

    def _is_alive(self) -> tuple[bool, str]:
        ticked = self._running().ticker.ticked_ns
        silent = (self._clock.monotonic_ns() - ticked) / 1e9
        if silent > _ALIVE_SECONDS:
            return False, f"the probing loop has stood still for {silent:.1f} s"
        return True, "probing"


@dataclass(frozen=True, slots=True)
class _Parts:
    engine: Engine
    watch: Watch
    ticker: Ticker
    router: Router
    snapshots: Snapshots


def _describe(inventory: Inventory) -> str:
    rate = sum(1e9 / spec.interval_ns for spec in inventory.paths)
    return (
        f"{len(inventory.links)} links of {len(inventory.sites)} sites, "
        f"{len(inventory.paths)} paths, {rate:,.0f} probes/s"
    )


def _headline(watch: Watch) -> str:
    counts = np.bincount(watch.standing().link_state, minlength=len(LinkState))
    told = [f"{counts[state]} {state.name.lower()}" for state in LinkState if counts[state]]
    return f"{counts.sum()} links: {', '.join(told)}"


def _say_stall_budget(engine: Engine, inventory: Inventory) -> None:
    """How long this process may be kept from reading before replies are dropped by its own buffers."""
    if not isinstance(engine, BatchEngine):
        return
    rate = sum(1e9 / spec.interval_ns for spec in inventory.paths)
    for label, replies in engine.stall_budget().items():
        seconds = replies / max(rate, 1.0)
        level = logging.WARNING if seconds < 1 else logging.INFO
        log.log(level, "%s: the receive buffer holds %d replies, %.2f s of probing", label, replies, seconds)
