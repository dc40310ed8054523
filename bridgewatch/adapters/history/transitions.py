"""Makes rows of what changed."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa

from bridgewatch.adapters.history.columns import TRANSITIONS, Column
from bridgewatch.core.health.changes import Changes, Transitions
from bridgewatch.model.observations import NO_TIME, Int64

_WALL: Final = pa.timestamp("us", "UTC")


def rows(changes: Changes, offset_ns: int) -> Iterator[pa.RecordBatch]:
    """The rows of one tick's changes; `offset_ns` is wall time minus the changes' own."""
    yield from _of_links(changes.links, offset_ns)
    if changes.sites:
        yield _batch(
            len(changes.sites),
            at=[(change.at_ns + offset_ns) // 1000 for change in changes.sites],
            subject=["site"] * len(changes.sites),
            id=[change.site for change in changes.sites],
            old=[change.old for change in changes.sites],
            new=[change.new for change in changes.sites],
        )
    if changes.egresses:
        yield _batch(
            len(changes.egresses),
            at=[(change.at_ns + offset_ns) // 1000 for change in changes.egresses],
            subject=["egress"] * len(changes.egresses),
            id=[change.egress for change in changes.egresses],
            old=[change.old for change in changes.egresses],
            new=[change.new for change in changes.egresses],
            reason=[change.reason for change in changes.egresses],
        )


def _of_links(links: Transitions, offset_ns: int) -> Iterator[pa.RecordBatch]:
    for batch in links.passes:
        count = batch.link.size
        if count:
            yield _batch(
                count,
                at=np.full(count, (links.at_ns + offset_ns) // 1000),
                subject=["link"] * count,
                id=[links.names[link] for link in batch.link.tolist()],
                old=batch.old,
                new=batch.new,
                reason=batch.reason,
                unanswered=batch.unanswered,
                needed=batch.needed,
                since=_wall(batch.since_ns, offset_ns),
                witness=_wall(batch.witness_ns, offset_ns),
                loss=pa.array(batch.loss, mask=np.isnan(batch.loss)).cast(pa.float32()),
                severity=batch.severity,
            )


def _wall(monotonic_ns: Int64, offset_ns: int) -> Column:
    absent = monotonic_ns == NO_TIME
    return pa.array(np.where(absent, 0, (monotonic_ns + offset_ns) // 1000), pa.int64(), mask=absent).cast(
        _WALL
    )


def _batch(count: int, **columns: Any) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [
            _array(columns[field.name], field.type) if field.name in columns else pa.nulls(count, field.type)
            for field in TRANSITIONS
        ],
        schema=TRANSITIONS,
    )


def _array(column: Any, kind: pa.DataType) -> Column:
    if isinstance(column, pa.Array):
        return column
    return pa.array(column, pa.int64()).cast(kind) if pa.types.is_timestamp(kind) else pa.array(column, kind)
