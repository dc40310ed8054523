"""The health room's one door: observations and severities in, changes of state out.

Each tick: `observe` books what became known, in any pieces; then `advance` decides once. So the states never
depend on where batches were cut, and a tick in which nothing is news costs a handful of array operations.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bridgewatch.core.health.boost import Boost
from bridgewatch.core.health.changes import (
    Changes,
    EgressTransition,
    SiteTransition,
    Standing,
    TransitionColumns,
    Transitions,
)
from bridgewatch.core.health.columns import carry_over
from bridgewatch.core.health.egress import EgressColumns, Egresses
from bridgewatch.core.health.kept import Kept, Moves, compare
from bridgewatch.core.health.layout import Layout, lay_out
from bridgewatch.core.health.links import LinkColumns, Links
from bridgewatch.core.health.look import look
from bridgewatch.core.health.silence import NEVER, Silence
from bridgewatch.core.health.sites import SiteColumns, site_states
from bridgewatch.core.health.witness import Witness
from bridgewatch.core.steps import Steps, finish
from bridgewatch.model.ids import EgressId, LinkId, PathKey
from bridgewatch.model.inventory import Inventory
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64, Observations
from bridgewatch.model.words import EgressState, LinkState, Outcome, Reason, Severity, SiteState

PAGE_DELAY_NS: Final = 60_000_000_000
_RECHECK_NS: Final = 50_000_000
_PROBES_AWAY: Final = 2  # replies that stay away while probes leave: that is silence, not a full buffer ...
_LONGER_MS: Final = 200  # ... or one, and then this much longer
_MS: Final = 1_000_000
_NO_ROWS: Final[Int32] = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class HealthPlan:
    """What another inventory means for this room; good until the next `adopt`."""

    layout: Layout
    kept: Kept
    suspect_probes_per_second: int


class Health:
    """States of all links, egresses and sites. Times are monotonic ns and never go back."""

    def __init__(
        self,
        inventory: Inventory,
        rows: Mapping[PathKey, int],
        now: int,
        page_delay_ns: int = PAGE_DELAY_NS,
    ) -> None:
        self._page_delay_ns = page_delay_ns
        self._failures: list[Observations] = []
        self._layout = layout = finish(lay_out(inventory, rows))
        self._silence = Silence(layout.rows, now)
        self._witness = Witness(2 * len(layout.egresses))
        self._boost = Boost(inventory.limits.suspect_probes_per_second)
        links = LinkColumns.fresh(len(layout.links))
        self._site_columns = SiteColumns.fresh(len(layout.sites))
        self._settle_in(now, links, EgressColumns.fresh(len(layout.egresses)))

    def prepare(self, inventory: Inventory, rows: Mapping[PathKey, int]) -> Steps[HealthPlan]:
        """Find out what another inventory means; changes nothing. `rows` gives every path its row."""
        layout = yield from lay_out(inventory, rows, at_least=self._layout.rows)
        kept = yield from compare(self._layout, layout)
        return HealthPlan(layout, kept, inventory.limits.suspect_probes_per_second)

    def adopt(self, plan: HealthPlan, now: int) -> None:
        """Go by another inventory from now on. What both know keeps all its state; what is gone vanishes.

        `plan` was prepared from the present inventory. Links that were paused or resumed move at the next
        `advance`.
        """
        self._book_failures(now)
        new, kept = plan.layout, plan.kept
        self._layout = new
        stayed = kept.paths.source[kept.paths.source == kept.paths.target]
        self._silence = self._silence.moved(new.rows, kept.paths.source, kept.paths.target, now)
        self._boost = self._boost.moved(plan.suspect_probes_per_second, stayed)
        self._move_witness(kept.egresses)
        links = LinkColumns.fresh(len(new.links))
        carry_over(self._links.columns, links, kept.links.source, kept.links.target)
        sites = SiteColumns.fresh(len(new.sites))
        carry_over(self._site_columns, sites, kept.sites.source, kept.sites.target)
        self._site_columns = sites
        egresses = EgressColumns.fresh(len(new.egresses))
        carry_over(self._egresses.columns, egresses, kept.egresses.source, kept.egresses.target)
        self._settle_in(now, links, egresses)

    def _move_witness(self, kept: Moves) -> None:
        witness = Witness(2 * len(self._layout.egresses))
        for family in (0, 1):
            witness.latest_ns[2 * kept.target + family] = self._witness.latest_ns[2 * kept.source + family]
        self._witness = witness

    def _settle_in(self, now: int, links: LinkColumns, egresses: EgressColumns) -> None:
        """Wire the columns to the present layout, and look at everything in the next `advance`."""
        layout = self._layout
        interval_ms = layout.interval_ms.astype(np.int64)
        self._silence.pause_ns = np.minimum(_PROBES_AWAY * interval_ms, interval_ms + _LONGER_MS) * _MS
        links.replied[links.state == LinkState.PAUSED] = False  # what came meanwhile is forgotten
        new = links.since_ns == NO_TIME
        unseen = layout.dial_in & new
        links.reason[unseen] = links.why_unknown[unseen] = Reason.DIAL_IN_NEVER_SEEN
        links.since_ns[new] = now
        self._site_columns.since_ns[self._site_columns.since_ns == NO_TIME] = now
        egresses.since_ns[egresses.since_ns == NO_TIME] = now
        self._links = Links(links, layout, self._page_delay_ns)
        self._egresses = Egresses(egresses, layout, self._silence, self._witness)
        self._touched: list[Int32] = [np.arange(len(layout.links), dtype=np.int32)]
        self._stirred = True
        self._next_wake_ns: int = NEVER
        self._last_egress_ns = now
        self._all_sites = True

    def explain(self, now: int, reasons: Mapping[LinkId, Reason]) -> None:
        """Say why links are unknown (never resolved, dial-in never seen ...); others only remember it."""
        del now
        links = self._links.columns
        for name, reason in reasons.items():
            place = self._layout.place_of_link[name]
            links.why_unknown[place] = reason
            if links.state[place] == LinkState.UNKNOWN and links.reason[place] not in _FOUND_OUT:
                links.reason[place] = reason

    def observe(self, now: int, batch: Observations) -> None:
        """Book what became known; `advance` decides.

        May be called several times a tick: replies first, then refusals, then silences.
        """
        failed = bool(batch.outcome.any())
        if failed:
            self._book_outcomes(now, batch)
        elif batch.path.size:
            self._silence.memory.answered(now, batch.path)
            self._book_answers(now, batch.path, batch.sent_ns)
        if batch.error_path.size:
            self._book_refusals(now, batch)
        if failed or batch.error_path.size:
            self._failures.append(batch)
        if batch.quiet_path.size:
            self._silence.book_silences(now, batch.quiet_path, batch.quiet_count, batch.quiet_since_ns)
            self._touch(batch.quiet_path)

    def _book_outcomes(self, now: int, batch: Observations) -> None:
        answered = batch.outcome <= Outcome.LATE
        self._silence.memory.answered(now, batch.path[batch.outcome == Outcome.REPLY])
        self._book_answers(now, batch.path[answered], batch.sent_ns[answered])

    def _book_failures(self, now: int) -> None:
        """What did not work comes last in a tick: what a loss means depends on every reply of it."""
        for batch in self._failures:
            self._silence.book_losses(now, batch)
        for batch in self._failures:
            rejected = ~batch.error_refusal
            self._silence.book_rejections(batch.error_path[rejected], batch.error_source[rejected])
            failed = batch.path[batch.outcome == Outcome.LOCAL_ERROR]
            news = self._silence.book_local_errors(now, failed)
            if news.size:
                self._touch(news)
        self._failures.clear()

    def _book_refusals(self, now: int, batch: Observations) -> None:
        """A refusal proves what a reply proves, of the path and of our egress.

        Only what quoted a token is a witness for others: anybody could have made up the rest.
        """
        refusal, proven = batch.error_refusal, batch.error_refusal & batch.error_proven
        layout = self._layout
        self._witness.book(layout.group_of_path[batch.error_path[proven]], batch.error_sent_ns[proven])
        path, sent_ns = batch.error_path[refusal], batch.error_sent_ns[refusal]
        if path.size:
            self._silence.book_refusals(now, path, sent_ns)
            dark_since_ns = self._egresses.dark_since_ns()[layout.egress_of_path[path]]
            self._stirred |= bool((dark_since_ns != NO_TIME).any())
            self._touch(path)

    def _book_answers(self, now: int, path: Int32, sent_ns: Int64) -> None:
        layout = self._layout
        self._witness.book(layout.group_of_path[path], sent_ns)
        news = self._silence.book_answers(now, path)
        if not news.any():
            return
        path, sent_ns = path[news], sent_ns[news]
        # A probe sent before its egress went dark proves nothing about now; the next reply may.
        dark_since_ns = self._egresses.dark_since_ns()[layout.egress_of_path[path]]
        fresh = sent_ns > dark_since_ns
        self._stirred |= bool((fresh & (dark_since_ns != NO_TIME)).any())
        self._links.columns.replied[layout.link_of_path[path[fresh]]] = True
        self._silence.columns.attention[path[~fresh]] = True
        self._touch(path)

    def forget(self, path: Int32) -> None:
        """These paths lead nowhere any more: a link without another is unknown, for what `explain` says."""
        self._silence.forget(path)
        self._touch(path)

    def _touch(self, path: Int32) -> None:
        self._touched.append(self._layout.link_of_path[path])
        self._stirred |= bool(self._layout.reference[path].any())

    def judged(self, now: int, path: Int32, severity: Int8, reason: Int8) -> None:
        """The worst severity measured on each `path` (unique) is now `severity`, because of `reason`."""
        paths = self._silence.columns
        news = (paths.severity[path] != severity) | (paths.severity_reason[path] != reason)
        path, severity, reason = path[news], severity[news], reason[news]
        left_ok = (paths.severity[path] == Severity.OK) & (severity != Severity.OK)
        paths.severity_since_ns[path[left_ok]] = now
        paths.severity[path] = severity
        paths.severity_reason[path] = reason
        if path.size:
            self._touch(path)

    def advance(self, now: int) -> Changes:
        """Decide everything that is due at `now`. Call it once per tick, after `observe`."""
        self._book_failures(now)
        woken = now >= self._next_wake_ns
        if not (self._touched or self._stirred or woken or self._egresses_due(now)):
            return Changes(Transitions(now, self._layout.links, ()))
        changes, turned = self._advance_egresses(now)
        link = self._due(now, turned)
        passes = self._decide(now, link) if link.size else []
        transitions = Transitions(now, self._layout.links, tuple(passes))
        sites = self._advance_sites(now, [batch.link for batch in passes])
        hurry, calm = self._advance_boost(now)
        self._next_wake_ns = int(self._links.columns.wake_ns.min())
        return Changes(transitions, tuple(changes), tuple(sites), hurry, calm)

    def _advance_egresses(self, now: int) -> tuple[list[EgressTransition], Int32]:
        if not (self._stirred or self._egresses_due(now)):
            return [], _NO_ROWS
        self._stirred = False
        self._last_egress_ns = now
        return self._egresses.decide(now)

    def _egresses_due(self, now: int) -> bool:
        """Whether time alone may change an egress: only while something is wrong with one."""
        return self._egresses.restless and now >= self._last_egress_ns + _RECHECK_NS

    def _due(self, now: int, turned: Int32) -> Int32:
        """Links to look at: touched, on an egress that turned, or woken by time."""
        columns, layout = self._links.columns, self._layout
        due = self._touched
        self._touched = []
        if now >= self._next_wake_ns:
            due.append(np.flatnonzero(columns.wake_ns <= now).astype(np.int32))
        if turned.size:
            due.append(np.flatnonzero(np.isin(layout.egress_of_link, turned)).astype(np.int32))
        if not due:
            return _NO_ROWS
        link = np.unique(np.concatenate(due))
        deaf = (columns.state[link] == LinkState.PAUSED) & layout.paused[link]
        listening: Int32 = link[~deaf]
        return listening

    def _decide(self, now: int, link: Int32) -> list[TransitionColumns]:
        seen = look(now, link, self._layout, self._silence, self._witness)
        passes = self._links.decide(now, seen, self._egresses.uplink())
        restless = _RESTLESS[self._links.columns.state[link]]
        self._silence.watch(self._layout.paths_of_link[link], restless[:, None])
        return passes

    def _advance_sites(self, now: int, moved: list[Int32]) -> list[SiteTransition]:
        columns, layout = self._site_columns, self._layout
        if self._all_sites:
            site = np.arange(len(layout.sites), dtype=np.int32)
            self._all_sites = False
        elif moved:
            site = np.unique(layout.site_of_link[np.concatenate(moved)])
        else:
            return []
        new = site_states(site, self._links.columns.before, self._links.columns.refuses, layout)
        changed = new != columns.state[site]
        site, new = site[changed], new[changed]
        old = columns.state[site]
        columns.state[site] = new
        columns.since_ns[site] = now
        return [
            SiteTransition(layout.sites[place], now, SiteState(was), SiteState(becomes))
            for place, was, becomes in zip(site.tolist(), old.tolist(), new.tolist(), strict=True)
        ]

    def _advance_boost(self, now: int) -> tuple[Int32, Int32]:
        """References first: they decide for all. Then the oldest questions."""
        if not (self._links.asking or self._egresses.restless or self._boost.rows.size):
            return _NO_ROWS, _NO_ROWS
        columns, layout = self._links.columns, self._layout
        link = np.flatnonzero(columns.asked_ns != NO_TIME)
        self._links.asking = bool(link.size or columns.lonely.any())
        lonely = layout.egress_of_link[columns.lonely]
        link = link[layout.slow_link[link]]
        rows = layout.paths_of_link[link[self._boost.oldest(columns.asked_ns[link])]].ravel()
        rows = np.concatenate([self._egresses.asks(now, lonely), rows])
        return self._boost.choose(rows[layout.slow_path[rows]])

    def rows_of(self, links: Iterable[LinkId]) -> Int32:
        """The rows of all paths of those links that are known, ascending."""
        layout = self._layout
        place = [layout.place_of_link[link] for link in links if link in layout.place_of_link]
        rows: Int32 = np.unique(layout.paths_of_link[np.array(place, np.int32)])
        return rows[rows < layout.rows]

    def dark(self) -> frozenset[EgressId]:
        """The egresses that are dark."""
        places = np.flatnonzero(self._egresses.columns.state[:-1] == EgressState.DARK).tolist()
        return frozenset(self._layout.egresses[place] for place in places)

    def boosted_rows(self) -> Int32:
        """The rows that are to be probed at 10/s now, ascending."""
        return self._boost.rows.copy()

    def next_deadline(self) -> int | None:
        """When time alone may change something, or None. It may lie in the past: then at once."""
        due = self._next_wake_ns
        if self._egresses.restless or self._stirred:
            due = min(due, self._last_egress_ns + _RECHECK_NS)
        return None if due == NEVER else due

    def standing(self) -> Standing:
        """The present states."""
        links, egresses, sites = self._links.columns, self._egresses.columns, self._site_columns
        return Standing(
            link_state=links.state[:-1].copy(),
            link_reason=links.reason[:-1].copy(),
            link_since_ns=links.since_ns[:-1].copy(),
            site_state=sites.state[:-1].copy(),
            site_since_ns=sites.since_ns[:-1].copy(),
            egress_state=egresses.state[:-1].copy(),
            egress_reason=egresses.reason[:-1].copy(),
            egress_since_ns=egresses.since_ns[:-1].copy(),
        )


_FOUND_OUT: Final = (Reason.LOCAL_ERROR, Reason.TARGET_REFUSES)  # what outweighs what is known beforehand
_NOT_STEADY = (LinkState.UNKNOWN, LinkState.SUSPECT, LinkState.DOWN, LinkState.BLIND)
_RESTLESS: Final[Flag] = np.isin(np.arange(len(LinkState)), _NOT_STEADY)
