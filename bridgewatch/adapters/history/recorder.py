"""Writes the history on one thread of its own; whoever hands it something never waits.

A disk that is full or broken costs the rows that could not be written, a count of them and one line in the
log; the next minute tries again.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from bridgewatch.adapters.history import transitions
from bridgewatch.adapters.history.files import HOUR_NS, Kind
from bridgewatch.adapters.history.minutes import Minutes
from bridgewatch.adapters.history.retention import Bounds
from bridgewatch.adapters.history.segment import Segment
from bridgewatch.adapters.history.sweep import Sweep
from bridgewatch.core.health.changes import Changes
from bridgewatch.model.ports import Clock
from bridgewatch.model.snapshot import Snapshot

log = logging.getLogger(__name__)

_MOST_WAITING: Final = 10_000
_MOST_ROWS: Final = 8_192  # transitions that are gathered before they are written
_GATHER_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 10.0

_Job = Callable[[], None]


@dataclass(frozen=True, slots=True)
class HistoryStats:
    """How the writing goes. Rows are cumulative; `failing` is why nothing can be written now, or None."""

    rows: int
    rows_lost: int
    octets: int
    failing: str | None


class Recorder:
    """Keeps minutes and transitions in `directory`. Start with `start`, end with `close`."""

    def __init__(self, directory: Path, clock: Clock, bounds: Bounds | None = None) -> None:
        self._directory = directory
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._jobs: queue.Queue[_Job | None] = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._minutes = Minutes(clock.monotonic_ns())
        self._segments: dict[Kind, Segment] = {}
        self._links: object = None  # whose rows the segment of minutes has
        self._gathered: list[pa.RecordBatch] = []
        self._serial = 0
        self._swept_hour = -1
        self._sweep: Sweep | None = None
        self._rows = self._rows_lost = self._refused = self._octets = 0
        self._failing: dict[str, str] = {}  # what cannot be done, and why

    @property
    def stats(self) -> HistoryStats:
        """How the writing goes; for any thread."""
        failing = next(iter(self._failing.copy().values()), None)
        return HistoryStats(self._rows, self._rows_lost + self._refused, self._octets, failing)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def take(self, changes: Changes, offset_ns: int) -> None:
        """What a tick changed; `offset_ns` is wall time minus monotonic. Costs next to nothing."""
        self._put(lambda: self._move(changes, offset_ns), len(changes.links) + len(changes.sites))

    def minute(self, snapshot: Snapshot, now_ns: int) -> None:
        """A minute ended at `now_ns` (monotonic) with this snapshot. Costs next to nothing."""
        self._put(lambda: self._close_minute(snapshot, now_ns), len(snapshot.inventory.links))

    def close(self) -> None:
        """Write what waits, and end; not later than in ten seconds."""
        if self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._jobs.put(None, timeout=_CLOSE_SECONDS)
            self._thread.join(_CLOSE_SECONDS)

    def _put(self, job: _Job, rows: int) -> None:
        try:
            self._jobs.put_nowait(job)
        except queue.Full:
            self._refused += rows

    def _run(self) -> None:
        self._tried("tidied", self._begin_sweep)
        while True:
            try:
                job = self._jobs.get(timeout=_GATHER_SECONDS)
            except queue.Empty:
                job = self._write_gathered
            if job is None:
                break
            if self._tried("made", job):
                self._well("made")
            if sum(batch.num_rows for batch in self._gathered) >= _MOST_ROWS:
                self._write_gathered()
            if self._sweep is not None and self._sweep.ended and self._tried("tidied", self._end_sweep):
                self._well("tidied")
        self._write_gathered()
        self._end_segments()
        if self._sweep is not None:
            self._sweep.stop()  # what it leaves half done the next one does again

    def _move(self, changes: Changes, offset_ns: int) -> None:
        self._minutes.move(changes.links)
        self._gathered += transitions.rows(changes, offset_ns)

    def _close_minute(self, snapshot: Snapshot, now_ns: int) -> None:
        batch = self._minutes.close(snapshot, now_ns)
        self._write_gathered()
        self._write(Kind.MINUTES, batch, self._minutes.minute_ns)
        if self._sweep is None and self._clock.wall_ns() // HOUR_NS != self._swept_hour:
            self._tried("tidied", self._begin_sweep)

    def _write_gathered(self) -> None:
        if self._gathered:
            table = pa.Table.from_batches(self._gathered)
            self._gathered = []
            self._write(Kind.TRANSITIONS, table, self._clock.wall_ns())

    def _write(self, kind: Kind, rows: pa.RecordBatch | pa.Table, at_ns: int) -> None:
        if self._tried("written", lambda: self._append(kind, rows, at_ns)):
            self._rows += rows.num_rows
            self._well("written")
        else:
            self._rows_lost += rows.num_rows
            self._end_segments()

    def _append(self, kind: Kind, rows: pa.RecordBatch | pa.Table, at_ns: int) -> None:
        segment = self._segments.get(kind)
        others = kind is Kind.MINUTES and self._links is not self._minutes.names
        if segment is not None and (segment.hour != at_ns // HOUR_NS or others):
            self._segments.pop(kind).close()
            segment = None
        if segment is None:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._serial = max(self._serial + 1, self._clock.wall_ns())
            segment = Segment(self._directory, kind, at_ns, self._serial)
            self._segments[kind] = segment
            if kind is Kind.MINUTES:
                self._links = self._minutes.names
        segment.write(rows)

    def _begin_sweep(self) -> None:
        """Have the hours that are over compacted, and what is too much removed."""
        now_ns = self._clock.wall_ns()
        for kind, segment in list(self._segments.items()):
            if segment.hour != now_ns // HOUR_NS:
                self._segments.pop(kind).close()
        self._sweep = Sweep(self._directory, self._bounds, now_ns)

    def _end_sweep(self) -> None:
        sweep, self._sweep = self._sweep, None
        if sweep is not None:
            self._octets = sweep.result()
            self._swept_hour = sweep.now_ns // HOUR_NS

    def _tried(self, what: str, work: _Job) -> bool:
        """Do it; whether it went well. The first of several failures is said."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, probing and the next minute go on
            if what not in self._failing:
                log.error("the history in %s cannot be %s: %s", self._directory, what, error)  # noqa: TRY400
            self._failing[what] = str(error)
            return False
        return True

    def _well(self, what: str) -> None:
        if self._failing.pop(what, None) is not None:
            log.warning("the history in %s is %s again", self._directory, what)

    def _end_segments(self) -> None:
        while self._segments:
            self._segments.popitem()[1].close()
