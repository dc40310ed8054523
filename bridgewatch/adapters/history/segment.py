"""An hour's stream that is being written: what was written is on disk before the next minute ends."""

import contextlib
import os
from pathlib import Path
from typing import Final

import pyarrow as pa

from bridgewatch.adapters.history.files import HOUR_NS, STREAM, Kind, name


class Segment:
    """One stream of one hour. After an error it is to be closed; what it holds up to there can be read."""

    def __init__(self, directory: Path, kind: Kind, at_ns: int, serial: int) -> None:
        self.hour: Final = at_ns // HOUR_NS
        self.path: Final = directory / name(kind, at_ns, serial, STREAM)
        self._file = self.path.open("xb")
        self._stream = pa.ipc.new_stream(self._file, kind.schema)

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Append rows. Raises OSError."""
        self._stream.write(batch)
        self._file.flush()
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """End the stream."""
        for end in (self._stream.close, self._file.close):
            with contextlib.suppress(OSError, pa.ArrowException):
                end()
