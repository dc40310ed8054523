"""Which files there are and what their names say.

    KIND-20261125T16Z-SERIAL.arrows     an Arrow IPC stream: rows of the hour as they came
    KIND-20261125T16Z-SERIAL.parquet    what became of the streams that its metadata lists

A stream that some file lists is spent: only a crash kept it from being removed.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, unique
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from bridgewatch.adapters.history.columns import MINUTES, TRANSITIONS

STREAM: Final = ".arrows"
PARQUET: Final = ".parquet"
UNFINISHED: Final = ".part"
SEGMENTS: Final = b"bridgewatch.segments"
HOUR_NS: Final = 3600 * 10**9
_FORM: Final = "%Y%m%dT%HZ"


@unique
class Kind(StrEnum):
    """What a file holds."""

    MINUTES = "minutes"
    TRANSITIONS = "transitions"

    @property
    def schema(self) -> pa.Schema:
        """The columns of its rows."""
        return MINUTES if self is Kind.MINUTES else TRANSITIONS


@dataclass(frozen=True, slots=True, order=True)
class HistoryFile:
    """One file; they sort by time. `hour_ns` is when its hour begins."""

    hour_ns: int
    serial: int
    path: Path

    @property
    def kind(self) -> Kind:
        """What it holds."""
        return Kind(self.path.name.partition("-")[0])

    @property
    def is_stream(self) -> bool:
        """Whether it is a stream."""
        return self.path.suffix == STREAM


def name(kind: Kind, at_ns: int, serial: int, suffix: str) -> str:
    """The name of a file with rows of the hour of `at_ns`."""
    return f"{kind}-{datetime.fromtimestamp(at_ns // 10**9, UTC).strftime(_FORM)}-{serial}{suffix}"


def found(directory: Path, kind: Kind | None = None) -> list[HistoryFile]:
    """The files of a kind, or all of them, oldest hour first."""
    files = []
    for path in directory.iterdir():
        parts = path.stem.split("-")
        if path.suffix in {STREAM, PARQUET} and len(parts) == 3 and parts[0] in set(Kind):  # noqa: PLR2004
            with suppress(ValueError):
                hour = datetime.strptime(parts[1], _FORM).replace(tzinfo=UTC)
                files.append(HistoryFile(int(hour.timestamp()) * 10**9, int(parts[2]), path))
    return sorted(file for file in files if kind is None or file.kind is kind)


def spent(files: list[HistoryFile]) -> set[str]:
    """The names of streams whose rows stand in one of the Parquet files."""
    names: set[str] = set()
    streams = {file.hour_ns for file in files if file.is_stream}
    for file in files:
        if not file.is_stream and file.hour_ns in streams:
            listed = (pq.read_schema(file.path).metadata or {}).get(SEGMENTS, b"[]")
            names.update(json.loads(listed))
    return names


def batches(path: Path) -> Iterator[pa.RecordBatch]:
    """The rows of a stream, up to where it is torn or still being written."""
    with pa.OSFile(str(path), "rb") as file:
        try:
            with pa.ipc.open_stream(file) as stream:
                yield from stream
        except (pa.ArrowException, OSError):
            return
