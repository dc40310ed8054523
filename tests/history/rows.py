"""Snapshots, transitions and streams for the history's tests."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bridgewatch.adapters.history.files import Kind
from bridgewatch.adapters.history.minutes import Minutes
from bridgewatch.adapters.history.segment import Segment
from bridgewatch.core.health.changes import Changes, SiteTransition, TransitionColumns, Transitions
from bridgewatch.model.ids import LinkId, SiteId
from bridgewatch.model.observations import NO_TIME
from bridgewatch.model.snapshot import Snapshot
from bridgewatch.model.words import LinkState, Reason, SiteState
from tests.exposition.synthetic import synthetic_snapshot

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
START = 1_790_000_000 * SECOND // HOUR * HOUR
"""The beginning of an hour, wall time."""


def snapshot_of(names: Sequence[str], wall_ns: int = START, **columns: object) -> Snapshot:
    """A snapshot of these links; `columns` [n] replace those that a healthy one would have."""
    made = synthetic_snapshot(len(names), healthy=True, one_way=False)
    links = dict(zip((LinkId(name) for name in names), made.inventory.links.values(), strict=True))
    return replace(
        made,
        wall_ns=wall_ns,
        inventory=replace(made.inventory, links=links),
        links=replace(made.links, **{name: np.asarray(column) for name, column in columns.items()}),
    )


def moved(names: Sequence[str], at_ns: int, *states: tuple[int, LinkState]) -> Transitions:
    """Links, by their places, that enter states at once."""
    count = len(states)
    link = np.array([place for place, _ in states], np.int32)
    new = np.array([state for _, state in states], np.uint8)
    columns = TransitionColumns(
        link=link,
        old=np.full(count, LinkState.UP, np.uint8),
        new=new,
        reason=np.full(count, Reason.SILENT_WITH_WITNESS, np.uint8),
        unanswered=np.full(count, 8, np.int32),
        needed=np.full(count, 8, np.int32),
        since_ns=np.full(count, at_ns - 4 * SECOND),
        witness_ns=np.full(count, NO_TIME),
        loss=np.full(count, np.nan),
        severity=np.zeros(count, np.uint8),
        router=np.zeros((count, 2), np.uint64),
    )
    return Transitions(at_ns, tuple(LinkId(name) for name in names), (columns,))


def dark(at_ns: int, *links: str) -> Changes:
    """Links that go down and take their site with them."""
    site = SiteTransition(SiteId("gialai-iape"), at_ns, SiteState.OK, SiteState.DARK)
    return Changes(
        moved(links, at_ns, *((place, LinkState.DOWN) for place in range(len(links)))), sites=(site,)
    )


def stream(
    directory: Path, names: Sequence[str], minutes: range, *, hour_ns: int = START, serial: int = 1
) -> Path:
    """Write the stream of some minutes of an hour: link i has sent 100 * minute + i more each time."""
    rows = Minutes(0)
    segment = Segment(directory, Kind.MINUTES, hour_ns, serial)
    sent = np.zeros(len(names), np.int64)
    for number, minute in enumerate(minutes):
        sent = sent + 100 * minute + np.arange(len(names))
        taken = snapshot_of(names, hour_ns + (minute + 1) * MINUTE, sent=sent)
        segment.write(rows.close(taken, (number + 1) * MINUTE))
    segment.close()
    return segment.path
