"""Makes one Parquet file of an hour's streams: a link's minutes side by side, which compresses best.

It takes a block of links at a time and reads the streams once a block, so that memory stays bounded whatever
the number of links.
"""

import json
import os
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bridgewatch.adapters.history.columns import COUNTERS, GAUGES, QUANTILE_GAUGES, SPELLS, Column
from bridgewatch.adapters.history.files import (
    HOUR_NS,
    PARQUET,
    SEGMENTS,
    UNFINISHED,
    HistoryFile,
    Kind,
    batches,
    found,
    name,
    spent,
)

_BLOCK: Final = 2048  # links: some 15 MB of minutes
_LEVEL: Final = 4
_SPLIT: Final = ["rtt_sum", *GAUGES, *QUANTILE_GAUGES]
_REPEATING: Final = {
    Kind.MINUTES: ["minute", "link", "seconds", *COUNTERS, "state", "reason", *SPELLS],
    Kind.TRANSITIONS: ["subject", "id", "old", "new", "reason", "severity", "needed"],
}


def compact(directory: Path, now_ns: int) -> int:
    """Compact what is left of hours before that of `now_ns`; how many files were made. Raises OSError."""
    for path in directory.glob(f"*{UNFINISHED}"):
        path.unlink(missing_ok=True)
    made = 0
    for kind in Kind:
        files = found(directory, kind)
        done = spent(files)
        streams = [file for file in files if file.is_stream and file.hour_ns + HOUR_NS <= now_ns]
        for _, hour in groupby(streams, key=lambda file: file.hour_ns):
            segments = list(hour)
            fresh = [segment for segment in segments if segment.path.name not in done]
            if fresh:
                made += _write(directory, kind, fresh)
            for segment in segments:
                segment.path.unlink(missing_ok=True)
    pa.default_memory_pool().release_unused()
    return made


def _write(directory: Path, kind: Kind, segments: Sequence[HistoryFile]) -> bool:
    """Write the Parquet file of some streams and put it into its place; whether there were rows."""
    first = segments[0]
    path = directory / name(kind, first.hour_ns, first.serial, PARQUET)
    unfinished = path.with_suffix(UNFINISHED)
    listed = json.dumps([segment.path.name for segment in segments]).encode()
    rows = 0
    with pq.ParquetWriter(
        unfinished,
        kind.schema.with_metadata({SEGMENTS: listed}),
        compression="zstd",
        compression_level=_LEVEL,
        use_dictionary=_REPEATING[kind],  # type: ignore[arg-type]  # the stubs lack lists
        use_byte_stream_split=_SPLIT if kind is Kind.MINUTES else False,
    ) as writer:
        for segment in segments:
            for table in _tables(kind, segment.path):
                rows += table.num_rows
                writer.write_table(table, row_group_size=max(1, table.num_rows))
    if not rows:
        unfinished.unlink()
        return False
    _sync(unfinished)
    unfinished.replace(path)
    _sync(directory)
    return True


def _tables(kind: Kind, path: Path) -> Iterator[pa.Table]:
    """The rows of a stream, as they are to stand in row groups."""
    if kind is Kind.TRANSITIONS:
        yield pa.Table.from_batches(batches(path), kind.schema)
        return
    first = next(batches(path), None)
    if first is None:
        return
    # The same in every batch: other links have a stream of their own.
    ids = cast("pa.DictionaryArray[Any, Any]", first.column("link")).dictionary
    order = np.argsort(np.array(ids.to_pylist(), object), kind="stable")
    for start in range(0, len(order), _BLOCK):
        block = order[start : start + _BLOCK]
        yield _by_link([batch.take(block) for batch in batches(path)], ids.take(block))


def _by_link(minutes: Sequence[pa.RecordBatch], ids: Column) -> pa.Table:
    """Rows of the same links, minute after minute, as link after link."""
    links, count = len(ids), len(minutes)
    order = np.arange(links * count).reshape(count, links).T.ravel()
    table = pa.Table.from_batches(minutes).combine_chunks().take(order)
    codes = np.repeat(np.arange(links, dtype=np.int32), count)
    place = table.schema.get_field_index("link")
    return table.set_column(place, table.field(place), pa.DictionaryArray.from_arrays(codes, ids))


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
