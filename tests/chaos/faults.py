"""What can happen to the file of the store."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bridgewatch.adapters.store import store


@contextlib.contextmanager
def locked(state: Path) -> Iterator[None]:
    """Somebody else holds the database."""
    other = sqlite3.connect(state / store.FILE_NAME, isolation_level=None, timeout=10)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


@contextlib.contextmanager
def full(state: Path) -> Iterator[None]:
    """The file system is full to the last block."""
    filler = state / "filler"
    with filler.open("wb", buffering=0) as file:
        for octets in (1 << 16, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(octets))
    try:
        yield
    finally:
        filler.unlink()
