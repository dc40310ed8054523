"""The pure pipeline in one piece: probing, quality and health of all paths, driven tick by tick.

The caller owns time and the wire. A tick is: `receive` what the sockets held, `launch` what is due and hand
it to the engine, `launched` with what the kernel said, then `judge` for what changed. The daemon and the
simulation drive the same object.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bridgewatch.core.columns import grown
from bridgewatch.core.dialin.keys import SessionSeals
from bridgewatch.core.health.changes import Changes, Standing
from bridgewatch.core.health.health import Health
from bridgewatch.core.health.marks import Marks
from bridgewatch.core.health.thresholds import Judge
from bridgewatch.core.plan import (
    Altered,
    Group,
    Plan,
    alter,
    by_profile,
    judge_anew,
    regroup,
    rows_of,
    touched_paths,
)
from bridgewatch.core.probing.lateness import Lateness
from bridgewatch.core.probing.paths import PathChanges, PathPlan, PathTable
from bridgewatch.core.probing.prober import LINGER_NS, Launch, Prober
from bridgewatch.core.probing.schedule import NEVER
from bridgewatch.core.quality.batch import WindowBatch, picked
from bridgewatch.core.quality.counters import CounterColumns
from bridgewatch.core.quality.latest import Latest
from bridgewatch.core.quality.windows import Windows
from bridgewatch.core.steps import MADE, Steps, finish, portions
from bridgewatch.model.ids import EgressId, KeyId, LinkId, PathKey
from bridgewatch.model.inventory import Inventory, PathSpec
from bridgewatch.model.observations import Flag, Int32, Int64, Real
from bridgewatch.model.ports import Arrivals, SendReport
from bridgewatch.model.words import Reason

HURRY_NS: Final = 100_000_000  # a suspect is probed at 10/s
_P99: Final = 2
_SECOND_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Location:
    """Where a path is sent, once its name has an address: the halves of it and the interface id.

    `port`: where it is not that of its inventory, because its far end calls from any.
    """

    address: tuple[int, int]
    interface: int
    port: int | None = None


class Watch:
    """All paths of one inventory. Times are monotonic ns. `seed`: fresh entropy, or a constant in a test."""

    def __init__(self, inventory: Inventory, now: int, *, echo_ident: int, seed: int) -> None:
        self._inventory = replace(inventory, egresses={}, sites={}, links={}, paths=())
        self._prober = Prober(inventory.limits, echo_ident=echo_ident, seed=seed)
        self._windows = Windows()
        self._judge = Judge()
        self._marks = Marks()
        self._paths = PathTable(round(inventory.limits.tmax * _SECOND_NS) + LINGER_NS)
        self._groups: Mapping[Group, int] = {}
        self._located: Flag = np.zeros(1024, np.bool_)
        self._base_interval: Int64 = np.full(1024, NEVER, np.int64)
        self._hurried: Flag = np.zeros(1024, np.bool_)
        self._keyless: Flag = np.zeros(1024, np.bool_)  # to be authenticated, and its key is not known
        self._without_key: frozenset[LinkId] = frozenset()
        self.has_results = False  # the fate of some probe is known
        self.latest = Latest()
        self.lateness = Lateness()
        self._launches: list[Launch] = []  # not booked yet, in order
        self._launched_ns = now
        self._health = Health(self._inventory, {}, now)
        self.last_changes = self.adopt(finish(self.prepare(inventory, now)), now)

    @property
    def prober(self) -> Prober:
        """For readers of its counters."""
        return self._prober

    @property
    def inventory(self) -> Inventory:
        """What is watched."""
        return self._inventory

    @property
    def rows(self) -> Mapping[PathKey, int]:
        """The row of every path."""
        return self._paths.rows

    def prepare(self, inventory: Inventory, now: int) -> Steps[Plan]:
        """Find out in short steps what watching another inventory means, while the present one is watched.

        Changes nothing but rows that nobody uses. The plan is good until the next `adopt`.
        """
        former = self._inventory
        paths = yield from self._paths.plan(inventory.paths, now)
        touched = yield from touched_paths(former, inventory, paths)
        regrouped = yield from regroup(touched, inventory, self._groups)
        fresh = (row for row, _ in paths.changes.added)
        judged_anew = yield from judge_anew(touched, former, inventory, fresh)
        for profile in judged_anew:
            self._judge.know(profile)
            yield
        health = yield from self._health.prepare(inventory, paths.rows)
        altered = yield from alter(paths.changes)
        yield from self._admit(paths, inventory)
        return Plan(inventory, paths, altered, regrouped, judged_anew, health)

    def _admit(self, paths: PathPlan, inventory: Inventory) -> Steps[None]:
        """Make ready the rows of new paths: rested or never used, and not probed before they are located."""
        self._make_room(paths.size)
        for portion in portions(paths.changes.added, MADE):
            rows = rows_of(portion)
            for row, spec in portion:
                self._prober.admit(row, spec)
            interval_ns = np.array([spec.interval_ns for _, spec in portion], np.int64)
            stateful = np.array([spec.stateful for _, spec in portion], np.bool_)
            self._base_interval[rows] = interval_ns
            self._hurried[rows] = self._located[rows] = False
            self._keyless[rows] = np.array([spec.stamp_key is not None for _, spec in portion], np.bool_)
            self._windows.admit(rows, interval_ns, stateful=stateful)
            self.latest.reset(rows)
            self._marks.reset(rows)
            for profile, chosen in by_profile(portion, inventory).items():
                self._judge.know(profile)
                yield
                self._judge.admit(chosen, profile)
            yield

    def adopt(self, plan: Plan, now: int) -> PathChanges:
        """Watch another inventory from now on; what both have keeps its probes, counters and windows.

        The caller routes the paths that were added or changed, and calls `locate` for each.
        """
        changes = plan.paths.changes
        self._paths.adopt(plan.paths, now)
        self._inventory = plan.inventory
        self._release(rows_of(changes.removed), now)
        self._alter(plan.altered, now)
        regrouped = plan.regrouped
        self._groups = regrouped.numbers
        self._windows.set_groups(regrouped.rows, regrouped.group, len(regrouped.numbers))
        for profile, rows in plan.judged_anew.items():
            self._judge.set_profile(rows, profile)
        self._health.adopt(plan.health, now)
        return changes

    def _make_room(self, rows: int) -> None:
        self._located = grown(self._located, rows)
        self._hurried = grown(self._hurried, rows)
        self._keyless = grown(self._keyless, rows)
        self._base_interval = grown(self._base_interval, rows, NEVER)
        self.latest.grow(rows)

    def _release(self, rows: Int32, now: int) -> None:
        self._prober.release(rows, now)
        self._located[rows] = False
        self._windows.forget(rows)

    def _alter(self, altered: Altered, now: int) -> None:
        for row, spec in altered.reshaped:
            self._prober.reshape(row, spec, now)
            self._keyless[row] = spec.stamp_key is not None
        rows, anew = altered.rows, altered.recounted
        self._windows.admit(rows[anew], altered.interval_ns[anew], stateful=altered.stateful[anew])
        self._base_interval[rows] = altered.interval_ns
        self._windows.retime(rows, altered.interval_ns)
        self._retime(rows[self._located[rows]], now)

    def locate(self, row: int, spec: PathSpec, location: Location, now: int) -> None:
        """Send the probes of `row` there from now on."""
        self.locate_many(np.array([row], np.int32), (spec,), (location,), now)

    def locate_many(
        self, rows: Int32, specs: Iterable[PathSpec], locations: Iterable[Location], now: int
    ) -> None:
        """`locate` for many paths at once."""
        for row, spec, location in zip(rows.tolist(), specs, locations, strict=True):
            port = spec.port if location.port is None else location.port
            self._prober.locate(row, spec.kind, location.address, port, location.interface, now)
        self._located[rows] = True
        self._retime(rows, now)

    def called(self, row: int, spec: PathSpec, location: Location, seals: SessionSeals, now: int) -> None:
        """Send the probes of a path that dials in to where its box has called from, under the call's keys."""
        self._prober.called(row, seals.probe, seals.reply, now)
        self.locate(row, spec, location, now)

    def withdraw(self, rows: Int32, now: int) -> None:
        """Send those paths no probes until they are located again; what is known of them stays."""
        self._located[rows] = False
        self._prober.set_interval(rows, np.full(len(rows), NEVER), now)

    def forget(self, rows: Int32, now: int) -> None:
        """Send those paths no probes until they are located again; nothing is known of them any more."""
        for row in rows.tolist():
            self._prober.moved(row, now)
        self.withdraw(rows, now)
        self._health.forget(rows)

    def moved(self, row: int, now: int) -> None:
        """What that path has not answered is the fault of its far end's move; `called` says where it is."""
        self._prober.moved(row, now)

    def know(self, keys: Mapping[KeyId, bytes], now: int) -> None:
        """Authenticate with these keys from now on. A path whose key is not among them is not probed.

        To be called after each `adopt`: new paths are without a key until then.
        """
        self._prober.know(keys, now)
        paths = [(self.rows[spec.key], spec) for spec in self._inventory.paths if spec.stamp_key is not None]
        rows = rows_of(tuple(paths))
        keyless = self._prober.keyless(rows)
        changed = rows[keyless != self._keyless[rows]]
        self._keyless[rows] = keyless
        self._retime(changed[self._located[changed]], now)
        before = self._without_key
        self._without_key = frozenset(
            spec.link
            for (_, spec), missing in zip(paths, keyless.tolist(), strict=True)
            if missing and spec.link is not None
        )
        again = (before - self._without_key) & self._inventory.links.keys()
        self.explain(dict.fromkeys(again | self._without_key, Reason.NOT_YET_PROBED), now)

    def explain(self, reasons: Mapping[LinkId, Reason], now: int) -> None:
        """Say why links cannot be probed."""
        told = {
            link: Reason.KEY_MISSING
            if reason is Reason.NOT_YET_PROBED and link in self._without_key
            else reason
            for link, reason in reasons.items()
        }
        self._health.explain(now, told)

    def _retime(self, rows: Int32, now: int) -> None:
        base = self._base_interval[rows]
        interval_ns = np.where(self._hurried[rows], np.minimum(base, HURRY_NS), base)
        interval_ns[self._keyless[rows]] = NEVER
        self._prober.set_interval(rows, interval_ns, now)

    def receive(self, arrivals: Arrivals, now: int) -> None:
        """Match what the sockets held."""
        self._prober.receive(arrivals, now)

    def launch(self, now: int, wall_ns: int, lead_ns: int = 0) -> Launch | None:
        """The probes due by `now` + `lead_ns`."""
        return self._prober.launch(now, wall_ns, lead_ns)

    def launched(self, launch: Launch, report: SendReport, now: int) -> None:
        """What the kernel said of them."""
        self._prober.launched(launch, report)
        self._launches.append(launch)
        self._launched_ns = now

    def judge(self, now: int) -> Changes:
        """Take in what became known and decide what it means."""
        self._book_launches()
        observations = self._prober.observations()
        self._windows.observe(observations)
        self._health.observe(now, observations)
        self.has_results |= bool(len(observations.path))
        closed = self._windows.close(now)
        if len(closed.path):
            self.latest.keep(closed)
            self._judge_windows(closed, now)
        changes = self._health.advance(now)
        if len(changes.hurry) or len(changes.calm):
            self._hurry(changes.hurry, changes.calm, now)
        return changes

    def _judge_windows(self, closed: WindowBatch, now: int) -> None:
        passed_over = self._marks.passed_over(closed.path, now)
        if passed_over is not None:
            closed = picked(closed, ~passed_over)
        if not len(closed.path):
            return
        # Round trips under a test must not make a path patient: a cut meanwhile is to be found as ever.
        self._prober.set_grace(closed.path, closed.rtt[:, _P99])
        verdicts = self._judge.judge(closed)
        if verdicts.changed.any():
            path = verdicts.path[verdicts.changed]
            severity, reason = verdicts.severity[verdicts.changed], verdicts.reason[verdicts.changed]
            self._health.judged(now, path, severity, reason)

    def mark(self, links: Collection[LinkId], now: int) -> None:
        """From now on throughput tests fill the paths of exactly these links: their quality is not judged.

        To be called again after each `adopt` while any is.
        """
        self._marks.mark(self._health.rows_of(links), self._base_interval, now)

    def _book_launches(self) -> None:
        """Book the launches of several ticks at once: those of one are too few to pay for the calls."""
        if not self._launches:
            return
        launches, self._launches = self._launches, []
        rows = np.concatenate([launch.batch.path for launch in launches])
        self._windows.launched(rows, np.concatenate([launch.seq for launch in launches]))
        self.lateness.add(np.concatenate([launch.late_ns for launch in launches]), self._launched_ns)

    def _hurry(self, hurry: Int32, calm: Int32, now: int) -> None:
        self._hurried[hurry] = True
        self._hurried[calm] = False
        rows = np.concatenate([hurry, calm])
        self._retime(rows[self._located[rows]], now)

    def next_deadline(self, now: int) -> int:
        """When the next tick has something to do even if nothing arrives; for simulations."""
        wake = self._health.next_deadline()
        return min(self._prober.next_deadline(now), NEVER if wake is None else max(wake, now))

    def standing(self) -> Standing:
        """The present states."""
        return self._health.standing()

    def dark(self) -> frozenset[EgressId]:
        """The egresses that are dark."""
        return self._health.dark()

    @property
    def suspect_budget_used(self) -> float:
        """How much of the budget for hurried probes is taken, 0 to 1."""
        hurried = int(np.count_nonzero(self._hurried))
        budget = self._inventory.limits.suspect_probes_per_second
        return min(1.0, hurried * _SECOND_NS / HURRY_NS / budget) if budget else 0.0

    def counters(self) -> CounterColumns:
        """Cumulative counts by row."""
        self._book_launches()
        return self._windows.counters()

    def carrier_rtt(self) -> tuple[tuple[Group, ...], Int64, Real]:
        """Groups, counts and sums of the carriers' RTT histograms."""
        counts, sums = self._windows.carrier_rtt()
        return tuple(self._groups), np.asarray(counts, np.int64), sums
