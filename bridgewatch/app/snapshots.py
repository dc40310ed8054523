"""Takes the columns readers see out of the pipeline: from rows of paths to rows of links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bridgewatch.app.ticker import Ticker
from bridgewatch.core.probing.paths import PathChanges
from bridgewatch.core.quality.counters import CounterColumns
from bridgewatch.core.steps import Steps, finish, portions
from bridgewatch.core.watch import Watch
from bridgewatch.model.delivery import LinkFigures
from bridgewatch.model.ids import EventId, LinkId, PathKey
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.observations import Int64, Real
from bridgewatch.model.paging import Phase
from bridgewatch.model.ports import Clock
from bridgewatch.model.snapshot import (
    CarrierRtt,
    ConfigStats,
    LinkColumns,
    SelfStats,
    SiteColumns,
    Snapshot,
)
from bridgewatch.model.words import EgressState, LinkState

_COUNTERS: Final = (
    "sent",
    "received",
    "lost",
    "late",
    "unreachable",
    "duplicate",
    "reordered",
    "local_error",
    "rtt_count",
    "rtt_sum_ns",
)
_NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Places:
    """Where the links of an inventory stand: tables in its order.

    `rows` [L, k] are the rows of each link's paths, -1 where it has fewer. `source` and `target` [n] are the
    places, before and now, of links that stay.
    """

    index: Mapping[LinkId, int]
    rows: NDArray[np.int32]
    source: NDArray[np.int32]
    target: NDArray[np.int32]


class Snapshots:
    """Makes a `Snapshot` on demand; `generation` counts the inventories."""

    def __init__(self, watch: Watch, ticker: Ticker, clock: Clock, started_wall_ns: int) -> None:
        self._watch = watch
        self._ticker = ticker
        self._clock = clock
        self._started_wall_ns = started_wall_ns
        self._generation = 1
        self._places = finish(lay_places(watch.inventory, watch.rows, {}))
        self._carried = self._nothing()  # what former paths of each link had counted

    def prepare(self, inventory: Inventory, rows: Mapping[PathKey, int]) -> Steps[Places]:
        """Find out where the links of another inventory will stand; changes nothing."""
        return lay_places(inventory, rows, self._places.index)

    def adopt(self, places: Places, changes: PathChanges) -> None:
        """Follow a new inventory: counts of paths that went stay with a link that stays."""
        carried, self._places, self._generation = self._carried, places, self._generation + 1
        self._carried = self._nothing()
        self._carried[:, places.target] = carried[:, places.source]
        index = places.index
        gone = [(row, index[spec.link]) for row, spec in changes.removed if spec.link and spec.link in index]
        row, link = _table(gone, 2).T
        counters = self._watch.counters()
        for sums, name in zip(self._carried, _COUNTERS, strict=True):
            np.add.at(sums, link, getattr(counters, name)[row])

    def _nothing(self) -> Int64:
        return np.zeros((len(_COUNTERS), len(self._places.index)), np.int64)

    def take(self, config: ConfigStats, phases: Mapping[EventId, Phase]) -> Snapshot:
        """The present state of everything."""
        watch, standing = self._watch, self._watch.standing()
        wall_ns = self._clock.wall_ns()
        offset = wall_ns - self._clock.monotonic_ns()
        inventory = watch.inventory
        return Snapshot(
            generation=self._generation,
            wall_ns=wall_ns,
            inventory=inventory,
            links=self._links(standing.link_state, standing.link_reason, standing.link_since_ns + offset),
            sites=SiteColumns(standing.site_state, standing.site_since_ns + offset),
            egresses=_egresses(inventory, standing.egress_state),
            carrier_rtt=CarrierRtt(*watch.carrier_rtt()),
            self_stats=self._self_stats(),
            config=config,
            phases=phases,
        )

    def figures(self, link: LinkId) -> LinkFigures | None:
        """What is seen of one link at the moment; None for one that is not watched.

        May be called from any thread: what a reload moves meanwhile is not told.
        """
        places, standing, latest = self._places, self._watch.standing(), self._watch.latest
        place = places.index.get(link)
        if place is None or len(standing.link_state) != len(places.index):
            return None
        seen = LinkFigures(
            state=LinkState(int(standing.link_state[place])),
            since_ns=int(standing.link_since_ns[place]) + self._clock.wall_ns() - self._clock.monotonic_ns(),
        )
        rows = [row for row in places.rows[place].tolist() if row != _NOBODY]
        if not rows:
            return seen
        replies = latest.figure("replies")
        lead = next((row for row in rows if replies[row] > 0), rows[0])
        return replace(
            seen,
            loss=_present(latest.figure("loss_ratio")[lead]),
            rtt=_present(latest.rtt[lead, 0]),
            jitter=_present(latest.figure("jitter_rfc3550")[lead]),
        )

    def _links(
        self, state: NDArray[np.uint8], reason: NDArray[np.uint8], since_wall_ns: Int64
    ) -> LinkColumns:
        totals = self._totals(self._watch.counters())
        lead = self._leading()
        figure = _Figures(self._watch, lead)
        return LinkColumns(
            **{name: totals[name] for name in _COUNTERS if name != "rtt_sum_ns"},
            loss_ratio=figure("loss_ratio"),
            loss_burst=figure("loss_burst"),
            rtt=figure.rtt(),
            rtt_sum=totals["rtt_sum_ns"] / 1e9,
            rtt_min=figure("rtt_min"),
            jitter_rfc3550=figure("jitter_rfc3550"),
            jitter_ipdv=figure("jitter_ipdv"),
            jitter_pdv_p99=figure("jitter_pdv_p99"),
            forward_jitter=figure("forward_jitter"),
            backward_jitter=figure("backward_jitter"),
            forward_loss=figure("forward_loss"),
            backward_loss=figure("backward_loss"),
            mos=figure("mos"),
            state=state,
            reason=reason,
            since_wall_ns=since_wall_ns,
        )

    def _totals(self, counters: CounterColumns) -> dict[str, Int64]:
        """Counters of each link over its paths, present and former."""
        rows = self._places.rows
        totals = {}
        for number, name in enumerate(_COUNTERS):
            column: Int64 = getattr(counters, name)
            total = self._carried[number].copy()
            for place in range(rows.shape[1]):
                row = rows[:, place]
                total += np.where(row == _NOBODY, 0, column[row])
            totals[name] = total
        return totals

    def _leading(self) -> NDArray[np.int32]:
        """The first path of each link that answers, else its first, -1 for a link without paths."""
        rows = self._places.rows
        lead = rows[:, 0].copy()
        replies = self._watch.latest.figure("replies")
        settled = replies[lead] > 0
        for place in range(1, rows.shape[1]):
            row = rows[:, place]
            better = ~settled & (row != _NOBODY) & (replies[row] > 0)
            lead[better] = row[better]
            settled |= better
        return lead

    def _self_stats(self) -> SelfStats:
        watch, ticker = self._watch, self._ticker
        prober, lateness = watch.prober, watch.lateness
        schedule = prober.schedule
        return SelfStats(
            started_wall_ns=self._started_wall_ns,
            engine=ticker.engine.name,
            paths=len(watch.rows),
            in_flight=prober.in_flight,
            probes_due=int(lateness.counts.sum()) + schedule.skipped,
            sends_deferred=schedule.deferred,
            intervals_skipped=schedule.skipped,
            send_lateness_p99=lateness.p99(),
            send_lateness_max=lateness.maximum(),
            lateness_counts=lateness.counts.copy(),
            lateness_sum=lateness.sum,
            loop_lag_max=ticker.lag_maximum(),
            receive_overflows=prober.overflows,
            unmatched=prober.unmatched,
            slowdown=schedule.slowdown,
            suspect_budget_used=watch.suspect_budget_used,
            clock_steps=prober.clock_steps,
            unauthentic=prober.unauthentic,
        )


@dataclass(frozen=True, slots=True)
class _Figures:
    """Reads the last windows of the leading paths; absent for links without one."""

    watch: Watch
    lead: NDArray[np.int32]

    def __call__(self, name: str) -> Real:
        return np.where(self.lead == _NOBODY, np.nan, self.watch.latest.figure(name)[self.lead])

    def rtt(self) -> Real:
        return np.where((self.lead == _NOBODY)[:, None], np.nan, self.watch.latest.rtt[self.lead])


def _present(figure: float) -> float | None:
    return None if np.isnan(figure) else float(figure)


def _egresses(inventory: Inventory, state: NDArray[np.uint8]) -> dict[str, EgressState]:
    return {
        name: EgressState(number) for name, number in zip(inventory.egresses, state.tolist(), strict=True)
    }


def lay_places(
    inventory: Inventory, rows: Mapping[PathKey, int], former: Mapping[LinkId, int]
) -> Steps[Places]:
    """Lay the tables of an inventory out. `former`: where the links of the one before it stand."""
    index: dict[LinkId, int] = {}
    stayed = [_table([], 2)]
    for names in portions(inventory.links):
        index.update(zip(names, range(len(index), len(index) + len(names)), strict=True))
        stayed.append(_table([(former[name], index[name]) for name in names if name in former], 2))
        yield
    taken = [0] * len(index)
    cells = [_table([], 3)]
    for specs in portions(inventory.paths):
        found = []
        for spec in specs:
            if spec.link is not None:
                link = index[spec.link]
                found.append((link, taken[link], rows[spec.key]))
                taken[link] += 1
        cells.append(_table(found, 3))
        yield
    matrix = np.full((len(index), max(1, max(taken, default=1))), _NOBODY, np.int32)
    link_of, place_of, row_of = np.concatenate(cells).T
    matrix[link_of, place_of] = row_of
    return Places(index, matrix, *np.concatenate(stayed).T)


def _table(rows: Sequence[tuple[int, ...]], width: int) -> NDArray[np.int32]:
    """Rows of numbers as an array, also where there are none."""
    return np.array(rows, np.int32).reshape(-1, width)
