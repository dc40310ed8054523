"""Reads the history: for reports, and for whoever wants the tables without knowing the files."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bridgewatch.adapters.history.columns import SUMS
from bridgewatch.adapters.history.files import HOUR_NS, HistoryFile, Kind, batches, found, spent

_ATTEMPTS: Final = 3  # an hour may be compacted between the look at the directory and the one at its files


def minutes(
    directory: Path,
    links: Collection[str] | None,
    from_ns: int,
    to_ns: int,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """The minutes that began from `from_ns` up to `to_ns` (wall), of these links or all, in no order."""
    wanted = _within("minute", pa.timestamp("ms", "UTC"), -(-from_ns // 10**6), -(-to_ns // 10**6))
    if links is not None:
        wanted &= pc.field("link").isin(pa.array(sorted(links), pa.string()))
    return _read(directory, Kind.MINUTES, wanted, (from_ns, to_ns), columns)


def transitions(directory: Path, ids: Collection[str] | None, from_ns: int, to_ns: int) -> pa.Table:
    """The transitions from `from_ns` up to `to_ns` (wall), of these subjects or all of them, oldest first."""
    wanted = _within("at", pa.timestamp("us", "UTC"), -(-from_ns // 1000), -(-to_ns // 1000))
    if ids is not None:
        wanted &= pc.field("id").isin(pa.array(sorted(ids), pa.string()))
    return _read(directory, Kind.TRANSITIONS, wanted, (from_ns, to_ns), None).sort_by("at")


def sums(table: pa.Table, by: Sequence[str] = ("link",)) -> pa.Table:
    """What adds up, by these columns; sums of such sums are sums again. `rtt_min` is the least.

    Loss is (lost + late + unreachable) / (those + received), the mean delay rtt_sum / rtt_count.
    """
    names = [name for name in SUMS if name in table.column_names]
    least = ["rtt_min"] if "rtt_min" in table.column_names else []
    added = table.group_by(list(by)).aggregate(
        [*((name, "sum") for name in names), *((name, "min") for name in least)]
    )
    fresh = {f"{name}_sum": name for name in names} | {f"{name}_min": name for name in least}
    columns = {fresh.get(name, name): _decoded(added.column(name)) for name in added.column_names}
    return pa.table(columns)


def _decoded(column: "pa.ChunkedArray[Any]") -> "pa.ChunkedArray[Any]":
    """Plain values: what is encoded as a dictionary can be neither sorted nor compared."""
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _within(column: str, kind: pa.DataType, start: int, end: int) -> pc.Expression:
    first, last = (pa.scalar(instant, kind) for instant in (start, end))
    return (pc.field(column) >= first) & (pc.field(column) < last)


def _read(
    directory: Path,
    kind: Kind,
    wanted: pc.Expression,
    span_ns: tuple[int, int],
    columns: Sequence[str] | None,
) -> pa.Table:
    for _ in range(_ATTEMPTS - 1):
        try:
            return _read_once(directory, kind, wanted, span_ns, columns)
        except FileNotFoundError:
            continue
    return _read_once(directory, kind, wanted, span_ns, columns)


def _read_once(
    directory: Path,
    kind: Kind,
    wanted: pc.Expression,
    span_ns: tuple[int, int],
    columns: Sequence[str] | None,
) -> pa.Table:
    names = list(columns) if columns is not None else kind.schema.names
    schema = pa.schema([kind.schema.field(name) for name in names])
    files = found(directory, kind) if directory.is_dir() else []
    done = spent(files)
    # What waited for the thread, or for company, may stand in a file of the hour after.
    near = [
        file
        for file in files
        if file.path.name not in done
        and span_ns[0] - HOUR_NS < file.hour_ns + HOUR_NS
        and file.hour_ns < span_ns[1] + HOUR_NS
    ]
    tables = [_rows(file, kind, wanted, names) for file in near]
    return pa.concat_tables([schema.empty_table(), *tables]).unify_dictionaries()


def _rows(file: HistoryFile, kind: Kind, wanted: pc.Expression, names: list[str]) -> pa.Table:
    if not file.is_stream:
        return _plain(pq.read_table(file.path, filters=wanted, partitioning=None), names)
    return _plain(pa.Table.from_batches(batches(file.path), kind.schema).filter(wanted), names)


def _plain(table: pa.Table, names: list[str]) -> pa.Table:
    return table.select(names).replace_schema_metadata(None)
