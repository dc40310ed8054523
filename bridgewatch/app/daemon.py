"""The daemon: one probing loop, its readers, and the doors it listens on."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bridgewatch import __version__
from bridgewatch.adapters.answers.listener import make_runner as answers_runner
from bridgewatch.adapters.api.app import PREFIX as API_PREFIX
from bridgewatch.adapters.api.app import bearer_api, local_api
from bridgewatch.adapters.api.bearers import Bearers
from bridgewatch.adapters.clock import SystemClock
from bridgewatch.adapters.control import ControlServer
from bridgewatch.adapters.dialin.memory import Memory
from bridgewatch.adapters.heartbeats.courier import Courier
from bridgewatch.adapters.notify.secret import read_secret
from bridgewatch.adapters.systemd import Notifier
from bridgewatch.adapters.throughput.runner import ProcessRunner
from bridgewatch.adapters.wire.batch import BatchEngine
from bridgewatch.adapters.wire.resolver import DnsLookup
from bridgewatch.app import interpreter
from bridgewatch.app.box_memory import BoxMemory
from bridgewatch.app.call_tests import CallTests, EitherRunner
from bridgewatch.app.counters import Counters
from bridgewatch.app.history import History
from bridgewatch.app.keys import KeyReader
from bridgewatch.app.people import People
from bridgewatch.app.phases import Phases
from bridgewatch.app.pulse import Pulse
from bridgewatch.app.reloads import Reloads
from bridgewatch.app.serving import Work, all_kept_up, local_caller, serve, signals, tell_manager
from bridgewatch.app.station import Ready, Station
from bridgewatch.app.vitals import VitalSigns
from bridgewatch.model.delivery import LinkFigures
from bridgewatch.model.ids import LinkId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.ports import Clock, Engine
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.views import calendar, happenings, links
from bridgewatch.views.happenings import Happening
from bridgewatch.views.status import report as status
from bridgewatch.views.web.app import make_app, make_runner

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What `bridgewatch run` was told. `listen` and `answers` are (host, port); None listens nowhere."""

    config_dir: Path
    listen: tuple[str, int] | None
    state_dir: Path
    portable: bool = False
    answers: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a started daemon consists of."""

    control: ControlServer
    phases: Phases
    people: People
    station: Station
    counters: Counters
    history: History
    pulse: Pulse
    boxes: BoxMemory | None  # None: none can call


class Daemon:
    """Start with `run`, end with `stop`. `snapshot` and `recent_events` are for readers in this process."""

    def __init__(self, options: Options, clock: Clock | None = None) -> None:
        self._options = options
        self._clock: Clock = clock or SystemClock()
        self._manager = Notifier()
        self._stopping = asyncio.Event()
        self._reloads = Reloads(
            options.config_dir, self._clock, self._on_inventory, on_unchanged=self._on_unchanged
        )
        self._parts: _Parts | None = None
        self.ready = asyncio.Event()  # every door is open

    async def run(self) -> None:
        """Run until `stop`, SIGTERM or SIGINT.

        Raises ConfigErrors for a configuration that does not load, StoreTooNewError and KeysError for a state
        directory that is not this program's, and OSError or AlreadyRunningError for an address or directory
        that cannot be had.
        """
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(self._manager.close)
            stack.push_async_callback(self._reloads.close)
            parts = self._parts = await self._put_together(await self._reloads.first(), stack)
            await self._open_doors(parts, stack)
            log.info("state directory: %s", self._options.state_dir)
            log.info("bridgewatch %s watches %s", __version__, parts.station.describe())
            log.info("%s", parts.station.engine.name)
            _say_stall_budget(parts.station)
            interpreter.tune()
            await self._work(parts)

    async def _put_together(self, configured: Inventory, stack: contextlib.AsyncExitStack) -> _Parts:
        state_dir = self._options.state_dir
        state_dir.mkdir(parents=True, exist_ok=True)
        control = ControlServer(state_dir)
        stack.push_async_callback(control.close)
        control.claim()  # before anything in there is opened
        phases = Phases(configured, self._clock, self._make_ready, self._put_in_force)
        runner = EitherRunner(ProcessRunner())
        people = People(
            phases.inventory,
            self._clock,
            state_dir,
            phases.order,
            self._figures,
            runner=runner,
            on_felt=self._mark,
        )
        stack.push_async_callback(people.close)
        await people.start()
        engine = self._make_engine(phases.inventory)
        memory = Memory(state_dir)
        station = Station(
            phases.inventory,
            engine,
            self._clock,
            DnsLookup(),
            seed=secrets.randbits(128),
            on_changes=people.take,
            read_keys=KeyReader().of_probes,
            doors=engine if isinstance(engine, BatchEngine) else None,
            remembered=await asyncio.to_thread(memory.load),
        )
        stack.push_async_callback(station.close)
        boxes = None
        if station.dial_in is not None:
            runner.know(CallTests(station.dial_in))
            boxes = BoxMemory(memory, station.dial_in)
            stack.push_async_callback(boxes.close)
            stack.push_async_callback(people.end_tests)  # boxes are told so while their calls last
        counters = Counters(phases.inventory, self._clock, DnsLookup(), people.pager.take_uses)
        stack.push_async_callback(counters.close)
        history = History(people.recorder, self.snapshot, self._clock)
        courier = Courier(read_secret)
        stack.push_async_callback(courier.close)
        vitals = VitalSigns(station, people, phases, self._clock)
        pulse = Pulse(lambda: phases.inventory, vitals, courier.send, self._clock)
        return _Parts(control, phases, people, station, counters, history, pulse, boxes)

    def _make_engine(self, inventory: Inventory) -> Engine:
        if self._options.portable:
            from bridgewatch.adapters.wire.portable import PortableEngine  # noqa: PLC0415 - a GPL extra

            return PortableEngine(self._clock, timeout=inventory.limits.tmax)
        return BatchEngine(self._clock, echo_ident=secrets.randbelow(1 << 16))

    async def _open_doors(self, parts: _Parts, stack: contextlib.AsyncExitStack) -> None:
        station, people, options = parts.station, parts.people, self._options
        reporter = status.Reporter()
        await parts.control.start(
            {
                "/status": lambda: status.to_json(reporter(self.snapshot(), people.pager.snapshot)),
                "/events": lambda: happenings.to_json(tuple(station.journal.recent())),
                "/links": lambda: links.to_json(self.snapshot()),
                "/config": lambda: str(options.config_dir.absolute()),
                "/orders": lambda: calendar.orders_to_json(parts.phases.orders),
            },
            {API_PREFIX: local_api(people.desk, local_caller, people.rotate_keys)},
        )
        app = make_app(
            self.snapshot,
            station.is_ready,
            station.is_alive,
            {API_PREFIX: bearer_api(people.desk, Bearers(options.state_dir))},
            lambda: people.pager.snapshot,
        )
        await serve("/metrics, the page and the API", make_runner(app), options.listen, stack)
        await serve(
            "answers and gateways' reports",
            answers_runner(people.answers.application()),
            options.answers,
            stack,
        )

    async def _work(self, parts: _Parts) -> None:
        station = parts.station
        works: dict[str, Work] = {
            "probing": station.ticker.run,
            "paging": parts.people.pager.run,
            "reading counters": parts.counters.run,
            "the upkeep": parts.people.upkeep.run,
            "the history": parts.history.run,
            "the keys of links": parts.people.renew_keys,
            "reloading": self._reloads.run,
            "watching the files": self._reloads.watch_files,
            "the calendar": parts.phases.run,
            "the heartbeats": parts.pulse.run,
            "the service manager": partial(tell_manager, self._manager, station.is_alive, station.headline),
        }
        if parts.boxes is not None:
            works["the memory of boxes"] = parts.boxes.run
        with signals(self.stop, self._reloads.want):
            async with all_kept_up(works):
                self._manager.ready(parts.station.describe())
                self.ready.set()
                await self._stopping.wait()
                self._manager.stopping()
                log.info("stopping")
            await parts.pulse.farewell()

    def stop(self) -> None:
        """Begin the end."""
        self._stopping.set()

    def snapshot(self) -> Snapshot:
        """The present state of everything."""
        parts = self._running()
        taken = parts.station.snapshot(self._reloads.stats(), parts.phases.phases)
        return replace(
            taken,
            people=parts.people.stats(),
            watchdogs=parts.pulse.heard(),
            bandwidth=parts.counters.columns(taken.inventory, taken.wall_ns),
            snmp=parts.counters.stats(),
        )

    def recent_events(self) -> Sequence[Happening]:
        """What changed lately, oldest first."""
        return self._running().station.journal.recent()

    def _figures(self, link: LinkId) -> LinkFigures | None:
        return self._parts.station.figures(link) if self._parts is not None else None

    def _mark(self, links: Collection[LinkId]) -> None:
        if self._parts is not None:
            self._parts.station.mark(links)

    def _running(self) -> _Parts:
        if self._parts is None:
            raise RuntimeError("the daemon has not started")
        return self._parts

    async def _on_inventory(self, inventory: Inventory) -> None:
        """A configured one, by a reload."""
        parts = self._running()
        self._manager.reloading(self._clock.monotonic_ns())
        before = parts.station.watch.inventory
        if inventory.limits != before.limits:
            log.warning("new limits take effect at the next start")
        if (inventory.store.url, inventory.store.password) != (before.store.url, before.store.password):
            log.warning("another store takes effect at the next start; nothing is carried over from this one")
        if inventory.dial_in.listen != before.dial_in.listen:
            log.warning("other sockets for boxes to call take effect at the next start")
        await parts.phases.configure(inventory)
        self._manager.ready(parts.station.describe())

    async def _on_unchanged(self) -> None:
        """A reload found the same; but keys lie in files of their own."""
        await self._running().station.renew_keys()

    async def _make_ready(self, inventory: Inventory) -> Ready:
        """An effective one, while another is watched."""
        parts = self._running()
        await parts.counters.prepare(inventory)
        return await parts.station.prepare(inventory)

    async def _put_in_force(self, ready: Ready) -> None:
        """What was made ready, by a reload or the calendar."""
        parts = self._running()
        await parts.counters.prepare(ready.inventory)  # if that is not what was made ready last
        await parts.station.enter(ready)
        parts.people.pager.adopt(ready.inventory)
        parts.counters.adopt(ready.inventory)


def _say_stall_budget(station: Station) -> None:
    """How long this process may be kept from reading before replies are dropped by its own buffers."""
    if not isinstance(station.engine, BatchEngine):
        return
    rate = max(1.0, station.watch.prober.schedule.wanted)
    for label, replies in station.engine.stall_budget().items():
        level = logging.WARNING if replies < rate else logging.INFO
        log.log(
            level,
            "%s: the receive buffer holds %d replies, %.2f s of probing",
            label,
            replies,
            replies / rate,
        )
