"""Turns observations into counters, histograms and windows, for all paths as columns."""

from typing import Final

import numpy as np

from bridgewatch.core.columns import Rounds, grown
from bridgewatch.core.quality import figures
from bridgewatch.core.quality.batch import WindowBatch, empty_batch, joined
from bridgewatch.core.quality.counters import VOID, CounterColumns, Counters
from bridgewatch.core.quality.histogram import CarrierHistograms, Counts, PathHistograms
from bridgewatch.core.quality.jitter import SmoothedJitter
from bridgewatch.core.quality.one_way import ReflectorCounts, one_way_loss
from bridgewatch.core.quality.ring import CELL_OF, MAX_RTT, NARROW, WIDE, FateRing, window_width
from bridgewatch.core.quality.voice import mos_estimate
from bridgewatch.model.observations import NO_TIME, Flag, Int8, Int32, Int64, Observations, Real
from bridgewatch.model.words import Outcome

HOP_NS: Final = 5_000_000_000  # every path closes a window this often
_SLOTS: Final = 50  # phases of closing; row r closes in slot r mod 50, so all slots are alike
_SLOT_NS: Final = HOP_NS // _SLOTS
# A closing of few rows costs nearly as much as one of a thousand, which takes 5 ms.
_MOST_ROWS_TOGETHER: Final = 1_000
_SLOTS_TOGETHER: Final = (5, 2, 1)  # divisors of _SLOTS, so that every path keeps its phase
_CLOCK_SLACK_NS: Final = 1_000_000  # what two clocks may drift apart between two probes
_NS: Final = 1e-9
_NOTHING_CLOSED: Final = empty_batch()


class Windows:
    """One row per path. A probe is `launched` before its fate is observed, and has one fate.

    What `observe` leaves behind does not depend on how observations are cut into batches. `capacity` rows are
    address space; memory is taken as rows are admitted. Growing beyond it copies all rings, which takes time.
    """

    def __init__(self, capacity: int = 65_536) -> None:
        self._capacity = capacity
        self._rows = 0
        self._slot: int | None = None  # the last closing slot that was served
        self._active: Flag = np.zeros(capacity, np.bool_)
        self._width: Int64 = np.ones(capacity, np.int64)
        self._group: Int64 = np.full(capacity, -1)
        self._closed: Int64 = np.zeros((capacity, 3), np.int64)  # loss totals at the last closing
        self._ring = FateRing(capacity)
        self._counters = Counters(capacity)
        self._histograms = PathHistograms(capacity)
        self._carriers = CarrierHistograms()
        self._reflectors = ReflectorCounts(capacity)
        self._jitter = SmoothedJitter(capacity)
        self._forward = SmoothedJitter(capacity)
        self._backward = SmoothedJitter(capacity)
        self._rounds = Rounds(capacity)

    def admit(self, rows: Int32, interval_ns: Int64, *, stateful: Flag | None = None) -> None:
        """Take paths in at `rows`, knowing nothing of them; room is made as needed.

        `stateful` marks paths whose reflector counts per session: they get loss by direction.
        """
        if not len(rows):
            return
        self._grow(int(rows.max()) + 1)
        for part in (self._ring, self._counters, self._histograms):
            part.reset(rows)
        for jitter in (self._jitter, self._forward, self._backward):
            jitter.reset(rows)
        self._closed[rows] = 0
        self._group[rows] = -1
        self._reflectors.forget(rows)
        if stateful is not None:
            self._reflectors.admit(rows[stateful])
        self._active[rows] = True
        self.retime(rows, interval_ns)

    def retime(self, rows: Int32, interval_ns: Int64) -> None:
        """Those paths are probed at that interval from now on; what they saw so far stays in the window."""
        self._width[rows] = window_width(interval_ns)

    def forget(self, rows: Int32) -> None:
        """Close no windows of those paths and take no more fates; group histograms keep theirs."""
        self._active[rows] = False
        self._ring.reset(rows)
        self._reflectors.forget(rows)

    def set_groups(self, rows: Int32, group: Int64, groups: int) -> None:
        """Count the RTT of `rows` in carrier histogram `group` (-1 for none) of `groups` from now on."""
        self._carriers.set_groups(groups)
        self._group[rows] = group

    def launched(self, rows: Int32, seq: Int64) -> None:
        """These probes are on their way; the numbers of a row rise."""
        if len(rows):
            self._ring.launch(rows, seq)
            self._counters.launched(rows)

    def observe(self, observations: Observations) -> None:
        """Take in what became known. Fates of forgotten paths, and second fates, are ignored."""
        o = observations
        columns = (o.path, o.seq, o.outcome, o.rtt_ns, o.forward_ns, o.backward_ns, o.reflected)
        for chosen in self._rounds.of(o.path):
            self._decide(*columns if isinstance(chosen, slice) else (column[chosen] for column in columns))
        self._counters.repeated(o.duplicates, o.reordered)

    def _decide(
        self,
        rows: Int32,
        seq: Int64,
        outcome: Int8,
        rtt_ns: Int64,
        forward_ns: Int64,
        backward_ns: Int64,
        reflected: Int64,
    ) -> None:
        in_time = outcome == Outcome.REPLY
        timed = in_time & (rtt_ns >= 0)
        cells = rtt_ns = np.minimum(rtt_ns, MAX_RTT)
        kinds = outcome
        if not timed.all():
            cells = np.where(timed, rtt_ns, CELL_OF[outcome])
            kinds = np.where(in_time & ~timed, np.uint8(VOID), outcome)
        strange = self._ring.settle(rows, seq, cells.astype(np.uint32))
        if strange is not None:
            ours = ~strange
            rows, seq, outcome, kinds, timed = rows[ours], seq[ours], outcome[ours], kinds[ours], timed[ours]
            rtt_ns, forward_ns, backward_ns, reflected = (
                column[ours] for column in (rtt_ns, forward_ns, backward_ns, reflected)
            )
        self._counters.decided(rows, kinds)
        if not self._reflectors.empty:
            self._count_reflected(rows, seq, outcome, reflected)
        if not timed.all():
            self._count_bursts(rows, seq, outcome)
            rows, rtt_ns, forward_ns, backward_ns = (
                column[timed] for column in (rows, rtt_ns, forward_ns, backward_ns)
            )
        if len(rows):
            self._time(rows, rtt_ns, forward_ns, backward_ns)

    def _count_bursts(self, rows: Int32, seq: Int64, outcome: Int8) -> None:
        lost = (outcome >= Outcome.LATE) & (outcome <= Outcome.UNREACHABLE)
        if lost.any():
            rows, seq = rows[lost], seq[lost]
            self._counters.burst_began(rows[~self._ring.follows_loss(rows, seq)])

    def _count_reflected(self, rows: Int32, seq: Int64, outcome: Int8, reflected: Int64) -> None:
        slots = self._reflectors.slots(rows)
        followed = (slots >= 0) & (outcome <= Outcome.LATE)
        if followed.any():
            self._reflectors.observe(slots[followed], seq[followed], reflected[followed])

    def _time(self, rows: Int32, rtt_ns: Int64, forward_ns: Int64, backward_ns: Int64) -> None:
        self._counters.timed(rows, rtt_ns)
        self._histograms.observe(rows, rtt_ns)
        self._carriers.observe(self._group[rows], rtt_ns)
        stamped = forward_ns != NO_TIME  # then backward_ns is known too
        if stamped.any():
            # Either way takes at least nothing and at most the RTT, so it varies by no more than that.
            most = np.maximum(rtt_ns, self._jitter.last(rows)) + _CLOCK_SLACK_NS
            chosen = slice(None) if stamped.all() else stamped
            self._forward.observe(rows[chosen], forward_ns[chosen], most[chosen])
            self._backward.observe(rows[chosen], backward_ns[chosen], most[chosen])
        self._jitter.observe(rows, rtt_ns)

    def close(self, now: int) -> WindowBatch:
        """The windows that are due at `now` (monotonic ns): of each path one per 5 s, on its own phase.

        A late call closes each due path once; the phases stay.
        """
        slot = now // _SLOT_NS
        slot -= slot % self._slots_together()
        if self._slot is None:
            self._slot = slot
        due = min(slot - self._slot, _SLOTS)
        if due <= 0:
            return _NOTHING_CLOSED
        self._slot = slot
        rows = _rows_of_slots(slot, due, self._rows)
        rows = rows[self._active[rows]]
        if not len(rows):
            return _NOTHING_CLOSED
        wide = self._width[rows] > NARROW
        if not wide.any():
            return self._describe(rows, NARROW)
        parts = [(rows[~wide], NARROW), (rows[wide], WIDE)]
        return joined([self._describe(part, columns) for part, columns in parts if len(part)])

    def _slots_together(self) -> int:
        """How many slots are served at once: as many as keep a closing short."""
        per_slot = self._rows // _SLOTS
        return next((count for count in _SLOTS_TOGETHER if count * per_slot <= _MOST_ROWS_TOGETHER), 1)

    def _describe(self, rows: Int32, columns: int) -> WindowBatch:
        cells = self._ring.recent(rows, self._width[rows], columns)
        fates = figures.count_fates(cells)
        delays = figures.delays(cells, fates.timed)
        loss = figures.loss_ratio(fates)
        burst = np.where(np.isnan(loss), np.nan, 0.0)
        lossy = loss > 0
        if lossy.any():
            known = figures.decided(cells[lossy])
            loss[lossy] = figures.loss_ratio(figures.count_fates(known))
            burst[lossy] = figures.longest_loss_burst(known)
        jitter = [
            np.where(fates.timed > 0, series.read(rows), np.nan) * _NS
            for series in (self._jitter, self._forward, self._backward)
        ]
        forward_loss, backward_loss = self._one_way(rows, cells, columns)
        totals = self._counters.loss_totals(rows)
        hop = totals - self._closed[rows]
        self._closed[rows] = totals
        rtt = delays.percentiles * _NS
        return WindowBatch(
            path=rows,
            replies=fates.timed + fates.void,
            late=fates.late,
            lost=fates.lost,
            unreachable=fates.unreachable,
            local_error=fates.local_error,
            loss_ratio=loss,
            loss_burst=burst,
            rtt_min=delays.least * _NS,
            rtt_mean=delays.mean * _NS,
            rtt=rtt,
            jitter_rfc3550=jitter[0],
            jitter_ipdv=delays.ipdv * _NS,
            jitter_pdv_p99=delays.pdv_p99 * _NS,
            forward_jitter=jitter[1],
            backward_jitter=jitter[2],
            forward_loss=forward_loss,
            backward_loss=backward_loss,
            mos=mos_estimate(rtt[:, 0], jitter[0], loss),
            hop_known=hop[:, 0],
            hop_lost=hop[:, 1],
            hop_bursts=hop[:, 2],
        )

    def _one_way(self, rows: Int32, cells: np.ndarray, columns: int) -> tuple[Real, Real]:
        forward, backward = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
        slots = self._reflectors.slots(rows)
        counted = slots >= 0
        if counted.any():
            counts = self._reflectors.recent(slots[counted], self._ring.places(rows[counted], columns))
            forward[counted], backward[counted] = one_way_loss(cells[counted], counts)
        return forward, backward

    def counters(self) -> CounterColumns:
        """Cumulative counts of every row ever admitted, as they stand."""
        return self._counters.view(self._rows)

    def histograms(self) -> Counts:
        """Cumulative RTT histograms by row (see `histogram`), live and read-only."""
        return self._histograms.view(self._rows)

    def carrier_rtt(self) -> tuple[Counts, Real]:
        """Counts and sums of the carrier histograms, as `CarrierRtt` has them."""
        return self._carriers.read()

    def _grow(self, rows: int) -> None:
        self._rows = max(self._rows, rows)
        if rows <= self._capacity:
            return
        self._capacity = capacity = max(rows, self._capacity * 3 // 2)
        self._active = grown(self._active, capacity)
        self._width, self._group = grown(self._width, capacity, 1), grown(self._group, capacity, -1)
        self._closed = grown(self._closed, capacity)
        for part in (self._ring, self._counters, self._histograms, self._reflectors):
            part.grow(capacity)
        for jitter in (self._jitter, self._forward, self._backward):
            jitter.grow(capacity)


def _rows_of_slots(slot: int, due: int, rows: int) -> Int32:
    """Rows below `rows` that close in the `due` slots up to and including `slot`."""
    slots = [np.arange((slot - back) % _SLOTS, rows, _SLOTS, dtype=np.int32) for back in range(due)]
    return np.concatenate(slots)
