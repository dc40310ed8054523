"""The pure pipeline in one piece: probing, quality and health of all paths, driven tick by tick.

The caller owns time and the wire. A tick is: `receive` what the sockets held, `launch` what is due and hand
it to the engine, `launched` with what the kernel said, then `judge` for what changed. The daemon and the
simulation drive the same object.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.columns import grown
from bridgewatch.core.health.changes import Changes, Standing
from bridgewatch.core.health.health import Health
from bridgewatch.core.health.thresholds import Judge
from bridgewatch.core.probing.lateness import Lateness
from bridgewatch.core.probing.paths import PathChanges, PathTable
from bridgewatch.core.probing.prober import LINGER_NS, Launch, Prober
from bridgewatch.core.probing.schedule import NEVER
from bridgewatch.core.quality.counters import CounterColumns
from bridgewatch.core.quality.latest import Latest
from bridgewatch.core.quality.windows import Windows
from bridgewatch.model.ids import LinkId, PathKey
from bridgewatch.model.inventory import Inventory, PathSpec, Profile
from bridgewatch.model.observations import Flag, Int32, Int64, Real
from bridgewatch.model.ports import Arrivals, SendReport
from bridgewatch.model.words import Reason

HURRY_NS: Final = 100_000_000  # a suspect is probed at 10/s
_P99: Final = 2
_SECOND_NS: Final = 1_000_000_000

Group = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Location:
    """Where a path is sent, once its name has an address: the halves of it and the interface id."""

    address: tuple[int, int]
    interface: int


class Watch:
    """All paths of one inventory. Times are monotonic ns. `seed`: fresh entropy, or a constant in a test."""

    def __init__(self, inventory: Inventory, now: int, *, echo_ident: int, seed: int) -> None:
        self._inventory = inventory
        self._prober = Prober(inventory.limits, echo_ident=echo_ident, seed=seed)
        self._windows = Windows()
        self._judge = Judge()
        self._paths = PathTable(round(inventory.limits.tmax * _SECOND_NS) + LINGER_NS)
        self._groups: dict[Group, int] = {}
        self._located: Flag = np.zeros(1024, np.bool_)
        self._base_interval: Int64 = np.full(1024, NEVER, np.int64)
        self._hurried: Flag = np.zeros(1024, np.bool_)
        self.has_results = False  # the fate of some probe is known
        self.latest = Latest()
        self.lateness = Lateness()
        self.last_changes = self._adopt(inventory, now)
        self._health = Health(inventory, self._paths.rows, now)

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

    def configure(self, inventory: Inventory, now: int) -> PathChanges:
        """Watch another inventory from now on; what both have keeps its probes, counters and windows.

        The caller routes the paths that were added or changed, and calls `locate` for each.
        """
        changes = self._adopt(inventory, now)
        self._inventory = inventory
        self._health.configure(inventory, self._paths.rows, now)
        return changes

    def _adopt(self, inventory: Inventory, now: int) -> PathChanges:
        changes = self._paths.replace(inventory.paths, now)
        self._make_room(self._paths.size)
        for row, _ in changes.removed:
            self._prober.release(row, now)
            self._located[row] = False
        self._windows.forget(_rows(changes.removed))
        for row, spec in changes.added:
            self._prober.admit(row, spec)
        self._admit(changes.added, inventory)
        for row, former, spec in changes.changed:
            self._change(row, former, spec, now)
        self._reprofile(changes, inventory)
        self._group(inventory)
        return changes

    def _make_room(self, rows: int) -> None:
        self._located = grown(self._located, rows)
        self._hurried = grown(self._hurried, rows)
        self._base_interval = grown(self._base_interval, rows, NEVER)
        self.latest.grow(rows)

    def _admit(self, added: tuple[tuple[int, PathSpec], ...], inventory: Inventory) -> None:
        rows = _rows(added)
        interval_ns = np.array([spec.interval_ns for _, spec in added], np.int64)
        stateful = np.array([spec.stateful for _, spec in added], np.bool_)
        self._base_interval[rows] = interval_ns
        self._hurried[rows] = self._located[rows] = False
        self._windows.admit(rows, interval_ns, stateful=stateful)
        self.latest.reset(rows)
        for profile, chosen in _by_profile(added, inventory).items():
            self._judge.admit(np.array(chosen, np.int32), profile)

    def _change(self, row: int, former: PathSpec, spec: PathSpec, now: int) -> None:
        self._prober.reshape(row, spec)
        rows = np.array([row], np.int32)
        if former.stateful != spec.stateful:
            self._windows.admit(rows, np.array([spec.interval_ns]), stateful=np.array([spec.stateful]))
        self._base_interval[row] = spec.interval_ns
        self._windows.retime(rows, np.array([spec.interval_ns]))
        if self._located[row]:
            self._retime(rows, now)

    def _reprofile(self, changes: PathChanges, inventory: Inventory) -> None:
        """Profiles may change without any path changing: set those that differ."""
        fresh = {row for row, _ in changes.added}
        former = self._inventory.links
        moved: list[tuple[int, PathSpec]] = []
        for spec in inventory.paths:
            link = inventory.links.get(spec.link) if spec.link else None
            before = former.get(spec.link) if spec.link else None
            if link is not before and link and before and link.profile != before.profile:
                row = self._paths.rows[spec.key]
                if row not in fresh:
                    moved.append((row, spec))
        for profile, chosen in _by_profile(moved, inventory).items():
            self._judge.set_profile(np.array(chosen, np.int32), profile)

    def _group(self, inventory: Inventory) -> None:
        """Count the RTTs of each carrier, network and province together."""
        rows, groups = [], []
        for spec in inventory.paths:
            if spec.link is None:
                continue
            link = inventory.links[spec.link]
            group = (link.carrier, link.network.value, inventory.sites[link.site].province)
            rows.append(self._paths.rows[spec.key])
            groups.append(self._groups.setdefault(group, len(self._groups)))
        self._windows.set_groups(np.array(rows, np.int32), np.array(groups, np.int64), len(self._groups))

    def locate(self, row: int, spec: PathSpec, location: Location, now: int) -> None:
        """Send the probes of `row` there from now on."""
        self._prober.locate(row, spec.kind, location.address, spec.port, location.interface, now)
        self._located[row] = True
        self._retime(np.array([row], np.int32), now)

    def locate_many(
        self, rows: Int32, specs: Iterable[PathSpec], locations: Iterable[Location], now: int
    ) -> None:
        """`locate` for many paths at once."""
        for row, spec, location in zip(rows.tolist(), specs, locations, strict=True):
            self._prober.locate(row, spec.kind, location.address, spec.port, location.interface, now)
        self._located[rows] = True
        self._retime(rows, now)

    def explain(self, reasons: Mapping[LinkId, Reason], now: int) -> None:
        """Say why links cannot be probed."""
        self._health.explain(now, reasons)

    def _retime(self, rows: Int32, now: int) -> None:
        base = self._base_interval[rows]
        interval_ns = np.where(self._hurried[rows], np.minimum(base, HURRY_NS), base)
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
        self._windows.launched(launch.batch.path, launch.seq)
        self.lateness.add(launch.late_ns, now)

    def judge(self, now: int) -> Changes:
        """Take in what became known and decide what it means."""
        observations = self._prober.observations()
        self._windows.observe(observations)
        self._health.observe(now, observations)
        self.has_results |= bool(len(observations.path))
        closed = self._windows.close(now)
        if len(closed.path):
            self.latest.keep(closed)
            self._prober.set_grace(closed.path, closed.rtt[:, _P99])
            verdicts = self._judge.judge(closed)
            if verdicts.changed.any():
                path = verdicts.path[verdicts.changed]
                severity, reason = verdicts.severity[verdicts.changed], verdicts.reason[verdicts.changed]
                self._health.judged(now, path, severity, reason)
        changes = self._health.advance(now)
        if len(changes.hurry) or len(changes.calm):
            self._hurry(changes.hurry, changes.calm, now)
        return changes

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

    @property
    def suspect_budget_used(self) -> float:
        """How much of the budget for hurried probes is taken, 0 to 1."""
        hurried = int(np.count_nonzero(self._hurried))
        budget = self._inventory.limits.suspect_probes_per_second
        return min(1.0, hurried * _SECOND_NS / HURRY_NS / budget) if budget else 0.0

    def counters(self) -> CounterColumns:
        """Cumulative counts by row."""
        return self._windows.counters()

    def carrier_rtt(self) -> tuple[tuple[Group, ...], Int64, Real]:
        """Groups, counts and sums of the carriers' RTT histograms."""
        counts, sums = self._windows.carrier_rtt()
        return tuple(self._groups), np.asarray(counts, np.int64), sums


def _rows(paths: tuple[tuple[int, PathSpec], ...]) -> Int32:
    return np.array([row for row, _ in paths], np.int32)


def _by_profile(paths: Iterable[tuple[int, PathSpec]], inventory: Inventory) -> dict[Profile, list[int]]:
    chosen: dict[Profile, list[int]] = {}
    for row, spec in paths:
        profile = inventory.links[spec.link].profile if spec.link else _REFERENCE_PROFILE
        chosen.setdefault(profile, []).append(row)
    return chosen


# References stand inside the building; what is good for a conference link is good for them.
_REFERENCE_PROFILE: Final = Profile("reference")
