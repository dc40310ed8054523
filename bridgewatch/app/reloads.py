"""Reloads the configuration when an operator saves a file or sends SIGHUP; a bad one changes nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from bridgewatch.config.change import Change
from bridgewatch.config.errors import ConfigErrors
from bridgewatch.config.watch import changes
from bridgewatch.config.worker import Reload, Worker
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.ports import Clock
from bridgewatch.model.snapshot import ConfigStats

log = logging.getLogger(__name__)


class Reloads:
    """Owns the loading child; `on_inventory` puts a new inventory in force."""

    def __init__(
        self, directory: Path, clock: Clock, on_inventory: Callable[[Inventory], Awaitable[None]]
    ) -> None:
        self._directory = directory
        self._worker = Worker(directory)
        self._clock = clock
        self._on_inventory = on_inventory
        self._wanted = asyncio.Event()
        self._succeeded = self._failed = 0
        self._last: Reload | None = None
        self._loaded_wall_ns = 0

    async def first(self) -> Inventory:
        """The first load. Raises ConfigErrors: a daemon without configuration has nothing to do."""
        await self._worker.start()
        reload = await self._worker.load()
        self._last, self._loaded_wall_ns = reload, self._clock.wall_ns()
        if reload.inventory is None:
            raise ConfigErrors(reload.errors)
        return reload.inventory

    def want(self) -> None:
        """Reload soon; several wishes are one reload."""
        self._wanted.set()

    async def watch_files(self) -> None:
        """Want a reload whenever a file of the directory changes, until cancelled."""
        async for _ in changes(self._directory):
            self.want()

    async def run(self) -> None:
        """Reload whenever it is wanted, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self._take(await self._worker.load())

    async def _take(self, reload: Reload) -> None:
        recovered = self._last is not None and not self._last.ok
        unchanged = reload.ok and not reload.change
        self._last = reload
        if reload.inventory is None:
            self._failed += 1
            log.error(
                "mistakes in the configuration: %d; the running one stays in force. The first: %s",
                len(reload.errors),
                reload.errors[0],
            )
            return
        if not unchanged or recovered:
            await self._on_inventory(reload.inventory)
        self._succeeded += 1
        self._loaded_wall_ns = self._clock.wall_ns()
        changes = _describe(reload.change) if reload.change else "nothing changed"
        log.info("configuration put in force in %.2f s: %s", reload.seconds, changes)

    def stats(self) -> ConfigStats:
        """How the last reload went."""
        last = self._last
        return ConfigStats(
            loaded_wall_ns=self._loaded_wall_ns,
            ok=last is not None and last.ok,
            seconds=last.seconds if last else 0.0,
            reloads_ok=self._succeeded,
            reloads_failed=self._failed,
            errors=tuple(str(error) for error in last.errors) if last else (),
        )

    async def close(self) -> None:
        """End the loading child."""
        with suppress(ConnectionError):
            await self._worker.close()


def _describe(change: Change) -> str:
    """What a reload changed, so that a file emptied by accident does not go unseen."""
    parts = [
        f"{name} +{len(part.added)} -{len(part.removed)} ~{len(part.changed)}"
        for name in ("sites", "links", "contacts", "rosters", "events")
        if (part := getattr(change, name))
    ]
    return ", ".join(parts) or "settings"
