"""A daemon's pulse and a watchdog with people of its own, on virtual time. Seconds since the start."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bridgewatch.adapters.store.spool import Spool
from bridgewatch.adapters.store.spooled import SpooledStore
from bridgewatch.adapters.store.sqlite import SqliteFile
from bridgewatch.adapters.store.store import SqlStore
from bridgewatch.app.pager import Pager
from bridgewatch.app.pulse import Pulse
from bridgewatch.app.watchdog.vigil import Vigil
from bridgewatch.config.loader import load
from bridgewatch.core.heartbeats.register import Remembered
from bridgewatch.core.paging import Paging
from bridgewatch.model.commands import Acknowledge
from bridgewatch.model.delivery import Attempt, Result, Text
from bridgewatch.model.heartbeats import Answered, Heartbeat, Reception, Vitals, Watchdog
from bridgewatch.model.paging import AckWay, MessageKind
from bridgewatch.model.people import Gateway
from bridgewatch.sim.clock import SimClock
from bridgewatch.sim.loop import run
from bridgewatch.texts.messages.compose import compose
from tests.config.files import SITE, write
from tests.watchdog.beats import SECOND, WELL

START = 1_000 * SECOND
NHA = """\
vantage: nha
watchdog: {url: "http://dog", key: {env: KEY}}
"""
DOG = {
    "watchdog": "daemons: {nha: {key: {env: KEY}}}\n",
    "bridgewatch": "vantage: canh\n",
    "gateways": "gateways: {hook: {kind: webhook, url: 'http://hook/{address}', answers: [chat]}}\n",
    "contacts": """\
        catch_all: noc
        contacts:
          an: {name: An, language: en, channels: [{via: hook, to: an}]}
          binh: {name: Bình, channels: [{via: hook, to: binh}]}
          noc: {name: NOC, channels: [{via: hook, to: noc}]}
        """,
    "rosters": "rosters: {ours: {own: true, duty: {always: an}, lead: {always: binh}}}\n",
}


@dataclass(frozen=True)
class Got:
    """A message that reached a phone."""

    at: float
    contact: str
    kind: MessageKind
    title: str
    body: str


@dataclass
class Night:
    """What happens. Acts change `vitals` and `blocked`, and end and begin either process."""

    clock: SimClock
    folder: Path
    got: list[Got] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    vitals: Vitals = WELL
    blocked: bool = False  # between daemon and watchdog
    pulse: Pulse | None = None
    vigil: Vigil | None = None
    pager: Pager | None = None
    remembered: Sequence[Remembered] = ()
    _daemon: list[asyncio.Task[None]] = field(default_factory=list)
    _dog: list[asyncio.Task[None]] = field(default_factory=list)
    _store: SpooledStore | None = None

    def __post_init__(self) -> None:
        (self.folder / "nha").mkdir()
        (self.folder / "dog").mkdir()
        self.nha = load(write(self.folder / "nha", bridgewatch=NHA, sites=SITE))
        self.dog = load(write(self.folder / "dog", **DOG))

    def second(self) -> float:
        return (self.clock.monotonic_ns() - START) / SECOND

    def told(self) -> list[tuple[str, MessageKind]]:
        return [(got.contact, got.kind) for got in self.got]

    def pages(self) -> list[float]:
        """When An, who is on duty, was paged."""
        return [got.at for got in self.got if got.kind is MessageKind.PAGE and got.contact == "an"]

    # The daemon

    async def start_daemon(self) -> None:
        self.pulse = Pulse(lambda: self.nha, lambda: self.vitals, self._carry, self.clock)
        self._daemon = [asyncio.create_task(self.pulse.run())]

    async def kill_daemon(self) -> None:
        await _end(self._daemon)

    async def stop_daemon(self) -> None:
        await _end(self._daemon)
        assert self.pulse is not None
        await self.pulse.farewell()

    async def _carry(self, watchdog: Watchdog, heartbeat: Heartbeat) -> tuple[Answered, str]:
        await asyncio.sleep(0.05)
        if self.blocked or self.vigil is None:
            await asyncio.sleep(4.95)
            answered, why = Answered.FAILED, "no answer within 5 s"
        else:
            reception = self.vigil.take(heartbeat)
            self.remembered = self.vigil.register.remembered(self.clock.monotonic_ns(), self.clock.wall_ns())
            accepted = reception is Reception.ACCEPTED
            answered, why = (Answered.ACCEPTED, "") if accepted else (Answered.REFUSED, reception)
        self.answers.append(answered)
        return answered, why

    # The watchdog

    async def start_dog(self) -> None:
        clock = self.clock
        self._store = SpooledStore(
            SqlStore(SqliteFile(self.folder / "store.db"), clock), Spool(self.folder / "spool", clock), clock
        )
        self.pager = Pager(self.dog, clock, self._store, self, _write, on_orders=lambda _: None)
        await self.pager.start()
        self.vigil = Vigil(self.dog, self.pager, clock)
        self.vigil.register.recall(self.remembered, clock.monotonic_ns(), clock.wall_ns())
        self._dog = [asyncio.create_task(self.vigil.run()), asyncio.create_task(self.pager.run())]

    async def kill_dog(self) -> None:
        await _end(self._dog)
        assert self._store is not None
        self._store.close()
        self.vigil = None

    async def restart_dog(self) -> None:
        await self.kill_dog()
        await self.start_dog()

    async def configure_dog(self, **files: str) -> None:
        self.dog = load(write(self.folder / "dog", **files))
        assert self.vigil is not None
        assert self.pager is not None
        self.vigil.adopt(self.dog)
        self.pager.adopt(self.dog)

    async def acknowledge(self) -> None:
        assert self.pager is not None
        (incident,) = (one.id for one in self.pager.snapshot.incidents)
        command = Acknowledge(actor="An", incidents=(incident,), way=AckWay.DESK)
        assert (await self.pager.command(command)).accepted

    async def send(self, attempt: Attempt, gateway: Gateway, text: Text) -> Result:
        """Implements `ports.Sender`."""
        await asyncio.sleep(0.3)
        self.got.append(Got(self.second(), attempt.contact, attempt.kind, text.title, text.body))
        return Result(delivered=True)


def _write(paging: Paging, attempt: Attempt, gateway: Gateway, now_ns: int) -> Text:
    return compose(paging.brief(attempt, now_ns), gateway.form)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        assert not task.done()
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


Act = Callable[[Night], Awaitable[None] | None]


def play(folder: Path, until: float, *acts: tuple[float, Act]) -> Night:
    """Daemon and watchdog start together; then each act at its second."""
    night = Night(SimClock(monotonic_ns=START), folder)

    async def main() -> None:
        await night.start_dog()
        await night.start_daemon()
        for second, act in sorted(acts, key=lambda item: item[0]):
            await asyncio.sleep(second - night.second())
            acted = act(night)
            if acted is not None:
                await acted
        await asyncio.sleep(until - night.second())
        if night.vigil is not None:
            await night.kill_dog()

    run(main(), night.clock)
    return night


def ails(**vitals: object) -> Act:
    """From now on heartbeats say that."""

    def act(night: Night) -> None:
        night.vitals = replace(WELL, **vitals)  # type: ignore[arg-type]

    return act


def block(night: Night) -> None:
    night.blocked = True


def unblock(night: Night) -> None:
    night.blocked = False
