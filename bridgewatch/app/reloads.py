"""Reloads the configuration when an operator saves a file or sends SIGHUP; a bad one changes nothing."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bridgewatch.config.change import Change
from bridgewatch.config.errors import ConfigErrors
from bridgewatch.config.watch import changes
from bridgewatch.config.worker import Reload, Worker
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.mistakes import ConfigError
from bridgewatch.model.phrases import phrase
from bridgewatch.model.ports import Clock
from bridgewatch.model.snapshot import ConfigStats
from bridgewatch.model.words import Language
from bridgewatch.texts.catalogue import catalogue

log = logging.getLogger(__name__)


class Reloads:
    """Owns the loading child; `on_inventory` puts a new inventory in force.

    `on_unchanged` is called after a reload that found the same one: what it names may have changed.

    `watchdogs`: the directory has to be one of a watchdog, else one with sites.
    """

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        on_inventory: Callable[[Inventory], Awaitable[None]],
        *,
        on_unchanged: Callable[[], Awaitable[None]] | None = None,
        watchdogs: bool = False,
    ) -> None:
        self._directory = directory
        self._watchdogs = watchdogs
        self._worker = Worker(directory)
        self._clock = clock
        self._on_inventory = on_inventory
        self._on_unchanged = on_unchanged
        self._wanted = asyncio.Event()
        self._succeeded = self._failed = 0
        self._last: Reload | None = None
        self._loaded_wall_ns = 0

    async def first(self) -> Inventory:
        """The first load. Raises ConfigErrors: a daemon without configuration has nothing to do."""
        await self._worker.start()
        catalogue("phrases", Language.VI)  # read now: later, a tick would wait for it
        reload = self._checked(await self._worker.load())
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
            await self._take(self._checked(await self._worker.load()))

    def _checked(self, reload: Reload) -> Reload:
        """A directory of the other kind of daemon would load, and leave nothing to do."""
        if reload.inventory is None or bool(reload.inventory.heartbeats.watched) is self._watchdogs:
            return reload
        if self._watchdogs:
            found = phrase("no watchdog.yaml")
            expected = phrase("the directory of a watchdog; `bridgewatch run` watches this one")
        else:
            found = phrase("the directory of a watchdog")
            expected = phrase("one with sites; `bridgewatch watchdog` runs this one")
        error = ConfigError(str(self._directory), 1, 1, "", found, expected)
        return replace(reload, inventory=None, change=None, errors=(error,))

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
        elif self._on_unchanged is not None:
            await self._on_unchanged()
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
            errors=last.errors if last else (),
        )

    async def close(self) -> None:
        """End the loading child."""
        with suppress(ConnectionError):
            await self._worker.close()


def _describe(change: Change) -> str:
    """What a reload changed, so that a file emptied by accident does not go unseen."""
    parts = [
        f"{name} +{len(part.added)} -{len(part.removed)} ~{len(part.changed)}"
        for name in ("sites", "links", "contacts", "rosters", "events", "keys")
        if (part := getattr(change, name))
    ]
    return ", ".join(parts) or "settings"
