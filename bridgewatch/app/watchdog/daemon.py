"""The watchdog put together: its configuration, its own people's side, its doors."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bridgewatch import __version__
from bridgewatch.adapters.answers.listener import make_runner as answers_runner
from bridgewatch.adapters.api.app import LONGEST_BODY, local_api
from bridgewatch.adapters.api.app import PREFIX as API_PREFIX
from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.control import ControlServer
from bridgewatch.adapters.heartbeats import wire
from bridgewatch.adapters.heartbeats.door import Door
from bridgewatch.adapters.heartbeats.memory import Memory
from bridgewatch.adapters.notify.secret import read_secret
from bridgewatch.adapters.systemd import Notifier
from bridgewatch.app.people import People
from bridgewatch.app.reloads import Reloads
from bridgewatch.app.serving import Work, all_kept_up, local_caller, serve, signals, tell_manager
from bridgewatch.app.watchdog.vigil import Vigil
from bridgewatch.model.heartbeats import Heartbeat, Reception
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.ports import Clock
from bridgewatch.views import watchdog as views
from bridgewatch.views.exposition.watchdog import watchdog_page
from bridgewatch.views.web.app import make_runner
from bridgewatch.views.web.watchdog import make_watchdog_app

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WatchdogOptions:
    """What `bridgewatch watchdog` was told. `listen` and `answers` are (host, port).

    `answers` None: the pages behind links are served nowhere.
    """

    config_dir: Path
    listen: tuple[str, int]
    state_dir: Path
    answers: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a started watchdog consists of."""

    control: ControlServer
    people: People
    vigil: Vigil
    memory: Memory
    door: Door


class WatchdogDaemon:
    """Start with `run`, end with `stop`."""

    def __init__(self, options: WatchdogOptions, clock: Clock | None = None) -> None:
        self._options = options
        self._clock: Clock = clock or SystemClock()
        self._manager = Notifier()
        self._stopping = asyncio.Event()
        self._reloads = Reloads(options.config_dir, self._clock, self._on_inventory, watchdogs=True)
        self._parts: _Parts | None = None
        self._inventory: Inventory | None = None
        self._heard = asyncio.Event()  # something that is not remembered yet

    async def run(self) -> None:
        """Run until `stop`, SIGTERM or SIGINT. Raises as `app.daemon.Daemon.run`."""
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._manager.close)
            stack.push_async_callback(self._reloads.close)
            inventory = self._inventory = await self._reloads.first()
            parts = self._parts = await self._put_together(inventory, stack)
            await self._open_doors(parts, stack)
            log.info("state directory: %s", self._options.state_dir)
            log.info("bridgewatch %s watches over %s", __version__, _described(inventory))
            await self._work(parts)

    async def _put_together(self, inventory: Inventory, stack: contextlib.AsyncExitStack) -> _Parts:
        state_dir = self._options.state_dir
        state_dir.mkdir(parents=True, exist_ok=True)
        control = ControlServer(state_dir)
        stack.push_async_callback(control.close)
        control.claim()  # before anything in there is opened
        people = People(inventory, self._clock, state_dir, lambda _: None)
        stack.push_async_callback(people.close)
        await people.start()
        vigil, memory = Vigil(inventory, people.pager, self._clock), Memory(state_dir)
        remembered = await asyncio.to_thread(memory.load)
        vigil.register.recall(remembered, self._clock.monotonic_ns(), self._clock.wall_ns())
        door = Door(lambda: self._in_force().heartbeats.watched, self._take, read_secret)
        return _Parts(control, people, vigil, memory, door)

    async def _open_doors(self, parts: _Parts, stack: contextlib.AsyncExitStack) -> None:
        people, options = parts.people, self._options
        api = local_api(people.desk, local_caller, people.rotate_keys)
        await parts.control.start({"/status": lambda: views.to_json(self._report())}, {API_PREFIX: api})
        app = make_watchdog_app(
            self._page,
            parts.vigil.is_alive,
            {wire.PATH: parts.door.application()},
            longest_body=max(wire.LONGEST, LONGEST_BODY),
        )
        await serve("heartbeats and /metrics", make_runner(app), options.listen, stack)
        await serve(
            "answers and gateways' reports",
            answers_runner(people.answers.application()),
            options.answers,
            stack,
        )

    async def _work(self, parts: _Parts) -> None:
        headline = partial(_headline, parts.vigil)
        works: dict[str, Work] = {
            "the vigil": parts.vigil.run,
            "the memory of heartbeats": partial(self._remember, parts),
            "paging": parts.people.pager.run,
            "the upkeep": parts.people.upkeep.run,
            "the keys of links": parts.people.renew_keys,
            "reloading": self._reloads.run,
            "watching the files": self._reloads.watch_files,
            "the service manager": partial(tell_manager, self._manager, parts.vigil.is_alive, headline),
        }
        with signals(self.stop, self._reloads.want):
            async with all_kept_up(works):
                self._manager.ready(_described(self._in_force()))
                await self._stopping.wait()
                self._manager.stopping()
                log.info("stopping")

    def stop(self) -> None:
        """Begin the end."""
        self._stopping.set()

    def _take(self, beat: Heartbeat) -> Reception:
        parts = self._running()
        reception = parts.vigil.take(beat)
        if reception is Reception.ACCEPTED:
            self._heard.set()
        return reception

    async def _remember(self, parts: _Parts) -> None:
        """Keep what was heard for the next start; whoever keeps watch never waits for the disk."""
        while True:
            await self._heard.wait()
            self._heard.clear()
            remembered = parts.vigil.register.remembered(self._clock.monotonic_ns(), self._clock.wall_ns())
            await asyncio.to_thread(parts.memory.save, remembered)

    def _report(self) -> views.WatchdogReport:
        parts = self._running()
        return views.report(
            self._in_force(),
            parts.vigil.standings(),
            parts.people.pager.snapshot,
            self._reloads.stats(),
            self._clock.wall_ns(),
        )

    def _page(self, openmetrics: bool) -> bytes:
        parts = self._running()
        return watchdog_page(self._report(), parts.door.counts, parts.people.stats(), openmetrics=openmetrics)

    async def _on_inventory(self, inventory: Inventory) -> None:
        """Another configuration, by a reload."""
        parts = self._running()
        self._manager.reloading(self._clock.monotonic_ns())
        self._inventory = inventory
        parts.vigil.adopt(inventory)
        parts.people.pager.adopt(inventory)
        self._manager.ready(_described(inventory))

    def _in_force(self) -> Inventory:
        if self._inventory is None:
            raise RuntimeError("the watchdog has no configuration yet")
        return self._inventory

    def _running(self) -> _Parts:
        if self._parts is None:
            raise RuntimeError("the watchdog has not started")
        return self._parts


def _described(inventory: Inventory) -> str:
    """One line: whose heartbeats are awaited."""
    heartbeats = inventory.heartbeats
    return f"{', '.join(heartbeats.watched)}; people are paged after {heartbeats.after:g} s of silence"


def _headline(vigil: Vigil) -> str:
    """One line for the service manager: how every daemon stands."""
    told = (
        f"{one.vantage}: {one.why or ('well' if one.settled else 'not known yet')}"
        for one in vigil.standings()
    )
    return ", ".join(told)
