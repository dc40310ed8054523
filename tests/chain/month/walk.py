"""Probing of a country by the plain rules, walked through only where it matters.

As long as probes are answered nothing happens: the paths' memories are told how many were answered and lost,
and time skips ahead. Around every cut, every chance run of losses that is long enough to raise a question,
and every start of the process, the paths concerned are probed one by one through the real Health: sent, past
their grace, answered, lost, at ten a second while health asks for it.
"""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bridgewatch.core.health.changes import Changes
from bridgewatch.core.health.health import Health
from bridgewatch.core.steps import finish
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.observations import NO_TIME, Int32, Observations
from bridgewatch.model.words import EgressState, LinkState, Outcome

SECOND = 1_000_000_000
TICK = SECOND // 10
GRACE = 2 * TICK
TMAX = 30 * TICK
HURRIED = TICK
LINGER = 5 * SECOND  # how long a path is walked at least
LONG = 4  # shorter runs of losses raise no question that could be answered wrongly: the least needed is eight
WITNESSES = 3  # others that answer on each egress while somebody is silent
AT_PEACE = np.isin(np.arange(len(LinkState)), (LinkState.UP, LinkState.DEGRADED, LinkState.FLAPPING))
IN_FAULT = np.isin(np.arange(len(LinkState)), (LinkState.DOWN, LinkState.FLAPPING, LinkState.BLIND))

Rows = NDArray[np.int64]
Sent = tuple[Rows, Rows]


class Walk:
    """All paths of an inventory by row: references first, then links, one path each."""

    def __init__(self, inventory: Inventory, now: int, loss: float, rng: np.random.Generator) -> None:
        self._rng = rng
        self._loss = loss
        self._paths = inventory.paths
        count = len(inventory.paths)
        self.rows = {spec.key: row for row, spec in enumerate(inventory.paths)}
        self.row_of_link = {
            spec.link: row for row, spec in enumerate(inventory.paths) if spec.link is not None
        }
        self.references = np.array([spec.link is None for spec in inventory.paths])
        self.egresses = list(inventory.egresses)
        self.egress = np.array([self.egresses.index(spec.egress) for spec in inventory.paths])
        self.links = np.flatnonzero(~self.references)  # row of each link, in inventory order
        self.cuts = np.zeros(count, np.int64)  # how many things cut the path now
        self.interval = np.array([spec.interval_ns for spec in inventory.paths], np.int64)
        self._phase = rng.integers(0, SECOND, count)
        self.ticks = 0
        self.start(inventory, now)

    def start(self, inventory: Inventory, now: int) -> None:
        """The process starts: nothing is known of anything."""
        count = len(self._paths)
        self.health = Health(inventory, self.rows, now)
        self.inventory = inventory
        self.walked = np.zeros(count, np.bool_)
        self._due = np.zeros(count, np.int64)
        self._until = np.zeros(count, np.int64)
        self._hurried = np.zeros(count, np.bool_)
        self._quiet = np.zeros(count, np.int32)
        self._since = np.zeros(count, np.int64)
        self._newest = np.full(count, -1, np.int64)
        self._flying = np.zeros(count, np.int32)
        self._forced = np.zeros(count, np.int64)  # so many of the next probes are lost
        self._replies: defaultdict[int, list[Sent]] = defaultdict(list)
        self._overdue: defaultdict[int, list[Sent]] = defaultdict(list)
        self._lost: defaultdict[int, list[Sent]] = defaultdict(list)
        self.state = np.full(len(self.links), LinkState.UNKNOWN, np.uint8)
        self.stirred = False  # health was told something beside probes
        self.wake(np.arange(count), now, 12 * SECOND)

    def adopt(self, inventory: Inventory, now: int) -> None:
        """The calendar wants other rates."""
        self.health.adopt(finish(self.health.prepare(inventory, self.rows)), now)
        self.inventory = inventory
        interval = {spec.key: spec.interval_ns for spec in inventory.paths}
        before = self.interval
        self.interval = np.array([interval[spec.key] for spec in self._paths], np.int64)
        self.wake(np.flatnonzero(before != self.interval), now, 2 * SECOND)

    @property
    def walking(self) -> bool:
        return bool(self.walked.any())

    def wake(self, rows: Rows, now: int, least: int = LINGER) -> None:
        """Walk those paths, and the references that tell whether we see at all."""
        rows = np.union1d(rows, np.flatnonzero(self.references))
        fresh = rows[~self.walked[rows]]
        self._due[fresh] = now + (self._phase[fresh] - now) % self.interval[fresh]
        self.walked[rows] = True
        self._until[rows] = np.maximum(self._until[rows], now + least)

    def cut(self, rows: Rows, by: int, now: int) -> None:
        """Something that those paths cross fails (1) or works again (-1)."""
        self.cuts[rows] += by
        self.wake(rows, now)

    def lose(self, row: int, count: int, now: int) -> None:
        """By chance the next `count` probes of a path are lost."""
        self.wake(np.array([row]), now)
        self._forced[row] = count

    def pass_quietly(self, seconds: int, now: int) -> list[tuple[int, int, int]]:
        """Tell the memories of `seconds` in which nothing happened; (when, row, count) of the runs in them."""
        probes = np.maximum(seconds * SECOND // self.interval, 1)
        lost = np.where(self.references, 0, self._rng.binomial(probes, self._loss))
        open_ = np.flatnonzero(self.cuts == 0).astype(np.int32)
        memory = self.health._silence.memory
        memory.lost(now, open_, lost[open_].astype(np.int32))
        memory.answered(now, open_, (probes - lost)[open_].astype(np.int32))
        chance = probes * (1 - self._loss) * self._loss**LONG
        rows = np.flatnonzero((self._rng.random(len(probes)) < chance) & ~self.references)
        lengths = LONG - 1 + self._rng.geometric(1 - self._loss, len(rows))
        starts = now + self._rng.integers(0, seconds * SECOND, len(rows))
        return list(zip(starts.tolist(), rows.tolist(), lengths.tolist(), strict=True))

    def tick(self, now: int) -> Changes:
        """One tick at `now`, a multiple of TICK: what was sent since the last one, and what became known."""
        self.ticks += 1
        self.stirred = False
        number = now // TICK
        outcomes = self._answers(number)
        quiet = self._silences(number)
        self._send(now, number)
        self._observe(now, outcomes, quiet)
        changes = self.health.advance(now)
        self._obey(changes.hurry, changes.calm, now)
        for batch in changes.links.passes:
            self.state[batch.link] = batch.new
        if number % 5 == 0:
            self._rest(now)
        return changes

    def _send(self, now: int, number: int) -> None:
        rows = np.flatnonzero(self.walked & (self._due <= now))
        if not rows.size:
            return
        sent = self._due[rows].copy()
        self._due[rows] += np.where(
            self._hurried[rows], np.minimum(HURRIED, self.interval[rows]), self.interval[rows]
        )
        late = self._due[rows] <= now  # no path is sent twice in a tick
        self._due[rows[late]] = now + 1
        forced = self._forced[rows] > 0
        self._forced[rows[forced]] -= 1
        lost = forced | (self.cuts[rows] > 0)
        lost |= (self._rng.random(len(rows)) < self._loss) & ~self.references[rows]
        self._flying[rows[lost]] += 1
        self._replies[number + 1].append((rows[~lost], sent[~lost]))
        self._overdue[number + 2].append((rows[lost], sent[lost]))
        self._lost[number + TMAX // TICK].append((rows[lost], sent[lost]))

    def _answers(self, number: int) -> list[tuple[Rows, Rows, Outcome]]:
        answered, lost = _taken(self._replies, number), _taken(self._lost, number)
        rows, sent = answered
        self._newest[rows] = np.maximum(self._newest[rows], sent)
        self._quiet[rows] = 0
        np.subtract.at(self._flying, lost[0], 1)
        return [(*answered, Outcome.REPLY), (*self._others(number), Outcome.REPLY), (*lost, Outcome.LOST)]

    def _others(self, number: int) -> Sent:
        """Some of the many others that answer all the time."""
        others = []
        for place in range(len(self.egresses)):
            rows = np.flatnonzero(~self.walked & (self.cuts == 0) & (self.egress == place))
            if rows.size:
                others.append(rows[self._rng.integers(0, rows.size, WITNESSES)])
        rows = np.unique(np.concatenate(others)) if others else np.zeros(0, np.int64)
        return rows, np.full(rows.size, (number - 1) * TICK)

    def _silences(self, number: int) -> Rows:
        rows, sent = _taken(self._overdue, number)
        late = sent > self._newest[rows]
        rows, sent = rows[late], sent[late]
        self._since[rows] = np.where(self._quiet[rows] == 0, sent, self._since[rows])
        np.add.at(self._quiet, rows, 1)
        return rows

    def _observe(self, now: int, outcomes: Iterable[tuple[Rows, Rows, Outcome]], quiet: Rows) -> None:
        parts = list(outcomes)
        path = np.concatenate([rows for rows, _, _ in parts]).astype(np.int32)
        sent = np.concatenate([sent for _, sent, _ in parts])
        outcome = np.concatenate([np.full(len(rows), what, np.uint8) for rows, _, what in parts])
        none, empty = np.full(len(path), NO_TIME), np.zeros(0, np.int32)
        batch = Observations(
            path=path,
            seq=np.zeros(len(path), np.int64),
            outcome=outcome,
            sent_ns=sent,
            rtt_ns=none,
            forward_ns=none,
            backward_ns=none,
            reflected=np.full(len(path), -1),
            quiet_path=quiet.astype(np.int32),
            quiet_count=self._quiet[quiet],
            quiet_since_ns=self._since[quiet],
            duplicates=empty,
            reordered=empty,
        )
        self.health.observe(now, batch)

    def _obey(self, hurry: Int32, calm: Int32, now: int) -> None:
        self._hurried[calm] = False
        self._hurried[hurry] = True
        if hurry.size:
            self.wake(hurry.astype(np.int64), now)
            self._due[hurry] = np.minimum(self._due[hurry], now + HURRIED)

    def _rest(self, now: int) -> None:
        """Stop walking what is at peace, or in a fault that will not change by itself."""
        resting = self.walked & (self._until <= now) & ~self._hurried & (self._forced == 0)
        links = resting[self.links]
        open_ = self.cuts[self.links] == 0
        peaceful = (
            open_ & AT_PEACE[self.state] & (self._quiet[self.links] == 0) & (self._flying[self.links] == 0)
        )
        stuck = ~open_ & IN_FAULT[self.state]
        rows = self.links[links & (peaceful | stuck)]
        self.walked[rows] = False
        if not self.walked[self.links].any() and self._seeing():
            self.walked[:] = False

    def _seeing(self) -> bool:
        """Whether the references may rest too: they answer, or their egress is cut and known to be dark."""
        rows = np.flatnonzero(self.references)
        dark = self.health.standing().egress_state == EgressState.DARK
        cut = self.cuts[rows] > 0
        return bool((cut == dark[self.egress[rows]]).all() and (self._quiet[rows[~cut]] == 0).all())


def _taken(buckets: dict[int, list[Sent]], number: int) -> Sent:
    """All that is due by this tick, those of ticks that were skipped too."""
    pairs = [pair for due in sorted(key for key in buckets if key <= number) for pair in buckets.pop(due)]
    if not pairs:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([rows for rows, _ in pairs]), np.concatenate([sent for _, sent in pairs])
