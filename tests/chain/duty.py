"""A duty night: the whole chain from a cut link to an acknowledged page, on virtual time.

Station, calendar, pager and a real store, over a simulated network and simulated gateways. The process may be
killed and started anew, the wall clock may be set, people may answer; what is asked in the end is who got
which message when. Times are seconds of true time since the start; the same seed tells the same night.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from bridgewatch.adapters.store.spool import Spool
from bridgewatch.adapters.store.spooled import SpooledStore
from bridgewatch.adapters.store.sqlite import SqliteFile
from bridgewatch.adapters.store.store import SqlStore
from bridgewatch.app.pace import Pace
from bridgewatch.app.pager import Pager
from bridgewatch.app.phases import Phases
from bridgewatch.app.station import Ready, Station
from bridgewatch.app.upkeep import Upkeep
from bridgewatch.core.paging import Paging
from bridgewatch.model.commands import Acknowledge, AnyCommand, Verdict
from bridgewatch.model.delivery import Attempt, Result, Text
from bridgewatch.model.ids import ContactId, IncidentId, MessageId
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.log import AnyEntry, Entry, Grew, IncidentEntry, Noticed
from bridgewatch.model.paging import ASKING, AckWay, FaultKind, MessageKind
from bridgewatch.model.people import Gateway
from bridgewatch.model.words import Family
from bridgewatch.sim.clock import START_WALL_NS, SimClock
from bridgewatch.sim.loop import run
from bridgewatch.sim.network import SimEngine
from bridgewatch.sim.weather import Spell
from bridgewatch.sim.world import World, typical_climate
from bridgewatch.texts.messages.compose import compose

SECOND = 1_000_000_000
START = 1_000 * SECOND  # monotonic
DELIVERED = Result(delivered=True)
COARSE = Pace(90_000_000, 1)  # as often as the daemon looks at its sockets: nights take half the time


@dataclass(frozen=True)
class Fate:
    """What a gateway does with one attempt: it takes so many seconds, then this comes of it."""

    seconds: float = 0.3
    result: Result = DELIVERED


HANGS = Fate(60.0)
REFUSES = Fate(0.2, Result(delivered=False, permanent=True, detail="no such user"))
FAILS = Fate(0.2, Result(delivered=False, detail="HTTP 500"))

Line = Callable[[Attempt, float, random.Random], Fate]
"""What becomes of an attempt at a second of the night."""


def works(_: Attempt, __: float, chance: random.Random) -> Fate:
    """A gateway on a good day."""
    return Fate(chance.uniform(0.05, 0.8))


@dataclass(frozen=True)
class Got:
    """A message as it reached a phone. `about` are the subjects of its incidents."""

    at: float
    contact: ContactId
    kind: MessageKind
    about: tuple[str, ...]
    message: MessageId
    attempt: Attempt
    text: Text


@dataclass
class Night:
    """What happened."""

    clock: SimClock
    log: list[AnyEntry] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    house: "House | None" = None
    failures: int = 0  # decisions that failed, over all runs of the process

    def second(self) -> float:
        return (self.clock.monotonic_ns() - START) / SECOND

    @property
    def running(self) -> "House":
        assert self.house is not None
        return self.house

    # What tests ask

    def pages(self, contact: str | None = None, about: str | None = None) -> list[Got]:
        """Pages and digests that reached `contact`, about that subject."""
        return [
            got
            for got in self.got
            if got.kind in ASKING and contact in (None, got.contact) and (about is None or about in got.about)
        ]

    def told(self, contact: str) -> list[MessageKind]:
        return [got.kind for got in self.got if got.contact == contact]

    def who(self, about: str | None = None) -> list[str]:
        """Who was paged, in order, each once."""
        return list(dict.fromkeys(got.contact for got in self.pages(about=about)))

    def of(self, kind: type[Entry], about: str | None = None) -> list[AnyEntry]:
        """Entries of the log, of the incidents about that subject."""
        names = {name for name, noticed in self.noticed.items() if about in (None, noticed.subject)}
        return [
            entry
            for entry in self.log
            if isinstance(entry, kind)
            and (about is None or (isinstance(entry, IncidentEntry) and entry.incident in names))
        ]

    @property
    def noticed(self) -> dict[IncidentId, Noticed]:
        return {entry.incident: entry for entry in self.log if isinstance(entry, Noticed)}

    def incidents(self, kind: FaultKind | None = None) -> list[str]:
        """Subjects of incidents that somebody was paged for, in the order they were noticed."""
        paged = {about for got in self.pages() for about in got.about}
        return [
            each.subject
            for each in self.noticed.values()
            if each.subject in paged and kind in (None, each.kind)
        ]

    def links_of(self, subject: str) -> set[str]:
        return {link for entry in self.of(Grew, subject) for link, _ in getattr(entry, "links", ())}


class Kept:
    """The store, and beside it everything that was ever committed."""

    def __init__(self, store: SpooledStore, night: Night) -> None:
        self.store = store
        self._night = night

    def append(self, entries: Sequence[AnyEntry]) -> None:
        self.store.append(entries)
        self._night.log += entries

    def open_entries(self) -> Sequence[AnyEntry]:
        return self.store.open_entries()

    def story(self, incident: IncidentId) -> Sequence[AnyEntry]:
        return self.store.story(incident)

    def close(self) -> None:
        self.store.close()


class Postman:
    """The simulated gateways. A message arrives half-way through the time that its attempt takes."""

    def __init__(self, night: Night, line: Line, answers: "Answers", seed: int) -> None:
        self._night = night
        self._line = line
        self._answers = answers
        self._chance = random.Random(f"{seed}/post")

    async def send(self, attempt: Attempt, gateway: Gateway, text: Text) -> Result:
        night = self._night
        fate = self._line(attempt, night.second(), self._chance)
        if fate.seconds >= gateway.timeout:
            await asyncio.sleep(gateway.timeout)
            return Result(delivered=False, detail=f"no answer within {gateway.timeout:.0f} s")
        await asyncio.sleep(fate.seconds / 2)
        if fate.result.delivered:
            about = tuple(night.noticed[name].subject for name in attempt.incidents)
            got = Got(night.second(), attempt.contact, attempt.kind, about, attempt.message, attempt, text)
            night.got.append(got)
            self._answers.heard(got)
        await asyncio.sleep(fate.seconds / 2)
        return fate.result


@dataclass
class Answers:
    """Who acknowledges the pages they get, and how many seconds later."""

    night: Night
    after: dict[str, float]
    waiting: set[asyncio.Task[None]] = field(default_factory=set)

    def heard(self, got: Got) -> None:
        if got.kind in ASKING and got.contact in self.after:
            task = asyncio.create_task(self._answer(got, self.after[got.contact]))
            self.waiting.add(task)
            task.add_done_callback(self.waiting.discard)

    async def _answer(self, got: Got, after: float) -> None:
        await asyncio.sleep(after)
        await order(
            Acknowledge(
                actor=got.contact,
                incidents=got.attempt.incidents,
                way=AckWay.LINK,
                contact=got.contact,
                message=got.message,
            )
        )(self.night)


def order(command: AnyCommand) -> Callable[[Night], Awaitable[None]]:
    """Somebody asks for that."""

    async def give(night: Night) -> None:
        night.verdicts.append(await night.running.pager.command(command))

    return give


@dataclass
class House:
    """One run of the process."""

    station: Station
    phases: Phases
    pager: Pager
    store: Kept
    work: list[asyncio.Task[None]] = field(default_factory=list)

    async def kill(self) -> None:
        for task in self.work:
            task.cancel()
        await asyncio.gather(*self.work, return_exceptions=True)
        await self.station.close()
        self.store.close()


async def _numeric_only(host: str, _: Family) -> tuple[str, float]:
    raise OSError(f"nobody knows {host}")


@dataclass
class Builder:
    """Starts the process over what the world and the disk are then."""

    inventory: Inventory
    world: World
    night: Night
    folder: Path
    postman: Postman
    seed: int
    upkeep: bool

    async def start(self) -> House:
        clock, night = self.night.clock, self.night

        async def make_ready(effective: Inventory) -> Ready:
            return await station.prepare(effective)

        async def put_in_force(ready: Ready) -> None:
            await station.enter(ready)
            pager.adopt(ready.inventory)

        def write(paging: Paging, attempt: Attempt, gateway: Gateway, now_ns: int) -> Text:
            return compose(paging.brief(attempt, now_ns), gateway.form)

        phases = Phases(self.inventory, clock, make_ready, put_in_force)
        spooled = SpooledStore(
            SqlStore(SqliteFile(self.folder / "store.db"), clock), Spool(self.folder / "spool", clock), clock
        )
        store = Kept(spooled, night)
        pager = Pager(phases.inventory, clock, store, self.postman, write, on_orders=phases.order)
        await pager.start()
        engine = SimEngine(clock, self.world)
        station = Station(
            phases.inventory, engine, clock, _numeric_only, seed=self.seed, on_changes=pager.take
        )
        work = [station.ticker.run(), phases.run(), pager.run()]
        if self.upkeep:
            work.append(Upkeep(pager, spooled, clock, lambda: phases.orders).run())
        house = House(station, phases, pager, store, [asyncio.create_task(each) for each in work])
        night.house = house
        return house

    async def restart(self) -> None:
        """The process is killed and started anew."""
        await self._end()
        await self.start()

    async def _end(self) -> None:
        house = self.night.running
        self.night.failures += house.pager.stats().failures + house.station.ticker.failures
        assert not any(task.done() for task in house.work)
        await house.kill()

    async def configure(self, inventory: Inventory) -> None:
        """The operator edits the files."""
        self.inventory = inventory
        await self.night.running.phases.configure(inventory)

    async def play(self, until: float, acts: "Acts") -> Night:
        await self.start()
        for when, act in sorted(acts, key=lambda item: item[0]):
            await asyncio.sleep(when - self.night.second())
            acted = act(self.night)
            if acted is not None:
                await acted
        await asyncio.sleep(until - self.night.second())
        await self._end()
        return self.night


Acts = Sequence[tuple[float, Callable[[Night], Awaitable[None] | None]]]


def duty(
    inventory: Inventory,
    folder: Path,
    *,
    until: float,
    script: Sequence[Spell] = (),
    acts: Acts = (),
    restarts: Sequence[float] = (),
    clock_steps: Sequence[tuple[float, float]] = (),
    reloads: Sequence[tuple[float, Inventory]] = (),
    line: Line = works,
    answers: dict[str, float] | None = None,
    wall_ns: int = START_WALL_NS,
    upkeep: bool = False,
    seed: int = 1,
) -> Night:
    """Play a night of `until` seconds. `clock_steps` set the wall clock by so many seconds."""
    clock = SimClock(monotonic_ns=START, wall_ns=wall_ns)
    night = Night(clock)
    world = World.of(inventory, seed=seed, climate=typical_climate(seed), script=list(script))
    postman = Postman(night, line, Answers(night, answers or {}), seed)
    builder = Builder(inventory, world, night, folder, postman, seed, upkeep)
    every = [
        *acts,
        *((when, lambda _: builder.restart()) for when in restarts),
        *((when, lambda _, by=by: clock.step_wall(round(by * SECOND))) for when, by in clock_steps),
        *((when, lambda _, new=new: builder.configure(new)) for when, new in reloads),
    ]
    with patch("bridgewatch.app.ticker.pace", lambda *_: COARSE):
        played = run(builder.play(until, every), clock)
    assert played is not None
    assert played.failures == 0
    return played


def at(second: float) -> int:
    """The monotonic instant of a second of the night."""
    return START + round(second * SECOND)


def wall(second: float, start_ns: int = START_WALL_NS) -> int:
    """The wall-clock instant of a second of the night, as long as nobody sets the clock."""
    return start_ns + round(second * SECOND)


def by_gateway(lines: dict[str, Line]) -> Line:
    """Each gateway has its own day; the others are good."""

    def line(attempt: Attempt, second: float, chance: random.Random) -> Fate:
        return lines.get(attempt.gateway, works)(attempt, second, chance)

    return line


def always(fate: Fate) -> Line:
    return lambda *_: fate


def until_second(end: float, line: Line) -> Line:
    """Bad until then, good afterwards."""
    return lambda attempt, second, chance: (line if second < end else works)(attempt, second, chance)
