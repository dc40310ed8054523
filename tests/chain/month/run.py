"""A month through the full core: health, incidents, escalation, outbox and the store's fold, with restarts."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import numpy as np

from bridgewatch.adapters.store.sqlite import SqliteFile
from bridgewatch.adapters.store.store import SqlStore
from bridgewatch.core.calendar.agenda import Agenda
from bridgewatch.core.calendar.effective import effective
from bridgewatch.core.health.changes import Changes
from bridgewatch.core.paging import Paging
from bridgewatch.model.commands import Acknowledge
from bridgewatch.model.delivery import Attempt, Result
from bridgewatch.model.log import AnyEntry
from bridgewatch.model.paging import ASKING, AckWay
from bridgewatch.sim.clock import SimClock
from tests.chain.month.quality import Quality
from tests.chain.month.script import MINUTE, SECOND, START, WALL, Month
from tests.chain.month.walk import TICK, Walk

BLOCK = 60  # seconds between two looks at chance
OFFSET = WALL - START
DELIVERED = Result(delivered=True)
FAILED = Result(delivered=False, detail="HTTP 500")

Act = Callable[[int], None]


@dataclass
class Run:
    """What a month came to. `log` is everything that was ever committed, `restored` what each restart lost."""

    month: Month
    log: list[AnyEntry] = field(default_factory=list)
    delivered: list[tuple[int, Attempt]] = field(default_factory=list)  # wall
    runs: int = 0
    ticks: int = 0
    restored: list[bool] = field(default_factory=list)


class Player:
    """Plays a month. Time is monotonic, in steps of TICK where something happens."""

    def __init__(self, month: Month, folder: Path) -> None:
        self.month = month
        self.out = Run(month)
        self._chance = np.random.default_rng([month.seed, 2])
        self._post = np.random.default_rng([month.seed, 3])
        self._clock = SimClock(START, WALL)
        self._path = folder / "store.db"
        self._store = SqlStore(SqliteFile(self._path), self._clock)
        self._agenda = Agenda(month.inventory)
        self._acts: list[tuple[int, int, Act]] = []
        self._turn = count()
        self.now = START
        inventory = effective(month.inventory, self._agenda.rulings(WALL))
        self.walk = Walk(inventory, START, month.shape.loss, self._chance)
        self.paging = Paging(inventory, WALL)
        self._quality = Quality(month, self.walk)
        self._plan()

    def _plan(self) -> None:
        walk = self.walk
        for fault in self.month.faults:
            rows = np.array([walk.row_of_link[link] for link in fault.links])
            if fault.subject in walk.egresses:
                rows = np.flatnonzero(walk.egress == walk.egresses.index(fault.subject))
            for begins, ends in fault.cuts:
                self._at(begins, lambda now, rows=rows: walk.cut(rows, 1, now))
                self._at(ends, lambda now, rows=rows: walk.cut(rows, -1, now))
        for restart in self.month.restarts:
            self._at(restart, self._restart)
        self._at(START, self._block)
        self._at(self._quality.next_ns(START), self._measure)
        self._follow_calendar(START)

    def _at(self, when: int, act: Act) -> None:
        heapq.heappush(self._acts, (when, next(self._turn), act))

    def play(self) -> Run:
        """To the end of the month."""
        ends = self.month.ends
        while self.now < ends:
            self.now = min(ends, self.now + TICK if self.walk.walking else self._next())
            self._clock.advance_to(self.now)
            while self._acts and self._acts[0][0] <= self.now:
                heapq.heappop(self._acts)[2](self.now)
            self._tick()
        self._store.close()
        self.out.ticks = self.walk.ticks
        return self.out

    def _next(self) -> int:
        """The next instant at which anything may happen, on the grid."""
        due = [self._acts[0][0]]
        health, paging = self.walk.health.next_deadline(), self.paging.next_deadline_ns()
        if health is not None:
            due.append(max(health, self.now + SECOND))
        if paging is not None:
            due.append(paging - OFFSET)
        return max(self.now + TICK, -(-min(due) // TICK) * TICK)

    def _tick(self) -> None:
        changes: Changes | None = None
        deadline = self.walk.health.next_deadline()
        if self.walk.walking or self.walk.stirred or (deadline is not None and deadline <= self.now):
            changes = self.walk.tick(self.now)
        wall = self.now + OFFSET
        if changes is not None and (changes.links.passes or changes.egresses):
            self._take(self.paging.observe(changes, wall, OFFSET))
        due = self.paging.next_deadline_ns()
        if due is not None and due <= wall:
            self._take(self.paging.advance(wall))

    def _take(self, entries: Sequence[AnyEntry]) -> None:
        """Store what was decided, then let go what it causes."""
        self._keep(entries)
        wall = self.now + OFFSET
        for _ in range(1000):
            attempts = self.paging.due(wall)
            if not attempts:
                return
            for attempt in attempts:
                result = FAILED if self._post.random() < 0.02 else DELIVERED
                if result.delivered:
                    self._arrive(attempt, wall)
                self._keep(self.paging.result(attempt, result, wall))
        raise AssertionError("attempts that never end")

    def _keep(self, entries: Sequence[AnyEntry]) -> None:
        if entries:
            self._store.append(entries)
            self.out.log += entries

    def _arrive(self, attempt: Attempt, wall: int) -> None:
        """Most pages are answered within minutes."""
        self.out.delivered.append((wall, attempt))
        if attempt.kind in ASKING and self._post.random() < 0.7:
            after = round(self._post.uniform(1, 9) * MINUTE)
            self._at(self.now + after, lambda _: self._answer(attempt))

    def _answer(self, attempt: Attempt) -> None:
        command = Acknowledge(
            actor=attempt.contact,
            incidents=attempt.incidents,
            way=AckWay.LINK,
            contact=attempt.contact,
            message=attempt.message,
        )
        self._take(self.paging.command(command, self.now + OFFSET).entries)

    def _block(self, now: int) -> None:
        for start, row, length in self.walk.pass_quietly(BLOCK, now):
            self.out.runs += 1
            self._at(start, lambda at, row=row, length=length: self.walk.lose(row, length, at))
        self._at(now + BLOCK * SECOND, self._block)

    def _measure(self, now: int) -> None:
        self._quality.measure(now)
        self._at(self._quality.next_ns(now), self._measure)

    def _follow_calendar(self, now: int) -> None:
        """At each change of phase rates and policies change at once."""
        wall = now + OFFSET
        inventory = effective(self.month.inventory, self._agenda.rulings(wall))
        if inventory != self.walk.inventory:
            self.walk.adopt(inventory, now)
            self._take(self.paging.adopt(inventory, wall))
        change = self._agenda.next_change_ns(wall)
        if change is not None:
            self._at(change - OFFSET, self._follow_calendar)

    def _restart(self, now: int) -> None:
        """The process is killed and started anew: health knows nothing, people's side what the store says."""
        before = alive(self.paging)
        self._store.close()
        self._store = SqlStore(SqliteFile(self._path), self._clock)
        self.walk.start(self.walk.inventory, now)
        self._quality.start()
        self.paging = Paging(self.walk.inventory, now + OFFSET)
        self.paging.replay(self._store.open_entries())
        self.out.restored.append(alive(self.paging) == before)


def alive(paging: Paging) -> tuple[object, ...]:
    """All that goes on: incidents that are open, cases that run, messages that wait."""
    cases, outbox = paging._escalation.cases.by_incident, paging._outbox.state
    return (
        dict(paging._incidents.open),
        {name: case for name, case in cases.items() if not case.over},
        dict(outbox.undelivered),
    )


def play(month: Month, folder: Path) -> Run:
    """The month of a seed, played to its end."""
    return Player(month, folder).play()
